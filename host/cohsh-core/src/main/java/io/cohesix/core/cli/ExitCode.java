// The process exit codes, in one place.
package io.cohesix.core.cli;

/** Exit codes of every program. */
public final class ExitCode {
  /** All went well. */
  public static final int OK = 0;

  /** The hive refused, or a check, script or test failed. */
  public static final int FAILED = 1;

  /** Wrong options, a script with wrong syntax, a file that can't be used. */
  public static final int USAGE = 2;

  /** No hive could be reached, or the connection was lost for good. */
  public static final int UNREACHABLE = 3;

  /** A defect of the program. */
  public static final int INTERNAL = 4;

  private ExitCode() {}
}
