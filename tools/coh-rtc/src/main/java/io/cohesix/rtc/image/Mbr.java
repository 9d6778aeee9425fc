// A disk with one partition: the master boot record that firmware and U-Boot look for.
package io.cohesix.rtc.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The first sector of a disk: a signature of its own at 440, four rows of 16 bytes from 446 on, 0x55 0xaa at its end.
 * The one partition starts at 1 MiB, as all partitioning tools align it.
 */
final class Mbr {
  /** The partition's first sector. */
  static final int START = 2048;

  private static final int SECTOR = FatVolume.SECTOR;
  private static final int SIGNATURE_AT = 440;
  private static final int ROWS_AT = 446;
  private static final int ROW_BYTES = 16;
  private static final int ROWS = 4;
  private static final int HEADS = 255;
  private static final int SECTORS = 63;
  private static final int LAST_CYLINDER = 1023;

  /** Types of partitions that the images have. */
  enum Type {
    FAT32(0x0c),
    ESP(0xef);

    final int number;

    Type(int number) {
      this.number = number;
    }
  }

  /**
   * A row in use.
   *
   * @param number 1 to 4
   * @param type the type's number
   * @param start first sector
   * @param sectors how many
   */
  record Partition(int number, int type, long start, long sectors) {
    /** Bytes of the partition on its disk. */
    byte[] bytes(byte[] disk) {
      return Arrays.copyOfRange(disk, (int) start * SECTOR, (int) (start + sectors) * SECTOR);
    }
  }

  private Mbr() {}

  /**
   * A disk with one active partition.
   *
   * @param volume a whole number of sectors, made with hiddenSectors {@link #START}
   */
  static byte[] disk(Type type, byte[] volume) {
    int sectors = volume.length / SECTOR;
    byte[] out = new byte[START * SECTOR + volume.length];
    ByteBuffer b = ByteBuffer.wrap(out).order(ByteOrder.LITTLE_ENDIAN);
    b.put(new byte[] {(byte) 0xeb, (byte) 0xfe}); // a PC that starts this stays here
    b.put(SIGNATURE_AT, Hash.sha256(volume), 0, 4);
    b.position(ROWS_AT);
    b.put((byte) 0x80).put(chs(START)).put((byte) type.number).put(chs(START + sectors - 1L)).putInt(START).putInt(
        sectors);
    b.putShort(SECTOR - 2, (short) 0xaa55);
    System.arraycopy(volume, 0, out, START * SECTOR, volume.length);
    return out;
  }

  /** A sector's cylinder, head and number as old tools count them; the last there is for those beyond. */
  private static byte[] chs(long sector) {
    long cylinder = sector / (HEADS * SECTORS);
    if (cylinder > LAST_CYLINDER) {
      return new byte[] {(byte) (HEADS - 1), (byte) 0xff, (byte) 0xff};
    }
    return new byte[] {
      (byte) (sector / SECTORS % HEADS), (byte) ((sector % SECTORS + 1) | ((cylinder >> 2) & 0xc0)), (byte) cylinder
    };
  }

  /** Does it begin as a partitioned disk does, and not as a volume? */
  static boolean looksLike(byte[] disk) {
    return disk.length > SECTOR && disk[SECTOR - 2] == 0x55 && disk[SECTOR - 1] == (byte) 0xaa
        && !FatReader.looksLike(disk);
  }

  /** Where the last partition ends, in bytes, by the first sector alone; the sector's own end when it names none. */
  static long end(byte[] sector) {
    ByteBuffer b = ByteBuffer.wrap(sector).order(ByteOrder.LITTLE_ENDIAN);
    long end = 1;
    for (int at = ROWS_AT; at < ROWS_AT + ROWS * ROW_BYTES; at += ROW_BYTES) {
      if (b.get(at + 4) != 0) {
        end = Math.max(end, Integer.toUnsignedLong(b.getInt(at + 8)) + Integer.toUnsignedLong(b.getInt(at + 12)));
      }
    }
    return end * SECTOR;
  }

  /**
   * The partitions of a disk.
   *
   * @throws ImageException when a row lies outside of the disk or in another's way, or there is none
   */
  static List<Partition> read(byte[] disk) {
    if (!looksLike(disk)) {
      throw new ImageException("disk: has no master boot record");
    }
    ByteBuffer b = ByteBuffer.wrap(disk).order(ByteOrder.LITTLE_ENDIAN);
    List<Partition> out = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      int at = ROWS_AT + i * ROW_BYTES;
      long start = Integer.toUnsignedLong(b.getInt(at + 8));
      long sectors = Integer.toUnsignedLong(b.getInt(at + 12));
      int type = b.get(at + 4) & 0xff;
      if (type == 0) {
        continue;
      }
      if (start == 0 || sectors == 0 || (start + sectors) * SECTOR > disk.length) {
        throw new ImageException(
            String.format(
                Locale.ROOT, "disk: partition %d has sectors %d to %d, the disk has %d: it is cut short", i + 1, start,
                start + sectors - 1, disk.length / SECTOR));
      }
      for (Partition other : out) {
        if (start < other.start + other.sectors && other.start < start + sectors) {
          throw new ImageException("disk: partitions " + other.number + " and " + (i + 1) + " overlap");
        }
      }
      out.add(new Partition(i + 1, type, start, sectors));
    }
    if (out.isEmpty()) {
      throw new ImageException("disk: its master boot record has no partition");
    }
    return out;
  }
}
