// One thing that the compiler has to say about a manifest.
package io.cohesix.rtc.manifest;

import java.util.Locale;

/**
 * An error, or a note about something that still works (spec "root_task.toml").
 *
 * @param severity whether it stops the compile
 * @param rule the check's stable id: {@code type}, {@code range}, {@code unknown-key}, … or a red line's id
 * @param file the manifest's name as the caller gave it
 * @param position where
 * @param key the dotted key
 * @param message what is wrong, the value, the bound, what to do
 */
public record Finding(
    Severity severity, String rule, String file, Position position, String key, String message) {
  /** How bad it is. */
  public enum Severity {
    /** The manifest is refused. */
    ERROR,
    /** The manifest is accepted; something in it is out of date. */
    WARNING
  }

  /** True when it stops the compile. */
  public boolean isError() {
    return severity == Severity.ERROR;
  }

  /** {@code <file>:<line>:<column>: error: <dotted.key>: <message>}. */
  public String text() {
    return file + ':' + position.line() + ':' + position.column() + ": "
        + (isError() ? "error" : "warning") + ": " + plain(key) + ": " + plain(message);
  }

  /** One line without control characters: a manifest may not write to somebody's terminal. */
  private static String plain(String s) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (c < 0x20 || (c >= 0x7f && c < 0xa0)) {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
