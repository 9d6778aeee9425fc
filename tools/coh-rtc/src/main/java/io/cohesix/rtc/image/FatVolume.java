// Writes FAT32 volumes: the file system that firmware, U-Boot and UEFI read. The same files give the same bytes.
package io.cohesix.rtc.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A volume's writer. Sectors have 512 bytes: reserved ones (boot sector, FSInfo, their backups), two tables, then clusters from
 * number 2 on. FAT32 is told from FAT16 by its count of clusters alone, so there are at least 65525.
 */
final class FatVolume {
  static final int SECTOR = 512;
  static final int MIN_CLUSTERS = 65_525;
  static final int MIN_MIB = 34;
  static final int MAX_MIB = 1024;
  static final int RESERVED = 32;
  static final int FATS = 2;
  static final int INFO_SECTOR = 1;
  static final int BACKUP_SECTOR = 6;
  static final int ROOT_CLUSTER = 2;
  static final int END_OF_CHAIN = 0x0fff_ffff;
  static final int MEDIA = 0xf8;
  static final int INFO_LEAD = 0x4161_5252;
  static final int INFO_STRUCTURE = 0x6141_7272;
  static final int INFO_TRAIL = 0xaa55_0000;
  static final int ATTRIBUTE_LABEL = 0x08;
  static final int ATTRIBUTE_FOLDER = 0x10;
  static final int ATTRIBUTE_ARCHIVE = 0x20;

  /** 1980-01-01, the first day that FAT knows; its time is 0. */
  private static final int DATE = 0x0021;

  private static final int SECTORS_PER_MIB = 2048;
  private static final int LABEL_BYTES = 11;

  /**
   * What a volume is besides its files.
   *
   * @param label 1 to 11 characters A–Z, 0–9, space, hyphen, underscore
   * @param mib its size in MiB, 34 to 1024, or 0: the smallest that holds the files
   * @param hiddenSectors sectors of the disk before it: 0 without partitions, {@link Mbr#START} behind an MBR
   */
  record Options(String label, int mib, int hiddenSectors) {
    Options {
      if (!label.matches("[A-Z0-9_-][A-Z0-9 _-]{0,10}")) {
        throw new ImageException("FAT volume: label '" + label + "' must have 1 to 11 characters A-Z 0-9 _ - or space");
      }
      if (mib != 0 && (mib < MIN_MIB || mib > MAX_MIB)) {
        throw new ImageException("FAT volume: its size is " + mib + " MiB, must be " + MIN_MIB + " to " + MAX_MIB);
      }
    }
  }

  /** A folder while it is laid out; files are leaves. Names are kept in their order of code points. */
  private static final class Folder {
    final Map<String, Folder> folders = new TreeMap<>();
    final Map<String, Octets> files = new TreeMap<>();
    int cluster;
    final Set<String> seen = new HashSet<>();
  }

  private final Options options;
  private final Folder root = new Folder();
  private final int sectors;
  private final int sectorsPerCluster;
  private final int fatSectors;
  private final byte[] out;
  private final ByteBuffer data;
  private final byte[] id;
  private int next = ROOT_CLUSTER;

  private FatVolume(SortedMap<String, Octets> files, Options options, int mib) {
    this.options = options;
    this.sectors = mib * SECTORS_PER_MIB;
    this.sectorsPerCluster = sectorsPerCluster(mib);
    this.fatSectors = fatSectors(sectors, sectorsPerCluster);
    this.out = new byte[sectors * SECTOR];
    this.data = ByteBuffer.wrap(out).order(ByteOrder.LITTLE_ENDIAN);
    this.id = identity(files, options);
    files.forEach(this::add);
  }

  /**
   * A volume with these files.
   *
   * @param files content by path, parts separated by `/`; folders are made as needed
   * @return the volume's bytes, a whole number of MiB
   * @throws ImageException when a name can't be, or the files don't fit
   */
  static byte[] write(SortedMap<String, Octets> files, Options options) {
    files.keySet().forEach(FatNames::check);
    long content = files.values().stream().mapToLong(Octets::length).sum();
    int mib = options.mib() != 0 ? options.mib() : (int) Math.min(MAX_MIB, Math.max(MIN_MIB, content >> 20));
    while (true) {
      FatVolume volume = new FatVolume(files, options, mib);
      long needs = volume.needs(volume.root);
      if (needs <= volume.clusters()) {
        volume.fill();
        return volume.out;
      }
      if (options.mib() != 0 || mib == MAX_MIB) {
        throw new ImageException(
            "FAT volume: its files need " + needs * volume.clusterBytes() + " bytes, it has room for "
                + (long) volume.clusters() * volume.clusterBytes() + " (" + mib + " MiB): make it larger, at most "
                + MAX_MIB + " MiB");
      }
      mib++;
    }
  }

  /** One sector up to where the count of clusters allows two; at most 4 KiB, a page of every reader. */
  private static int sectorsPerCluster(int mib) {
    int n = 1;
    while (n < 8 && mib / (n * 2) >= MIN_MIB) {
      n *= 2;
    }
    return n;
  }

  private static int fatSectors(int sectors, int sectorsPerCluster) {
    int fat = 1;
    while ((long) fat * (SECTOR / 4) < (sectors - RESERVED - FATS * fat) / sectorsPerCluster + 2L) {
      fat++;
    }
    return fat;
  }

  private int clusters() {
    return (sectors - RESERVED - FATS * fatSectors) / sectorsPerCluster;
  }

  private int clusterBytes() {
    return sectorsPerCluster * SECTOR;
  }

  private int clustersFor(long bytes) {
    return (int) ((bytes + clusterBytes() - 1) / clusterBytes());
  }

  private static byte[] identity(SortedMap<String, Octets> files, Options options) {
    StringBuilder text = new StringBuilder(options.label()).append('\n');
    files.forEach((path, content) -> text.append(content.sha256()).append("  ").append(path).append('\n'));
    return Arrays.copyOf(Hash.sha256(text.toString().getBytes(StandardCharsets.UTF_8)), 4);
  }

  private void add(String path, Octets content) {
    Folder in = root;
    String[] parts = path.split("/", -1);
    for (int i = 0; i < parts.length; i++) {
      boolean file = i == parts.length - 1;
      boolean known = !file && in.folders.containsKey(parts[i]);
      if (!known && !in.seen.add(parts[i].toUpperCase(Locale.ROOT))) {
        throw new ImageException("FAT volume: '" + path + "': the volume has another '" + parts[i] + "' there already");
      }
      if (file) {
        in.files.put(parts[i], content);
      } else {
        in = in.folders.computeIfAbsent(parts[i], name -> new Folder());
      }
    }
  }

  private long needs(Folder folder) {
    long clusters = Math.max(1, clustersFor(directoryBytes(folder)));
    for (Octets content : folder.files.values()) {
      clusters += clustersFor(content.length());
    }
    for (Folder inner : folder.folders.values()) {
      clusters += needs(inner);
    }
    return clusters;
  }

  private static long directoryBytes(Folder folder) {
    long entries = 2; // the label, or the entries for the folder itself and the one above
    for (Set<String> names : List.of(folder.folders.keySet(), folder.files.keySet())) {
      for (String name : names) {
        entries += 1 + (FatNames.isShort(name) ? 0 : (name.length() + FatNames.LONG_UNITS - 1) / FatNames.LONG_UNITS);
      }
    }
    return entries * FatNames.ENTRY_BYTES;
  }

  private void fill() {
    link(0, 0x0fff_ff00 | MEDIA);
    link(1, END_OF_CHAIN);
    allocate(root);
    bootSector();
    info();
    System.arraycopy(out, 0, out, BACKUP_SECTOR * SECTOR, 2 * SECTOR);
    writeFolder(root, 0);
    System.arraycopy(out, RESERVED * SECTOR, out, (RESERVED + fatSectors) * SECTOR, fatSectors * SECTOR);
  }

  private void allocate(Folder folder) {
    folder.cluster = chain(Math.max(1, clustersFor(directoryBytes(folder))));
    folder.folders.values().forEach(this::allocate);
  }

  /** The next free clusters as one chain; 0 when there are none to take. */
  private int chain(int clusters) {
    int first = next;
    for (int i = 0; i < clusters; i++, next++) {
      link(next, i == clusters - 1 ? END_OF_CHAIN : next + 1);
    }
    return clusters == 0 ? 0 : first;
  }

  private void link(int cluster, int value) {
    data.putInt(RESERVED * SECTOR + 4 * cluster, value);
  }

  private int at(int cluster) {
    return (RESERVED + FATS * fatSectors + (cluster - 2) * sectorsPerCluster) * SECTOR;
  }

  private void bootSector() {
    data.position(0);
    data.put(new byte[] {(byte) 0xeb, 0x58, (byte) 0x90}).put("COHESIX ".getBytes(StandardCharsets.US_ASCII));
    data.putShort((short) SECTOR).put((byte) sectorsPerCluster).putShort((short) RESERVED).put((byte) FATS);
    data.putShort((short) 0).putShort((short) 0).put((byte) MEDIA).putShort((short) 0);
    data.putShort((short) 32).putShort((short) 64).putInt(options.hiddenSectors()).putInt(sectors);
    data.putInt(fatSectors).putShort((short) 0).putShort((short) 0).putInt(ROOT_CLUSTER);
    data.putShort((short) INFO_SECTOR).putShort((short) BACKUP_SECTOR).put(new byte[12]);
    data.put((byte) 0x80).put((byte) 0).put((byte) 0x29).put(id).put(label()).put("FAT32   ".getBytes(StandardCharsets.US_ASCII));
    data.put(new byte[] {(byte) 0xeb, (byte) 0xfe}); // a PC that starts this stays here
    data.putShort(SECTOR - 2, (short) 0xaa55);
  }

  private byte[] label() {
    return String.format(Locale.ROOT, "%-" + LABEL_BYTES + "s", options.label()).getBytes(StandardCharsets.US_ASCII);
  }

  /** Written before files take their clusters; {@link #writeFolder} counts on. */
  private void info() {
    int at = INFO_SECTOR * SECTOR;
    int used = (int) needs(root);
    data.putInt(at, INFO_LEAD).putInt(at + 484, INFO_STRUCTURE).putInt(at + 508, INFO_TRAIL);
    data.putInt(at + 488, clusters() - used).putInt(at + 492, used == clusters() ? -1 : ROOT_CLUSTER + used);
  }

  private void writeFolder(Folder folder, int above) {
    ByteBuffer entries = ByteBuffer.allocate((int) directoryBytes(folder)).order(ByteOrder.LITTLE_ENDIAN);
    if (folder == root) {
      entries.put(entry(label(), ATTRIBUTE_LABEL, 0, 0));
    } else {
      entries.put(entry(".          ".getBytes(StandardCharsets.US_ASCII), ATTRIBUTE_FOLDER, folder.cluster, 0));
      entries.put(entry("..         ".getBytes(StandardCharsets.US_ASCII), ATTRIBUTE_FOLDER, above, 0));
    }
    Set<String> taken = new HashSet<>();
    Stream.concat(folder.folders.keySet().stream(), folder.files.keySet().stream())
        .filter(FatNames::isShort)
        .forEach(name -> taken.add(FatNames.padded(name)));
    for (Map.Entry<String, Folder> f : folder.folders.entrySet()) {
      named(entries, f.getKey(), taken, ATTRIBUTE_FOLDER, f.getValue().cluster, 0);
      writeFolder(f.getValue(), folder == root ? 0 : folder.cluster);
    }
    for (Map.Entry<String, Octets> f : folder.files.entrySet()) {
      byte[] content = f.getValue().array();
      int cluster = chain(clustersFor(content.length));
      named(entries, f.getKey(), taken, ATTRIBUTE_ARCHIVE, cluster, content.length);
      if (content.length > 0) {
        System.arraycopy(content, 0, out, at(cluster), content.length);
      }
    }
    System.arraycopy(entries.array(), 0, out, at(folder.cluster), entries.position());
  }

  private static void named(ByteBuffer entries, String name, Set<String> taken, int attribute, int cluster, int size) {
    byte[] alias = FatNames.alias(name, taken).getBytes(StandardCharsets.US_ASCII);
    if (!FatNames.isShort(name)) {
      entries.put(FatNames.longEntries(name, alias));
    }
    entries.put(entry(alias, attribute, cluster, size));
  }

  private static byte[] entry(byte[] name, int attribute, int cluster, int size) {
    ByteBuffer e = ByteBuffer.allocate(FatNames.ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    e.put(name).put(FatNames.ATTRIBUTE_AT, (byte) attribute);
    e.putShort(16, (short) DATE).putShort(18, (short) DATE).putShort(24, (short) DATE);
    e.putShort(20, (short) (cluster >>> 16)).putShort(26, (short) cluster).putInt(28, size);
    return e.array();
  }
}
