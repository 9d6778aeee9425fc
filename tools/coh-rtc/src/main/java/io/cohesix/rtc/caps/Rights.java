// What a holder may do with an object.
package io.cohesix.rtc.caps;

/** Rights of a capability or a mapping. */
public enum Rights {
  /** The kind has none: interrupt handlers, VSpaces. */
  NONE("-"),
  /** Wait for it, receive from it, read it. */
  READ("r"),
  /** Signal it. */
  WRITE("w"),
  /** Read and write. */
  BOTH("rw"),
  /** Send a fault to it: the kernel asks for write and grant-reply. */
  FAULT("w+reply");

  private final String word;

  Rights(String word) {
    this.word = word;
  }

  /** For people. */
  public String word() {
    return word;
  }

  /** May memory be changed through it? */
  public boolean writes() {
    return this == BOTH || this == WRITE;
  }
}
