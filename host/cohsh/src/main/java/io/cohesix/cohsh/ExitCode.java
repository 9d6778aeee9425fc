// The process exit codes, in one place.
package io.cohesix.cohsh;

/** Exit codes of {@code cohsh}. */
final class ExitCode {
  /** All went well. */
  static final int OK = 0;

  /** The hive refused, or a script or test failed. */
  static final int FAILED = 1;

  /** Wrong options, a script with wrong syntax, a file that can't be used. */
  static final int USAGE = 2;

  /** No hive could be reached, or the connection was lost for good. */
  static final int UNREACHABLE = 3;

  /** A defect of this program. */
  static final int INTERNAL = 4;

  private ExitCode() {}
}
