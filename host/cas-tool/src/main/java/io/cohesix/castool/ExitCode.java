// The process exit codes, in one place; the same numbers as cohsh's.
package io.cohesix.castool;

/** Exit codes of {@code cas-tool}. */
final class ExitCode {
  /** Done. */
  static final int OK = 0;

  /** A check found something wrong, a file can't be used, or the hive refused. */
  static final int FAILED = 1;

  /** Wrong options. */
  static final int USAGE = 2;

  /** No hive could be reached, or the connection was lost for good. */
  static final int UNREACHABLE = 3;

  /** A defect of this program. */
  static final int INTERNAL = 4;

  private ExitCode() {}
}
