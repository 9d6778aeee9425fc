// A device tree's bytes for an image: checked, and without the padding that QEMU and dtc leave room
// with.
package io.cohesix.rtc.image;

import java.nio.ByteBuffer;
import java.util.Arrays;

final class DeviceTree {
  private static final int MAGIC = 0xd00dfeed;
  private static final int HEADER_BYTES = 40;
  private static final int OLDEST = 17;

  private DeviceTree() {}

  /** The tree's own bytes, its header saying so. */
  static byte[] trimmed(String file, byte[] tree) {
    ByteBuffer in = ByteBuffer.wrap(tree);
    if (tree.length < HEADER_BYTES || in.getInt(0) != MAGIC || in.getInt(20) < OLDEST) {
      throw new ImageException(
          file + ": is no flattened device tree of version " + OLDEST + " or later");
    }
    long structure = Integer.toUnsignedLong(in.getInt(8)) + Integer.toUnsignedLong(in.getInt(36));
    long strings = Integer.toUnsignedLong(in.getInt(12)) + Integer.toUnsignedLong(in.getInt(32));
    long end = Math.max(structure, strings);
    if (end > tree.length || Integer.toUnsignedLong(in.getInt(4)) > tree.length) {
      throw new ImageException(
          file
              + ": says that it has "
              + Math.max(end, Integer.toUnsignedLong(in.getInt(4)))
              + " bytes, the file has "
              + tree.length
              + ": it is cut short");
    }
    byte[] out = Arrays.copyOf(tree, (int) ((end + 7) & ~7L));
    ByteBuffer.wrap(out).putInt(4, out.length);
    return out;
  }
}
