// The console's fixed limits; they mirror base/limits.h of the root task, and a test compares the two.
package io.cohesix.core.console;

/** Limits of spec/console.md, in bytes. */
public final class ConsoleLimits {
  /** A frame's size field, which counts itself. */
  public static final int CONSOLE_HEADER_BYTES = 4;

  /** Longest line, without newline. */
  public static final int CONSOLE_LINE_BYTES = 256;

  /** Smallest frame. */
  public static final int CONSOLE_FRAME_MIN = 5;

  /** Largest frame that carries a line. */
  public static final int CONSOLE_FRAME_MAX = 260;

  /** Largest frame that a hive skips without losing framing. */
  public static final int CONSOLE_SKIP_MAX = 65540;

  /** Longest role name. */
  public static final int CONSOLE_ROLE_BYTES = 16;

  /** Longest ticket text on the console. */
  public static final int CONSOLE_TICKET_BYTES = 224;

  /** Longest path. */
  public static final int CONSOLE_PATH_BYTES = 96;

  /** Longest worker id. */
  public static final int CONSOLE_WORKER_BYTES = 32;

  private ConsoleLimits() {}
}
