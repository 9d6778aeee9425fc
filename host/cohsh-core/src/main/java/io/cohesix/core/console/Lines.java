// Content lines: the escape that keeps content from posing as protocol, and control bytes made visible.
package io.cohesix.core.console;

/** Functions over content lines (spec/console.md "Acknowledgements"). */
public final class Lines {
  /** The line that ends a stream. */
  public static final String END = "END";

  private Lines() {}

  /** Whether an OK to this command line is followed by content lines and END. */
  public static boolean streams(String line) {
    return switch (line.strip().split("\\s+", 2)[0].toUpperCase(java.util.Locale.ROOT)) {
      case "LS", "CAT", "TAIL", "LOG", "HELP", "CACHELOG" -> true;
      default -> false;
    };
  }

  /** Takes off the one {@code \} that the hive puts before a content line that looks like protocol. */
  public static String unescape(String line) {
    return line.startsWith("\\") ? line.substring(1) : line;
  }

  /** Puts a {@code \\} before a content line that looks like protocol, as the hive does. */
  public static String escape(String line) {
    boolean looks =
        line.isEmpty()
            || line.equals(END)
            || line.startsWith("OK ")
            || line.startsWith("ERR ")
            || line.startsWith("PONG")
            || line.startsWith("\\");
    return looks ? "\\" + line : line;
  }

  /** Shows control characters as {@code \xNN}, so that content can't move a terminal's cursor or colours. */
  public static String visible(String line) {
    int i = 0;
    while (i < line.length() && !control(line.charAt(i))) {
      i++;
    }
    if (i == line.length()) {
      return line;
    }
    StringBuilder out = new StringBuilder(line.length() + 8).append(line, 0, i);
    for (; i < line.length(); i++) {
      char c = line.charAt(i);
      if (control(c)) {
        out.append("\\x").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static boolean control(char c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
  }
}
