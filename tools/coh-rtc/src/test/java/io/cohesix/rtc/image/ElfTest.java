// The ELF reader against readelf on a file that the cross compiler made, and against broken files.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ElfTest {
  private static final String SOURCE =
      """
      int data_word = 5;
      int zeros[5000];
      const char text[] = "constant";
      __attribute__((section(".note.own"), used)) static const int own = 77;
      int _start(void) { return data_word + zeros[1]; }
      """;

  private static Path file = Path.of("");

  @BeforeAll
  static void compile(@TempDir Path dir) throws Exception {
    Path source = Files.writeString(dir.resolve("a.c"), SOURCE);
    file = dir.resolve("a.elf");
    run(
        "aarch64-linux-gnu-gcc",
        "-ffreestanding",
        "-nostdlib",
        "-static",
        "-fno-pie",
        "-no-pie",
        "-Wl,-Ttext-segment=0x500000",
        "-o",
        file.toString(),
        source.toString());
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, p.waitFor(), () -> String.join(" ", command) + ": " + out);
    return out;
  }

  private static Elf elf() throws IOException {
    return Elf.read("a.elf", Files.readAllBytes(file));
  }

  @Test
  void loadSegmentsAndEntryAreReadelfs() throws Exception {
    Matcher entry =
        Pattern.compile("Entry point address:\\s+0x([0-9a-f]+)")
            .matcher(run("readelf", "-hW", file.toString()));
    assertTrue(entry.find());
    assertEquals(Long.parseLong(entry.group(1), 16), elf().entry());
    List<String> wants = new ArrayList<>();
    Matcher m =
        Pattern.compile("LOAD +0x(\\w+) 0x(\\w+) 0x(\\w+) 0x(\\w+) 0x(\\w+)")
            .matcher(run("readelf", "-lW", file.toString()));
    while (m.find()) {
      StringBuilder line = new StringBuilder();
      for (int i = 1; i <= 5; i++) {
        line.append(Long.toHexString(Long.parseLong(m.group(i), 16))).append(' ');
      }
      wants.add(line.toString());
    }
    assertTrue(wants.size() >= 2);
    assertEquals(
        wants,
        elf().segments().stream()
            .map(
                s ->
                    String.format(
                        Locale.ROOT,
                        "%x %x %x %x %x ",
                        s.offset(),
                        s.virt(),
                        s.phys(),
                        s.fileSize(),
                        s.memSize()))
            .toList());
  }

  @Test
  void sectionsAreReadelfs() throws Exception {
    List<String> wants = new ArrayList<>();
    Matcher m =
        Pattern.compile("\\[ *\\d+\\] (\\.\\S+) +\\S+ +([0-9a-f]{16}) ([0-9a-f]{6}) ([0-9a-f]{6})")
            .matcher(run("readelf", "-SW", file.toString()));
    while (m.find()) {
      wants.add(
          m.group(1)
              + " "
              + Long.parseLong(m.group(2), 16)
              + " "
              + Long.parseLong(m.group(3), 16)
              + " "
              + Long.parseLong(m.group(4), 16));
    }
    assertTrue(wants.size() >= 5);
    assertEquals(
        wants,
        elf().sections().stream()
            .skip(1)
            .map(s -> s.name() + " " + s.virt() + " " + s.offset() + " " + s.size())
            .toList());
    assertArrayEquals(new byte[] {77, 0, 0, 0}, elf().section(".note.own").orElseThrow());
    assertTrue(elf().section(".bss").isEmpty(), "a section without bytes in the file has none");
    assertTrue(elf().section(".absent").isEmpty());
  }

  @Test
  void symbolsAreReadelfs() throws Exception {
    Set<String> wants = new TreeSet<>();
    Matcher m =
        Pattern.compile("\\d+: ([0-9a-f]{16}) +(\\d+) (?:OBJECT|FUNC) +\\S+ +\\S+ +\\S+ (\\S+)")
            .matcher(run("readelf", "-sW", file.toString()));
    while (m.find()) {
      wants.add(m.group(3) + " " + Long.parseLong(m.group(1), 16) + " " + m.group(2));
    }
    assertTrue(wants.stream().anyMatch(w -> w.startsWith("zeros ")));
    Set<String> has = new TreeSet<>();
    elf().symbols().forEach(s -> has.add(s.name() + " " + s.value() + " " + s.size()));
    assertTrue(has.containsAll(wants), () -> wants + " in " + has);
    assertEquals(20000, elf().symbol("zeros").orElseThrow().size());
    assertTrue(elf().symbol("absent").isEmpty());
  }

  @Test
  void everyCutIsRefusedWithASentenceOrRead() throws Exception {
    byte[] whole =
        new TestElf()
            .entry(4096)
            .load(4096, 4096, new byte[300], 400)
            .section(".a", new byte[10])
            .symbol("s", 1, 2)
            .bytes();
    Elf.read("a.elf", whole).symbols();
    for (int n = 0; n < whole.length; n++) {
      byte[] part = java.util.Arrays.copyOf(whole, n);
      ImageException e =
          assertThrows(ImageException.class, () -> Elf.read("a.elf", part), "cut to " + n);
      assertTrue(String.valueOf(e.getMessage()).startsWith("a.elf: "));
    }
  }

  @Test
  void otherFilesAreRefusedByName() {
    assertRefused("x: is no ELF file", new byte[100]);
    byte[] other = new TestElf().bytes();
    other[18] = 62;
    assertRefused("x: is for machine 62, must be 183 (AArch64)", other);
    byte[] small = new TestElf().bytes();
    small[4] = 1;
    assertRefused("x: is not 64-bit little-endian", small);
    byte[] shrunk = new TestElf().load(0, 0, new byte[10], 9).bytes();
    assertRefused("x: load segment 0 has 10 bytes in the file and 9 in memory", shrunk);
  }

  private static void assertRefused(String text, byte[] file) {
    assertEquals(text, assertThrows(ImageException.class, () -> Elf.read("x", file)).getMessage());
  }

  @Test
  void aFlippedBitNeverEndsInAnythingButASentence() {
    byte[] whole =
        new TestElf()
            .entry(4096)
            .load(4096, 4096, new byte[64], 64)
            .section(".a", new byte[10])
            .symbol("s", 1, 2)
            .bytes();
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] damaged = whole.clone();
      damaged[bit / 8] ^= (byte) (1 << (bit % 8));
      try {
        Elf e = Elf.read("x", damaged);
        e.symbols();
        e.section(".a");
        LoadImage.of(e, true);
      } catch (ImageException e) {
        assertTrue(String.valueOf(e.getMessage()).startsWith("x: "), e.getMessage());
      }
    }
  }
}
