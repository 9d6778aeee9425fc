// What a Tsetattr asks for.
package io.cohesix.secure9p;

/**
 * The wished attributes of Tsetattr (spec/secure9p.md, "Messages"); only those whose bit is in {@code valid} count.
 *
 * @param valid bits of what is to change
 * @param mode permission bits (bit 0)
 * @param uid owner (bit 1)
 * @param gid group (bit 2)
 * @param size bytes (bit 3)
 * @param atimeS access time, seconds (bits 4 and 7)
 * @param atimeNs access time, nanoseconds
 * @param mtimeS change time, seconds (bits 5 and 8)
 * @param mtimeNs change time, nanoseconds
 */
public record SetAttr(
    int valid, int mode, int uid, int gid, long size, long atimeS, long atimeNs, long mtimeS, long mtimeNs) {
  /** Bit of {@code size} in {@code valid}. */
  public static final int SIZE = 1 << 3;

  /** Asks for a new size and nothing else. */
  public static SetAttr size(long bytes) {
    return new SetAttr(SIZE, 0, 0, 0, bytes, 0, 0, 0, 0);
  }
}
