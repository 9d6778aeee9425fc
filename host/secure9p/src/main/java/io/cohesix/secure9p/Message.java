// What every frame has: a type and a tag.
package io.cohesix.secure9p;

/**
 * One 9P2000.L message (spec/secure9p.md, "Messages"). Integers hold the bits of the wire: 32- and 64-bit fields are
 * unsigned, to be printed with {@link Integer#toUnsignedString(int)} and {@link Long#toUnsignedString(long)}.
 */
public sealed interface Message permits Request, Reply {
  /** The type's number on the wire. */
  int type();

  /** The tag, 0 … 65535. */
  int tag();
}
