// A disk with a GUID partition table as sgdisk, partx and this package's reader see it, and what is refused.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GptTest {
  private static final int SECTOR = 512;

  @TempDir Path dir = Path.of("");

  private static byte[] volume(int mib) {
    byte[] out = new byte[mib << 20];
    new Random(mib).nextBytes(out);
    return out;
  }

  private String file(byte[] disk) throws IOException {
    return Files.write(dir.resolve("disk.img"), disk).toString();
  }

  @Test
  void otherToolsFindNothingWrongWithIt() throws Exception {
    String file = file(Gpt.disk("cohesix", volume(3)));
    String checked = Tools.output("sgdisk", "--verify", file);
    assertTrue(checked.contains("No problems found"), checked);
    assertFalse(checked.toLowerCase(java.util.Locale.ROOT).contains("warning"), checked);
    String partition = Tools.output("sgdisk", "--info=1", file);
    assertTrue(partition.contains("C12A7328-F81F-11D2-BA4B-00A0C93EC93B (EFI system partition)"), partition);
    assertTrue(partition.contains("First sector: 2048 "), partition);
    assertTrue(partition.contains("Partition size: 6144 sectors (3.0 MiB)"), partition);
    assertTrue(partition.contains("Partition name: 'cohesix'"), partition);
    assertEquals("2048 6144 cohesix\n", Tools.output("partx", "-g", "-r", "-o", "START,SECTORS,NAME", file));
  }

  @Test
  void theCopyAloneIsEnoughToRestoreTheDisk() throws Exception {
    byte[] disk = Gpt.disk("cohesix", volume(2));
    byte[] wiped = disk.clone();
    Arrays.fill(wiped, SECTOR, 34 * SECTOR, (byte) 0);
    String file = file(wiped);
    Path commands = Files.writeString(dir.resolve("commands"), "w\ny\n");
    Tools.output("sh", "-c", "gdisk " + file + " <" + commands);
    assertArrayEquals(disk, Files.readAllBytes(Path.of(file)));
  }

  @Test
  void thePartitionIsReadBack() {
    byte[] volume = volume(2);
    byte[] disk = Gpt.disk("cohesix", volume);
    assertTrue(Gpt.looksLike(disk));
    assertArrayEquals(volume, Gpt.read(disk));
  }

  @Test
  void theSameContentGivesTheSameDiskAndAnotherOneOtherNames() {
    byte[] one = Gpt.disk("cohesix", volume(1));
    assertArrayEquals(one, Gpt.disk("cohesix", volume(1)));
    byte[] other = volume(1);
    other[99] ^= 1;
    byte[] two = Gpt.disk("cohesix", other);
    assertFalse(Arrays.equals(guid(one, SECTOR + 56), guid(two, SECTOR + 56)), "the disk's");
    assertFalse(Arrays.equals(guid(one, 2 * SECTOR + 16), guid(two, 2 * SECTOR + 16)), "the partition's");
  }

  private static byte[] guid(byte[] disk, int at) {
    return Arrays.copyOfRange(disk, at, at + 16);
  }

  private static void refuses(byte[] disk, String why) {
    assertEquals(why, assertThrows(ImageException.class, () -> Gpt.read(disk)).getMessage());
  }

  private static byte[] flipped(int at) {
    byte[] disk = Gpt.disk("cohesix", volume(1));
    disk[at] ^= 1;
    return disk;
  }

  @Test
  void damageIsNamed() {
    int last = Gpt.disk("cohesix", volume(1)).length;
    refuses(flipped(SECTOR + 40), "disk: the partition table is damaged: its header's CRC-32 differs");
    refuses(flipped(2 * SECTOR + 60), "disk: the partition table is damaged: its entries' CRC-32 differs");
    refuses(flipped(last - SECTOR + 24), "disk: the partition table's copy is damaged: its header's CRC-32 differs");
    refuses(flipped(last - 33 * SECTOR), "disk: the partition table's copy is damaged: its entries' CRC-32 differs");
    refuses(flipped(450), "disk: its master boot record does not protect the partition table");
    refuses(flipped(SECTOR), "disk: has no GUID partition table");
    refuses(new byte[100], "disk: has no GUID partition table");
    refuses(
        Arrays.copyOf(Gpt.disk("cohesix", volume(1)), last - SECTOR),
        "disk: the partition table's copy would be in sector 6143: the disk is cut short");
  }

  @Test
  void aDiskWithoutAnEspIsRefusedThoughItsTableIsSound() {
    byte[] disk = Gpt.disk("cohesix", volume(1));
    ByteBuffer b = ByteBuffer.wrap(disk).order(ByteOrder.LITTLE_ENDIAN);
    int end = disk.length - SECTOR;
    for (int[] table : new int[][] {{SECTOR, 2 * SECTOR}, {end, end - 32 * SECTOR}}) {
      disk[table[1]] ^= 1;
      b.putInt(table[0] + 88, crc(disk, table[1], 128 * 128));
      b.putInt(table[0] + 16, 0);
      b.putInt(table[0] + 16, crc(disk, table[0], 92));
    }
    refuses(disk, "disk: has no EFI system partition");
  }

  private static int crc(byte[] bytes, int from, int length) {
    java.util.zip.CRC32 c = new java.util.zip.CRC32();
    c.update(bytes, from, length);
    return (int) c.getValue();
  }
}
