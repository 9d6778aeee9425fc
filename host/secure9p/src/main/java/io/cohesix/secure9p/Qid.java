// What a server calls a file by.
package io.cohesix.secure9p;

/**
 * A file's identity on its server (spec/secure9p.md, "Messages").
 *
 * @param type bits such as {@link Wire#QTDIR}, 0 … 255
 * @param version counts changes of the content, unsigned
 * @param path unique and stable for a file, unsigned
 */
public record Qid(int type, int version, long path) {
  /** Whether it is a directory. */
  public boolean isDirectory() {
    return (type & Wire.QTDIR) != 0;
  }

  /** Whether writes go to the end. */
  public boolean isAppendOnly() {
    return (type & Wire.QTAPPEND) != 0;
  }
}
