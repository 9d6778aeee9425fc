// How a file is opened.
package io.cohesix.secure9p;

/** The access that an open asks for (spec/secure9p.md, "Tlopen"). */
public enum OpenMode {
  /** O_RDONLY. */
  READ(0),
  /** O_WRONLY. */
  WRITE(1),
  /** O_RDWR. */
  READ_WRITE(2),
  /** O_RDONLY of a directory, for listing it; a file is refused with ENOTDIR. */
  LIST(0x10000);

  private final int flags;

  OpenMode(int flags) {
    this.flags = flags;
  }

  /** The flags of Tlopen. */
  public int flags() {
    return flags;
  }
}
