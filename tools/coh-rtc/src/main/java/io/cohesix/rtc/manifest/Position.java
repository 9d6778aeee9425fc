// Where a thing stands in a manifest.
package io.cohesix.rtc.manifest;

/**
 * A place in a manifest file.
 *
 * @param line 1-based line
 * @param column 1-based column
 */
public record Position(int line, int column) {
  /** The start of the file: where findings about keys stand that the file does not have. */
  public static final Position START = new Position(1, 1);
}
