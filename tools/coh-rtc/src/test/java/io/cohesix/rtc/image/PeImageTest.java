// The UEFI application as binutils and this package's reader see it, and what is refused. That firmware starts it is
// scripts/uefi/esp-boot-smoke.sh's to show.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeImageTest {
  private static final byte[] FLAT = BootImage.make(Samples.parts()).image().array();
  private static final byte[] FILE = PeImage.write(Samples.loader(), FLAT);

  @TempDir Path dir = Path.of("");

  @Test
  void theFlatImageIsInItByteForByte() {
    assertTrue(PeImage.looksLike(FILE));
    assertArrayEquals(FLAT, Arrays.copyOfRange(FILE, 4096, 4096 + FLAT.length));
    assertArrayEquals(FLAT, PeImage.flat(FILE));
    assertArrayEquals(FILE, PeImage.write(Samples.loader(), FLAT));
  }

  @Test
  void binutilsReadsTheHeaderAsItIsMeant() throws Exception {
    String file = Files.write(dir.resolve("BOOTAA64.EFI"), FILE).toString();
    String header = Tools.output("aarch64-linux-gnu-objdump", "-f", "-p", "-h", file);
    assertTrue(header.contains("file format pei-aarch64-little"), header);
    assertTrue(header.contains("Subsystem\t\t0000000a\t(EFI application)"), header);
    assertTrue(header.contains("NX_COMPAT"), header);
    assertTrue(header.contains(String.format("AddressOfEntryPoint\t%016x", 4096 + Samples.EFI_ENTRY)), header);
    int image = (FLAT.length + 4095) / 4096 * 4096;
    int room = 4096 + image;
    assertTrue(header.contains(String.format("SizeOfImage\t\t%08x", room + 0x30000 + 4096)), header);
    List<String> sections = new ArrayList<>();
    Matcher m = Pattern.compile("^ +\\d (\\S+) +(\\S+)  (\\S+)  \\S+  (\\S+)", Pattern.MULTILINE).matcher(header);
    while (m.find()) {
      sections.add(m.group(1) + " " + m.group(2) + " at " + m.group(3).substring(8) + " file " + m.group(4));
    }
    assertEquals(
        List.of(
            ".text 00001000 at 00001000 file 00001000",
            ".data 00001000 at 00002000 file 00002000",
            String.format(".payload %08x at 00003000 file 00003000", FLAT.length - 8192),
            String.format(".bss 00030000 at %08x file 00000000", room),
            String.format(".reloc 0000000c at %08x file %08x", room + 0x30000, room)),
        sections);
  }

  /** Memory that is written to is not executed, and the other way round; section by section a page at least. */
  @Test
  void noSectionIsWrittenToAndExecuted() {
    ByteBuffer b = ByteBuffer.wrap(FILE).order(ByteOrder.LITTLE_ENDIAN);
    int[] kinds = new int[b.getShort(0x46)];
    for (int i = 0; i < kinds.length; i++) {
      int at = 0x40 + 24 + 240 + 40 * i;
      kinds[i] = b.getInt(at + 36) >>> 28;
      assertEquals(0, b.getInt(at + 12) % 4096, "address of section " + i);
      assertEquals(0, b.getInt(at + 16) % 4096, "bytes of section " + i + " in the file");
    }
    assertArrayEquals(new int[] {0x6, 0xc, 0x4, 0xc, 0x4}, kinds); // 8 written, 4 read, 2 executed
  }

  private static void refuses(byte[] file, String why) {
    assertEquals(why, assertThrows(ImageException.class, () -> PeImage.flat(file)).getMessage());
  }

  private static byte[] changed(int at, int value) {
    byte[] out = FILE.clone();
    out[at] = (byte) value;
    return out;
  }

  @Test
  void whatFirmwareWouldNotLoadIsRefused() {
    refuses(new byte[5000], "not a UEFI application that coh-rtc made: its header is another");
    refuses(Arrays.copyOf(FILE, 100), "not a UEFI application that coh-rtc made: its header is another");
    refuses(changed(0x40, 'X'), "not a UEFI application that coh-rtc made: its header is another");
    refuses(changed(0x44, 0x65), "UEFI application: machine 0xaa65, subsystem 10; must be 0xaa64 and 10");
    refuses(changed(0x9c, 11), "UEFI application: machine 0xaa64, subsystem 11; must be 0xaa64 and 10");
    refuses(changed(0x46, 4), "UEFI application: has other sections than coh-rtc writes");
    refuses(
        Arrays.copyOf(FILE, 20_000),
        "UEFI application: its payload would end at byte " + (4096 + FLAT.length) + " of 20000: it is cut short");
  }

  @Test
  void aLoaderThatCantStartFromUefiIsNamed() {
    Elf bare = new TestElf().load(0, 0, new byte[5000], 8192).elf("loader.elf");
    assertEquals(
        "loader.elf: has no symbol image_data: it can't start from UEFI; build loader.elf again",
        assertThrows(ImageException.class, () -> PeImage.write(bare, FLAT)).getMessage());
    Elf odd = new TestElf().load(0, 0, new byte[5000], 8192).symbol("efi_entry", 64, 0).symbol("image_data", 100, 0).elf("loader.elf");
    assertEquals(
        "loader.elf: is not this version's loader: build loader.elf again",
        assertThrows(ImageException.class, () -> PeImage.write(odd, FLAT)).getMessage());
  }
}
