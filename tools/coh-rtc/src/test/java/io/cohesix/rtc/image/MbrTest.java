// A partitioned disk as mtools and this package's reader see it, and what is refused.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MbrTest {
  private static final byte[] VOLUME =
      FatVolume.write(
          new TreeMap<>(Map.of("hello.txt", new Octets("hello\n".getBytes(StandardCharsets.US_ASCII)))),
          new FatVolume.Options("DISK", 0, Mbr.START));

  @TempDir Path dir = Path.of("");

  @Test
  void theDiskHasOnePartitionThatHoldsTheVolume() throws Exception {
    byte[] disk = Mbr.disk(Mbr.Type.FAT32, VOLUME);
    List<Mbr.Partition> found = Mbr.read(disk);
    assertEquals(List.of(new Mbr.Partition(1, 0x0c, 2048, VOLUME.length / 512)), found);
    assertArrayEquals(VOLUME, found.get(0).bytes(disk));
    Path file = Files.write(dir.resolve("disk.img"), disk);
    assertEquals("hello\n", Tools.output("mtype", "-i", file + "@@1M", "::/hello.txt"));
    assertEquals(
        "1 2048 " + VOLUME.length / 512 + " 0xc 0x80\n",
        Tools.output("partx", "-g", "-r", "-o", "NR,START,SECTORS,TYPE,FLAGS", file.toString()));
    assertEquals(0xef, Mbr.read(Mbr.disk(Mbr.Type.ESP, VOLUME)).get(0).type());
    assertFalse(Mbr.looksLike(VOLUME), "a volume is no partitioned disk");
  }

  private static String refusal(Consumer<ByteBuffer> damage) {
    byte[] disk = Mbr.disk(Mbr.Type.FAT32, VOLUME);
    damage.accept(ByteBuffer.wrap(disk).order(ByteOrder.LITTLE_ENDIAN));
    return String.valueOf(assertThrows(ImageException.class, () -> Mbr.read(disk)).getMessage());
  }

  @Test
  void brokenTablesAreRefusedByName() {
    assertEquals("disk: has no master boot record", refusal(d -> d.put(511, (byte) 0)));
    assertEquals("disk: its master boot record has no partition", refusal(d -> d.put(450, (byte) 0)));
    assertEquals(
        "disk: partition 1 has sectors 2048 to 92047, the disk has 71680: it is cut short", refusal(d -> d.putInt(458, 90_000)));
    assertEquals(
        "disk: partitions 1 and 2 overlap", refusal(d -> d.put(466, (byte) 0x0c).putInt(470, 3000).putInt(474, 10)));
  }
}
