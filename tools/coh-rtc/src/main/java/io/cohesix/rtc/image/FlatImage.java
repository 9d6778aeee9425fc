// The flat image: the loader, made bootable by its arm64 header, then the payload table and its
// blobs.
package io.cohesix.rtc.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Writes and takes apart what `-kernel`, `booti` and `go` start. */
final class FlatImage {
  /**
   * Behind the image, for the loader's trimmed copy of the device tree; counted in the header's
   * image size.
   */
  static final int SLACK = 0x20000;

  private static final int HEADER_MAGIC_AT = 56;
  private static final int HEADER_MAGIC = 0x644d5241;

  /** The header's second instruction is never reached: it says where the payload table is. */
  private static final int TABLE_AT = 4;

  private static final int TEXT_OFFSET_AT = 8;
  private static final int IMAGE_SIZE_AT = 16;

  private FlatImage() {}

  /** Joins a loader's ELF file and the payloads. */
  static byte[] write(Elf loader, PayloadTable payloads) {
    LoadImage l = LoadImage.of(loader, false);
    if (l.virt() != 0 || l.memSize() % LoadImage.PAGE != 0 || l.bytes().length() < 64) {
      throw new ImageException(
          loader.file()
              + ": is not this version's loader (linked at 0, a whole number of pages): build"
              + " loader.elf again");
    }
    return joined(l.bytes().array(), (int) l.memSize(), loader.file(), payloads);
  }

  /** An image with other payloads behind the same loader. */
  static byte[] replace(byte[] image, PayloadTable payloads) {
    int table = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).getInt(TABLE_AT);
    return joined(Arrays.copyOf(image, table), table, "the image", payloads);
  }

  private static byte[] joined(byte[] loader, int table, String name, PayloadTable payloads) {
    byte[] blob = payloads.write();
    byte[] out = Arrays.copyOf(loader, table + blob.length);
    ByteBuffer header = ByteBuffer.wrap(out).order(ByteOrder.LITTLE_ENDIAN);
    if (header.getInt(HEADER_MAGIC_AT) != HEADER_MAGIC) {
      throw new ImageException(name + ": has no arm64 image header: build loader.elf again");
    }
    header.putInt(TABLE_AT, table);
    header.putLong(IMAGE_SIZE_AT, out.length + (long) SLACK);
    System.arraycopy(blob, 0, out, table, blob.length);
    return out;
  }

  /** Where the image asks to lie, from the start of RAM. */
  static long textOffset(byte[] image) {
    return ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).getLong(TEXT_OFFSET_AT);
  }

  /** Does it begin as such an image does? */
  static boolean looksLike(byte[] file) {
    return file.length >= 64
        && ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(HEADER_MAGIC_AT) == HEADER_MAGIC;
  }

  /** Takes an image apart, checking all sums. */
  static PayloadTable read(byte[] image) {
    ByteBuffer header = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    if (!looksLike(image)) {
      throw new ImageException("no arm64 image header: not a Cohesix image");
    }
    return PayloadTable.read(image, header.getInt(TABLE_AT));
  }
}
