// Offsets that name absolute positions of a ring.
package io.cohesix.secure9p;

/** Absolute positions of ring files (spec/secure9p.md, "Rings"): offset 2⁶² + n is position n. */
public final class Positions {
  private Positions() {}

  /** The offset of position 0. */
  public static final long ABSOLUTE_BASE = 1L << 62;

  /**
   * The offset to read at.
   *
   * @param position a ring's absolute position, 0 … 2⁶² − 1
   */
  public static long absolute(long position) {
    if (position < 0 || position >= ABSOLUTE_BASE) {
      throw new IllegalArgumentException(
          "position is " + Long.toUnsignedString(position) + ", must be below " + ABSOLUTE_BASE);
    }
    return ABSOLUTE_BASE + position;
  }
}
