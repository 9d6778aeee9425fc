// Volumes as dosfstools and mtools see them, the same bytes every time, and every kind of damage refused by name.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SortedMap;
import java.util.TimeZone;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FatVolumeTest {
  private static final FatVolume.Options OPTIONS = new FatVolume.Options("COHESIX", 0, 0);

  /** Where the first cluster's link lies: 34 MiB have 536 sectors of table. */
  private static final int FAT_AT = FatVolume.RESERVED * FatVolume.SECTOR;

  private static final int FAT_BYTES = 536 * FatVolume.SECTOR;
  private static final int DATA_AT = FAT_AT + 2 * FAT_BYTES;

  @TempDir Path dir = Path.of("");

  private static Octets text(String s) {
    return new Octets(s.getBytes(StandardCharsets.UTF_8));
  }

  private static Octets noise(int bytes, long seed) {
    byte[] out = new byte[bytes];
    new Random(seed).nextBytes(out);
    return new Octets(out);
  }

  private static SortedMap<String, Octets> sample() {
    SortedMap<String, Octets> files = new TreeMap<>();
    files.put("boot.scr", text("hello\n"));
    files.put("README.TXT", text("short name\n"));
    files.put("empty", text(""));
    files.put("EFI/BOOT/BOOTAA64.EFI", noise(100_000, 1));
    files.put("overlays/a name with spaces and.two dots.dtbo", noise(513, 2));
    files.put("cohesix-qemu.img", noise(1_500_000, 3));
    files.put("read me.txt", text("an alias\n"));
    files.put("README~1.TXT", text("a short name that looks like an alias\n"));
    for (int i = 0; i < 40; i++) {
      files.put("many/file number " + i + ".bin", noise(i * 100, i));
    }
    return files;
  }

  private Path written(byte[] volume) throws IOException {
    return Files.write(dir.resolve("v.img"), volume);
  }

  @Test
  void fsckFindsNothingAndMtoolsReadTheSameFiles() throws Exception {
    SortedMap<String, Octets> files = sample();
    String v = written(FatVolume.write(files, OPTIONS)).toString();
    String checked = Tools.output("fsck.vfat", "-n", "-v", v);
    assertTrue(checked.contains("FATs, 32 bit entries") && checked.contains("files"), checked);
    Path copies = Files.createDirectory(dir.resolve("copies"));
    Tools.output("mcopy", "-s", "-n", "-i", v, "::/", copies.toString());
    for (String path : files.keySet()) {
      assertArrayEquals(files.get(path).array(), Files.readAllBytes(copies.resolve(path)), path);
    }
    try (var all = Files.walk(copies)) {
      assertEquals(files.size(), all.filter(Files::isRegularFile).count());
    }
    String listed = Tools.output("mdir", "-i", v, "::/");
    assertTrue(listed.contains("Volume in drive : is COHESIX"), listed);
    assertTrue(listed.contains("README~2 TXT") && listed.contains("read me.txt"), listed);
    assertTrue(listed.contains("1980-01-01"), listed);
    assertEquals("hello\n", Tools.output("mtype", "-i", v, "::/boot.scr"));
    assertEquals("hello\n", Tools.output("mtype", "-i", v, "::/BOOT.SCR"));
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    SortedMap<String, Octets> files = sample();
    byte[] volume = FatVolume.write(files, OPTIONS);
    assertEquals(FatVolume.MIN_MIB << 20, volume.length);
    FatReader.Contents read = FatReader.read(volume);
    assertEquals("COHESIX", read.label());
    assertEquals(files, read.files());
    assertEquals(volume.length, read.bytes());
  }

  @Test
  void volumesOfOtherToolsAreReadToo() throws Exception {
    Path v = dir.resolve("other.img");
    Tools.output("mkfs.vfat", "-F", "32", "-C", "-n", "OTHER", v.toString(), "40960");
    Path file = Files.write(dir.resolve("Some file.bin"), noise(70_000, 4).array());
    Tools.output("mmd", "-i", v.toString(), "::/sub");
    Tools.output("mcopy", "-i", v.toString(), file.toString(), "::/sub/Some file.bin");
    Tools.output("mcopy", "-i", v.toString(), file.toString(), "::/lower.bin");
    Tools.output("mdel", "-i", v.toString(), "::/lower.bin");
    FatReader.Contents read = FatReader.read(Files.readAllBytes(v));
    assertEquals("OTHER", read.label());
    assertEquals(List.of("sub/Some file.bin"), List.copyOf(read.files().keySet()));
    assertEquals(noise(70_000, 4), read.files().get("sub/Some file.bin"));
  }

  @Test
  void theSameFilesGiveTheSameBytesInAnyLocaleAndZone() {
    byte[] first = FatVolume.write(sample(), OPTIONS);
    Locale locale = Locale.getDefault();
    TimeZone zone = TimeZone.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("tr-TR"));
      TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kathmandu"));
      assertArrayEquals(first, FatVolume.write(sample(), OPTIONS));
    } finally {
      Locale.setDefault(locale);
      TimeZone.setDefault(zone);
    }
    SortedMap<String, Octets> other = sample();
    other.put("empty", text("x"));
    byte[] second = FatVolume.write(other, OPTIONS);
    assertFalse(ByteBuffer.wrap(first).getInt(67) == ByteBuffer.wrap(second).getInt(67), "another content, another volume id");
  }

  @Test
  void largerVolumesHaveLargerClusters() throws Exception {
    SortedMap<String, Octets> files = new TreeMap<>();
    files.put("a.bin", noise(40 << 20, 5));
    files.put("b/c.bin", noise(1 << 20, 6));
    byte[] fitting = FatVolume.write(files, OPTIONS);
    assertTrue(fitting.length >= 42 << 20 && fitting.length <= 43 << 20, "" + fitting.length);
    assertEquals(1, fitting[13]);
    assertEquals(files, FatReader.read(fitting).files());
    byte[] large = FatVolume.write(files, new FatVolume.Options("SD-CARD 1", 140, Mbr.START));
    assertEquals(140 << 20, large.length);
    assertEquals(4, large[13]);
    assertEquals(files, FatReader.read(large).files());
    assertEquals(Mbr.START, FatReader.read(large).hiddenSectors());
    Tools.output("fsck.vfat", "-n", written(large).toString());
  }

  @Test
  void aFullVolumeHasNoRoomForOneClusterMore() {
    SortedMap<String, Octets> files = new TreeMap<>();
    int clusters = (34 * 2048 - 32 - 2 * 536);
    files.put("ALL.BIN", new Octets(new byte[(clusters - 1) * 512]));
    byte[] full = FatVolume.write(files, new FatVolume.Options("FULL", 34, 0));
    assertEquals(files, FatReader.read(full).files());
    files.put("ALL.BIN", new Octets(new byte[(clusters - 1) * 512 + 1]));
    String refused =
        String.valueOf(
            assertThrows(ImageException.class, () -> FatVolume.write(files, new FatVolume.Options("FULL", 34, 0)))
                .getMessage());
    assertEquals(
        "FAT volume: its files need 35086848 bytes, it has room for 35086336 (34 MiB): make it larger, at most 1024 MiB",
        refused);
  }

  private static String refusal(String... paths) {
    SortedMap<String, Octets> files = new TreeMap<>();
    for (String p : paths) {
      files.put(p, text(p));
    }
    return String.valueOf(assertThrows(ImageException.class, () -> FatVolume.write(files, OPTIONS)).getMessage());
  }

  @Test
  void namesThatFirmwareMayReadDifferentlyAreRefused() {
    for (String name : List.of("/a", "a//b", "", "a.", "b ", "a:b", "ü", "a\\b", "x".repeat(256), "..", "a/../b")) {
      assertTrue(refusal(name).startsWith("FAT volume: '" + name + "' is no name for a file there: each part has"), name);
    }
    assertEquals("FAT volume: 'b': the volume has another 'b' there already", refusal("B", "b"));
    assertEquals("FAT volume: 'b/c': the volume has another 'b' there already", refusal("b", "b/c"));
    assertEquals("FAT volume: 'efi/b': the volume has another 'efi' there already", refusal("EFI/a", "efi/b"));
    assertTrue(
        String.valueOf(assertThrows(ImageException.class, () -> new FatVolume.Options("small", 0, 0)).getMessage())
            .startsWith("FAT volume: label 'small' must have"));
    assertEquals(
        "FAT volume: its size is 33 MiB, must be 34 to 1024",
        String.valueOf(assertThrows(ImageException.class, () -> new FatVolume.Options("A", 33, 0)).getMessage()));
  }

  private interface Damage {
    void to(ByteBuffer volume);
  }

  private static String damaged(Damage damage) {
    SortedMap<String, Octets> files = new TreeMap<>();
    files.put("A.BIN", noise(2000, 7)); // clusters 3 to 6
    files.put("a longer name", noise(600, 8)); // clusters 7 and 8
    byte[] volume = FatVolume.write(files, OPTIONS);
    damage.to(ByteBuffer.wrap(volume).order(ByteOrder.LITTLE_ENDIAN));
    return String.valueOf(assertThrows(ImageException.class, () -> FatReader.read(volume)).getMessage());
  }

  private static void links(ByteBuffer v, int cluster, int to) {
    v.putInt(FAT_AT + 4 * cluster, to).putInt(FAT_AT + FAT_BYTES + 4 * cluster, to);
  }

  @Test
  void everyKindOfDamageIsNamed() {
    assertEquals("FAT volume: it has no FAT32 boot sector", damaged(v -> v.put(510, (byte) 0)));
    assertEquals("FAT volume: its backup boot sector is not what its boot sector is", damaged(v -> v.put(3, (byte) 'X')));
    assertEquals(
        "FAT volume: its boot sector names 41943040 bytes, there are 35651584: it is cut short",
        damaged(v -> v.putInt(32, 40 * 2048)));
    assertEquals(
        "FAT volume: it has 34264 clusters: FAT32 has at least 65525, and its tables of 536 sectors have room for 68606",
        damaged(v -> v.put(13, (byte) 2)));
    assertTrue(damaged(v -> v.put(13, (byte) 3)).contains("names 3 sectors a cluster, 32 reserved"));
    assertEquals("FAT volume: its two tables differ at cluster 5", damaged(v -> v.putInt(FAT_AT + 20, 9)));
    assertEquals(
        "FAT volume: its table begins with 0xfffff00, must end in 0xf8", damaged(v -> links(v, 0, 0x0fffff00)));
    assertEquals(
        "FAT volume: file A.BIN: its chain leads to cluster 0, there are 2 to 68529", damaged(v -> links(v, 4, 0)));
    assertEquals(
        "FAT volume: file A.BIN: its chain leads to cluster 99999, there are 2 to 68529", damaged(v -> links(v, 4, 99_999)));
    assertEquals(
        "FAT volume: file A.BIN: its chain runs into cluster 3, which is taken already", damaged(v -> links(v, 5, 3)));
    assertEquals(
        "FAT volume: file a longer name: its chain runs into cluster 3, which is taken already", damaged(v -> links(v, 7, 3)));
    assertEquals(
        "FAT volume: file A.BIN: has 2000 bytes by its entry and clusters for 1536",
        damaged(v -> links(v, 5, FatVolume.END_OF_CHAIN)));
    assertEquals("FAT volume: cluster 100 is taken and belongs to no file", damaged(v -> links(v, 100, 101)));
    assertEquals(
        "FAT volume: its FSInfo sector says 5 free clusters, there are 68521", damaged(v -> v.putInt(512 + 488, 5)));
    assertEquals("FAT volume: it has no FSInfo sector", damaged(v -> v.putInt(512, 0)));
    assertEquals(
        "FAT volume: root folder: the long name 'a longer name' does not belong to ALONGE~2",
        damaged(v -> v.put(DATA_AT + 3 * 32 + 7, (byte) '2')));
    assertEquals(
        "FAT volume: root folder: the parts of a long name are out of order", damaged(v -> v.put(DATA_AT + 2 * 32, (byte) 1)));
    assertEquals(
        "FAT volume: root folder: has 'A.BIN' twice",
        damaged(v -> v.put(DATA_AT + 3 * 32, "A       BIN".getBytes(StandardCharsets.US_ASCII)).put(DATA_AT + 64, (byte) 0xe5)));
  }

  @Test
  void noDamageOfOneByteMakesTheReaderFail() {
    SortedMap<String, Octets> files = sample();
    byte[] volume = FatVolume.write(files, OPTIONS);
    Random random = new Random(20_261_128);
    int refused = 0;
    for (int i = 0; i < 60; i++) {
      int at = i % 3 == 0 ? random.nextInt(1024) : i % 3 == 1 ? FAT_AT + random.nextInt(2000) : DATA_AT + random.nextInt(2048);
      byte was = volume[at];
      volume[at] ^= (byte) (1 << random.nextInt(8));
      try {
        FatReader.read(volume);
      } catch (ImageException e) {
        refused++;
      }
      volume[at] = was;
    }
    assertTrue(refused > 30, "refused " + refused);
    assertEquals(files, FatReader.read(volume).files());
  }
}
