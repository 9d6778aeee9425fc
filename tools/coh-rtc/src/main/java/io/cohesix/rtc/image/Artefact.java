// A file that doctor looks into, read only as far as it says of itself: a card that was read back is as large as the card.
package io.cohesix.rtc.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A file's beginning, up to the end of its last partition, of its volume, or of the file.
 *
 * @param bytes these
 * @param size of the whole file, in bytes
 */
record Artefact(Octets bytes, long size) {
  /** Partitions and volumes end before this: the largest volume that is written, and what lies around it. */
  static final long MAX_BYTES = (FatVolume.MAX_MIB + 4L) << 20;

  private static final int SECTOR = FatVolume.SECTOR;

  /** The sectors that say how far it goes: boot record or boot sector, and the header of a GUID partition table. */
  private static final int HEAD_BYTES = 2 * SECTOR;

  private static final int GPT_COPY_AT = SECTOR + 32;
  private static final int VOLUME_SECTORS_AT = 32;

  /**
   * Reads as much of a file as counts.
   *
   * @throws ImageException when that is more than anything that is written here
   */
  static Artefact read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] head = in.readNBytes(HEAD_BYTES);
      long size = Files.size(file);
      long counts = Math.min(size, extent(head, size));
      if (counts > MAX_BYTES) {
        throw new ImageException(
            "it has " + counts + " bytes that count, at most " + MAX_BYTES
                + " are looked at: nothing that coh-rtc image makes is as large");
      }
      byte[] all = Arrays.copyOf(head, (int) Math.max(head.length, counts));
      int more = in.readNBytes(all, head.length, all.length - head.length);
      return new Artefact(new Octets(head.length + more == all.length ? all : Arrays.copyOf(all, head.length + more)), size);
    }
  }

  /** Where what counts ends, by what the first sectors say; the file's size when they say nothing. */
  private static long extent(byte[] head, long size) {
    ByteBuffer b = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    if (FatReader.looksLike(head)) {
      return Integer.toUnsignedLong(b.getInt(VOLUME_SECTORS_AT)) * SECTOR;
    }
    if (Gpt.looksLike(head)) {
      long copy = b.getLong(GPT_COPY_AT);
      return copy < 0 || copy >= size / SECTOR ? size : (copy + 1) * SECTOR;
    }
    boolean other = FlatImage.looksLike(head) || PeImage.looksLike(head);
    return !other && Mbr.looksLike(head) ? Mbr.end(head) : size;
  }
}
