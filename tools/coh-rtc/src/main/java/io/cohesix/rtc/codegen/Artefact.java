// A file that a compile writes.
package io.cohesix.rtc.codegen;

/**
 * A generated file.
 *
 * @param place which folder it is in
 * @param name path below that folder, with slashes
 * @param content text, LF line ends, UTF-8
 */
public record Artefact(Place place, String name, String content) {
  /** The folders that a compile writes to. */
  public enum Place {
    /** The project root: committed files. */
    ROOT,
    /** The C tables' folder: committed files. */
    GENERATED,
    /** The output folder: not committed. */
    OUT
  }
}
