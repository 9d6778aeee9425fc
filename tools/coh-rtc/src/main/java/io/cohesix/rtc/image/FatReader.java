// Reads FAT32 volumes, checking everything that a careful reader could stumble over: for `coh-rtc doctor image`.
package io.cohesix.rtc.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** One volume's reader. It believes no number before it lies inside the volume, and refuses with a sentence. */
final class FatReader {
  private static final int MAX_DEPTH = 16;
  private static final int BAD_CLUSTER = 0x0fff_fff7;
  private static final int MIN_CHAIN_END = 0x0fff_fff8;
  private static final int DELETED = 0xe5;

  /**
   * What is on a volume.
   *
   * @param label as in the boot sector, without the spaces behind it
   * @param bytes the volume's size by its boot sector
   * @param hiddenSectors sectors of the disk before it, by its boot sector
   * @param files content by path
   */
  record Contents(String label, long bytes, int hiddenSectors, SortedMap<String, Octets> files) {}

  private final byte[] volume;
  private final ByteBuffer data;
  private final int sectorsPerCluster;
  private final int reserved;
  private final int fatSectors;
  private final long sectors;
  private final int clusters;
  private final BitSet used = new BitSet();
  private final SortedMap<String, Octets> files = new TreeMap<>();

  private FatReader(byte[] volume) {
    this.volume = volume;
    this.data = ByteBuffer.wrap(volume).order(ByteOrder.LITTLE_ENDIAN);
    if (!looksLike(volume)) {
      throw bad("it has no FAT32 boot sector");
    }
    this.sectorsPerCluster = data.get(13) & 0xff;
    this.reserved = Short.toUnsignedInt(data.getShort(14));
    this.sectors = Integer.toUnsignedLong(data.getInt(32));
    this.fatSectors = data.getInt(36);
    int fats = data.get(16);
    if (sectorsPerCluster == 0 || Integer.bitCount(sectorsPerCluster) != 1 || fats != FatVolume.FATS || fatSectors <= 0
        || reserved <= FatVolume.BACKUP_SECTOR + 1) {
      throw bad("its boot sector names " + sectorsPerCluster + " sectors a cluster, " + reserved + " reserved sectors, " + fats
          + " tables of " + fatSectors + " sectors, which can't be");
    }
    if (sectors * FatVolume.SECTOR > volume.length) {
      throw bad("its boot sector names " + sectors * FatVolume.SECTOR + " bytes, there are " + volume.length + ": it is cut short");
    }
    long count = (sectors - reserved - 2L * fatSectors) / sectorsPerCluster;
    if (count < FatVolume.MIN_CLUSTERS || (count + 2) * 4 > (long) fatSectors * FatVolume.SECTOR) {
      throw bad("it has " + count + " clusters: FAT32 has at least " + FatVolume.MIN_CLUSTERS
          + ", and its tables of " + fatSectors + " sectors have room for " + (fatSectors * 128L - 2));
    }
    this.clusters = (int) count;
  }

  /** Does it begin as a FAT32 volume does? */
  static boolean looksLike(byte[] volume) {
    ByteBuffer b = ByteBuffer.wrap(volume).order(ByteOrder.LITTLE_ENDIAN);
    return volume.length >= 2 * FatVolume.SECTOR && b.getShort(FatVolume.SECTOR - 2) == (short) 0xaa55
        && b.getShort(11) == FatVolume.SECTOR && b.getShort(17) == 0 && b.getShort(22) == 0
        && new String(volume, 82, 8, StandardCharsets.US_ASCII).equals("FAT32   ");
  }

  /**
   * Reads a volume; bytes behind its end are left alone.
   *
   * @throws ImageException when anything of it is broken
   */
  static Contents read(byte[] volume) {
    FatReader r = new FatReader(volume);
    r.copies();
    r.folder(r.data.getInt(44), "", 0);
    r.accounts();
    String label = new String(volume, 71, 11, StandardCharsets.US_ASCII).stripTrailing();
    return new Contents(label, r.sectors * FatVolume.SECTOR, r.data.getInt(28), r.files);
  }

  private static ImageException bad(String what) {
    return new ImageException("FAT volume: " + what);
  }

  /** The boot sector's and the table's second copies are what the first are. */
  private void copies() {
    int backup = Short.toUnsignedInt(data.getShort(50)) * FatVolume.SECTOR;
    if (backup != FatVolume.BACKUP_SECTOR * FatVolume.SECTOR
        || !Arrays.equals(volume, 0, FatVolume.SECTOR, volume, backup, backup + FatVolume.SECTOR)) {
      throw bad("its backup boot sector is not what its boot sector is");
    }
    int first = reserved * FatVolume.SECTOR;
    int bytes = fatSectors * FatVolume.SECTOR;
    int differs = Arrays.mismatch(volume, first, first + bytes, volume, first + bytes, first + 2 * bytes);
    if (differs >= 0) {
      throw bad("its two tables differ at cluster " + differs / 4);
    }
    if ((link(0) & 0xff) != FatVolume.MEDIA) {
      throw bad("its table begins with 0x" + Integer.toHexString(link(0)) + ", must end in 0xf8");
    }
  }

  private int link(int cluster) {
    return data.getInt(reserved * FatVolume.SECTOR + 4 * cluster) & 0x0fff_ffff;
  }

  /** A chain's bytes; every cluster belongs to one chain. */
  private byte[] chain(int first, String what) {
    int clusterBytes = sectorsPerCluster * FatVolume.SECTOR;
    int count = 0;
    for (int c = first; c < MIN_CHAIN_END; c = link(c), count++) {
      if (c < 2 || c >= clusters + 2 || c == BAD_CLUSTER) {
        throw bad(what + ": its chain leads to cluster " + c + ", there are 2 to " + (clusters + 1));
      }
      if (used.get(c)) {
        throw bad(what + ": its chain runs into cluster " + c + ", which is taken already");
      }
      used.set(c);
    }
    byte[] out = new byte[Math.multiplyExact(count, clusterBytes)];
    int at = 0;
    for (int c = first; c < MIN_CHAIN_END; c = link(c), at += clusterBytes) {
      long from = (reserved + 2L * fatSectors + (c - 2L) * sectorsPerCluster) * FatVolume.SECTOR;
      System.arraycopy(volume, (int) from, out, at, clusterBytes);
    }
    return out;
  }

  private void folder(int cluster, String path, int depth) {
    String what = path.isEmpty() ? "root folder" : "folder " + path;
    if (depth > MAX_DEPTH) {
      throw bad(what + ": lies deeper than " + MAX_DEPTH + " folders");
    }
    byte[] entries = chain(cluster, what);
    ByteBuffer in = ByteBuffer.wrap(entries).order(ByteOrder.LITTLE_ENDIAN);
    LongName longName = new LongName(what);
    Set<String> seen = new HashSet<>();
    for (int at = 0; at < entries.length && entries[at] != 0; at += FatNames.ENTRY_BYTES) {
      int attribute = entries[at + FatNames.ATTRIBUTE_AT];
      boolean deleted = (entries[at] & 0xff) == DELETED;
      if (!deleted && attribute == FatNames.ATTRIBUTE_LONG) {
        longName.take(in, at);
        continue;
      }
      byte[] shortName = Arrays.copyOfRange(entries, at, at + FatNames.SHORT_BYTES);
      String name = deleted ? "" : longName.end(shortName, entries[at + FatNames.FLAGS_AT]);
      if (deleted || (attribute & FatVolume.ATTRIBUTE_LABEL) != 0 || name.equals(".") || name.equals("..")) {
        continue;
      }
      if (!seen.add(name.toUpperCase(Locale.ROOT))) {
        throw bad(what + ": has '" + name + "' twice");
      }
      int first = (in.getShort(at + 20) << 16) | Short.toUnsignedInt(in.getShort(at + 26));
      if ((attribute & FatVolume.ATTRIBUTE_FOLDER) != 0) {
        folder(first, path + name + "/", depth + 1);
      } else {
        files.put(path + name, file(first, Integer.toUnsignedLong(in.getInt(at + 28)), "file " + path + name));
      }
    }
  }

  private Octets file(int first, long size, String what) {
    byte[] content = first == 0 ? new byte[0] : chain(first, what);
    int clusterBytes = sectorsPerCluster * FatVolume.SECTOR;
    if (size > content.length || size + clusterBytes <= content.length) {
      throw bad(what + ": has " + size + " bytes by its entry and clusters for " + content.length);
    }
    return new Octets(Arrays.copyOf(content, (int) size));
  }

  /** Nothing is taken in the table that no file has, and FSInfo counts right. */
  private void accounts() {
    int free = 0;
    for (int c = 2; c < clusters + 2; c++) {
      if (link(c) == 0) {
        free++;
      } else if (!used.get(c)) {
        throw bad("cluster " + c + " is taken and belongs to no file");
      }
    }
    int at = Short.toUnsignedInt(data.getShort(48)) * FatVolume.SECTOR;
    if (at != FatVolume.INFO_SECTOR * FatVolume.SECTOR || data.getInt(at) != FatVolume.INFO_LEAD
        || data.getInt(at + 484) != FatVolume.INFO_STRUCTURE) {
      throw bad("it has no FSInfo sector");
    }
    if (data.getInt(at + 488) != free && data.getInt(at + 488) != -1) {
      throw bad("its FSInfo sector says " + data.getInt(at + 488) + " free clusters, there are " + free);
    }
  }

  /** A long name while its entries come in, last part first. */
  private static final class LongName {
    private final String folder;
    private final StringBuilder text = new StringBuilder();
    private int wants;
    private int sum;

    LongName(String folder) {
      this.folder = folder;
    }

    void take(ByteBuffer in, int at) {
      int number = in.get(at) & 0xff;
      boolean last = (number & FatNames.LAST_LONG) != 0;
      number &= ~FatNames.LAST_LONG;
      int check = in.get(at + 13) & 0xff;
      if (last == (wants != 0) || number == 0 || number > 20 || (!last && (number != wants || check != sum))) {
        throw bad(folder + ": the parts of a long name are out of order");
      }
      StringBuilder part = new StringBuilder();
      for (int unitAt : FatNames.UNITS_AT) {
        char unit = in.getChar(at + unitAt);
        if (unit == 0) {
          break;
        }
        part.append(unit);
      }
      text.insert(0, part);
      sum = check;
      wants = number - 1;
      if (wants == 0) {
        wants = -1; // complete: its short entry comes next
      }
    }

    /** The name of the entry that follows: the long one where there is one for it. */
    String end(byte[] shortName, int flags) {
      String shown = FatNames.shown(shortName, flags);
      if (wants == 0) {
        return shown;
      }
      String name = text.toString();
      if (wants != -1 || sum != FatNames.checksum(shortName)) {
        throw bad(folder + ": the long name '" + name + "' does not belong to " + shown);
      }
      text.setLength(0);
      wants = 0;
      return name;
    }
  }
}
