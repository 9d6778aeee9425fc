// One thing that the compiler has to say about a manifest.
package io.cohesix.rtc.manifest;

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
        + (isError() ? "error" : "warning") + ": " + key + ": " + message;
  }
}
