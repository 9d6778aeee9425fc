// A disk with a GUID partition table and one partition: what UEFI firmware and cloud images expect.
package io.cohesix.rtc.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.CRC32;

/**
 * Sector 0 a protective master boot record, 1 the header, 2 to 33 its 128 entries, the partition from 1 MiB on; entries and
 * header once more at the disk's end. GUIDs are taken from the partition's SHA-256, so that the same content gives the same
 * disk. Facts: UEFI specification 2.10, section 5.
 */
final class Gpt {
  /** The partition's first sector. */
  static final int START = 2048;

  private static final int SECTOR = 512;
  private static final long MAGIC = 0x5452_4150_2049_4645L; // EFI PART
  private static final int REVISION = 0x1_0000;
  private static final int HEADER_BYTES = 92;
  private static final int HEADER_CRC_AT = 16;
  private static final int ENTRIES_CRC_AT = 88;
  private static final int ENTRIES = 128;
  private static final int ENTRY_BYTES = 128;
  private static final int TABLE_SECTORS = ENTRIES * ENTRY_BYTES / SECTOR;
  private static final int NAME_CHARS = 36;
  private static final int MBR_ROW_AT = 446;
  private static final int PROTECTIVE = 0xee;

  /** EFI system partition, c12a7328-f81f-11d2-ba4b-00a0c93ec93b, as it lies on the disk. */
  private static final byte[] ESP = {
    0x28, 0x73, 0x2a, (byte) 0xc1, 0x1f, (byte) 0xf8, (byte) 0xd2, 0x11,
    (byte) 0xba, 0x4b, 0x00, (byte) 0xa0, (byte) 0xc9, 0x3e, (byte) 0xc9, 0x3b
  };

  private Gpt() {}

  /**
   * A disk whose only partition is an EFI system partition.
   *
   * @param name at most 36 characters
   * @param volume a whole number of MiB
   */
  static byte[] disk(String name, byte[] volume) {
    if (volume.length == 0 || volume.length % (START * SECTOR) != 0 || name.length() > NAME_CHARS) {
      throw new IllegalArgumentException(name + ", " + volume.length + " bytes");
    }
    int volumeSectors = volume.length / SECTOR;
    int sectors = START + volumeSectors + START; // the end takes a MiB too: disks are sold so
    byte[] identity = Hash.sha256(volume);
    byte[] out = new byte[sectors * SECTOR];
    ByteBuffer b = ByteBuffer.wrap(out).order(ByteOrder.LITTLE_ENDIAN);
    b.position(MBR_ROW_AT);
    b.put((byte) 0).put(new byte[] {0, 2, 0}).put((byte) PROTECTIVE).put(new byte[] {-1, -1, -1});
    b.putInt(1).putInt(sectors - 1);
    b.putShort(SECTOR - 2, (short) 0xaa55);

    byte[] entries = new byte[ENTRIES * ENTRY_BYTES];
    ByteBuffer e = ByteBuffer.wrap(entries).order(ByteOrder.LITTLE_ENDIAN);
    e.put(ESP).put(guid(identity, 0)).putLong(START).putLong(START + volumeSectors - 1L).putLong(0);
    e.put(name.getBytes(StandardCharsets.UTF_16LE));
    int backup = sectors - 1;
    b.put(2 * SECTOR, entries).put((backup - TABLE_SECTORS) * SECTOR, entries);
    header(b, entries, identity, 1, backup, 2);
    header(b, entries, identity, backup, 1, backup - TABLE_SECTORS);
    b.put(START * SECTOR, volume);
    return out;
  }

  private static void header(ByteBuffer b, byte[] entries, byte[] identity, int self, int other, int table) {
    int last = b.capacity() / SECTOR - 1 - TABLE_SECTORS - 1;
    b.position(self * SECTOR);
    b.putLong(MAGIC).putInt(REVISION).putInt(HEADER_BYTES).putInt(0).putInt(0);
    b.putLong(self).putLong(other).putLong(2 + TABLE_SECTORS).putLong(last);
    b.put(guid(identity, 16)).putLong(table).putInt(ENTRIES).putInt(ENTRY_BYTES).putInt(crc(entries));
    b.putInt(self * SECTOR + HEADER_CRC_AT, crc(bytes(b, self * SECTOR, HEADER_BYTES)));
  }

  /** A GUID of the form for values of one's own (version 8), from 16 bytes of a digest. */
  private static byte[] guid(byte[] digest, int from) {
    byte[] g = Arrays.copyOfRange(digest, from, from + 16);
    g[7] = (byte) (0x80 | (g[7] & 0x0f)); // the first three fields are little-endian
    g[8] = (byte) (0x80 | (g[8] & 0x3f));
    return g;
  }

  private static byte[] bytes(ByteBuffer from, int at, int length) {
    byte[] out = new byte[length];
    from.get(at, out);
    return out;
  }

  private static int crc(byte[] bytes) {
    CRC32 c = new CRC32();
    c.update(bytes);
    return (int) c.getValue();
  }

  /** Does it have a table of this kind? */
  static boolean looksLike(byte[] disk) {
    return disk.length >= 2 * SECTOR && ByteBuffer.wrap(disk).order(ByteOrder.LITTLE_ENDIAN).getLong(SECTOR) == MAGIC;
  }

  /**
   * The EFI system partition of a disk.
   *
   * @throws ImageException when the table or its copy is damaged, or there is no such partition
   */
  static byte[] read(byte[] disk) {
    if (!looksLike(disk)) {
      throw new ImageException("disk: has no GUID partition table");
    }
    ByteBuffer b = ByteBuffer.wrap(disk).order(ByteOrder.LITTLE_ENDIAN);
    byte[] entries = table(b, 1, "partition table");
    long copy = b.getLong(SECTOR + 32);
    if (copy < 2 || (copy + 1) * SECTOR > disk.length) {
      throw new ImageException("disk: the partition table's copy would be in sector " + copy + ": the disk is cut short");
    }
    if (!Arrays.equals(entries, table(b, copy, "partition table's copy"))) {
      throw new ImageException("disk: the partition table and its copy differ");
    }
    if ((b.get(MBR_ROW_AT + 4) & 0xff) != PROTECTIVE) {
      throw new ImageException("disk: its master boot record does not protect the partition table");
    }
    ByteBuffer e = ByteBuffer.wrap(entries).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at + ENTRY_BYTES <= entries.length; at += ENTRY_BYTES) {
      if (!Arrays.equals(ESP, Arrays.copyOfRange(entries, at, at + ESP.length))) {
        continue;
      }
      long first = e.getLong(at + 32);
      long last = e.getLong(at + 40);
      if (first < 2 || last < first || (last + 1) * SECTOR > disk.length) {
        throw new ImageException(
            String.format(
                Locale.ROOT, "disk: the EFI system partition has sectors %d to %d, the disk has %d", first, last,
                disk.length / SECTOR));
      }
      return Arrays.copyOfRange(disk, (int) first * SECTOR, (int) (last + 1) * SECTOR);
    }
    throw new ImageException("disk: has no EFI system partition");
  }

  /** Checks the header in a sector and returns its entries. */
  private static byte[] table(ByteBuffer disk, long sector, String what) {
    int at = (int) sector * SECTOR;
    byte[] header = bytes(disk, at, HEADER_BYTES);
    int sum = disk.getInt(at + HEADER_CRC_AT);
    Arrays.fill(header, HEADER_CRC_AT, HEADER_CRC_AT + 4, (byte) 0);
    if (disk.getLong(at) != MAGIC || crc(header) != sum || disk.getLong(at + 24) != sector) {
      throw new ImageException("disk: the " + what + " is damaged: its header's CRC-32 differs");
    }
    long from = disk.getLong(at + 72);
    int count = disk.getInt(at + 80);
    int each = disk.getInt(at + 84);
    if (count != ENTRIES || each != ENTRY_BYTES || from < 2 || (from + TABLE_SECTORS) * SECTOR > disk.capacity()) {
      throw new ImageException("disk: the " + what + " has another form than coh-rtc writes");
    }
    byte[] entries = bytes(disk, (int) from * SECTOR, ENTRIES * ENTRY_BYTES);
    if (crc(entries) != disk.getInt(at + ENTRIES_CRC_AT)) {
      throw new ImageException("disk: the " + what + " is damaged: its entries' CRC-32 differs");
    }
    return entries;
  }
}
