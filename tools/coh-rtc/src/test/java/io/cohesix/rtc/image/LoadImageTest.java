// How segments become one piece of memory.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class LoadImageTest {
  private static byte[] filled(int n, int value) {
    byte[] out = new byte[n];
    java.util.Arrays.fill(out, (byte) value);
    return out;
  }

  @Test
  void segmentsAreJoinedInTheOrderOfTheirAddressesWithZerosBetween() {
    LoadImage image =
        LoadImage.of(
            new TestElf()
                .entry(0x2000)
                .load(0x3000, 0x3000, filled(8, 2), 0x20)
                .load(0x2000, 0x2000, filled(4, 1), 0x10)
                .elf("x"),
            false);
    assertEquals(0x2000, image.virt());
    assertEquals(0x1020, image.memSize());
    assertEquals(0x1008, image.bytes().length());
    assertEquals(1, image.bytes().array()[3]);
    assertEquals(0, image.bytes().array()[4]);
    assertEquals(2, image.bytes().array()[0x1000]);
  }

  @Test
  void aPageAlignedImageStartsAndEndsAtPages() {
    LoadImage image =
        LoadImage.of(
            new TestElf().entry(0x2100).load(0x2100, 0x2100, filled(4, 1), 0x1000).elf("x"), true);
    assertEquals(0x2000, image.virt());
    assertEquals(0x2000, image.phys());
    assertEquals(0x2000, image.memSize());
    assertEquals(1, image.bytes().array()[0x100]);
  }

  @Test
  void whatCannotBeOneImageIsRefused() {
    refused("x: has nothing to load", new TestElf());
    refused(
        "x: load segments overlap at 0x1008",
        new TestElf()
            .entry(0x1000)
            .load(0x1000, 0x1000, filled(4, 1), 16)
            .load(0x1008, 0x1008, filled(4, 1), 16));
    refused(
        "x: segment at 0x3000 has another distance between virtual and physical address than the"
            + " first: link all segments with one",
        new TestElf()
            .entry(0x1000)
            .load(0x1000, 0x1000, filled(4, 1), 16)
            .load(0x3000, 0x4000, filled(4, 1), 16));
    refused(
        "x: entry 0x999 lies outside of what is loaded",
        new TestElf().entry(0x999).load(0x1000, 0x1000, filled(4, 1), 16));
    refused(
        "x: spans 268435457 bytes, at most 268435456",
        new TestElf().entry(0x1000).load(0x1000, 0x1000, filled(4, 1), (256L << 20) + 1));
  }

  private static void refused(String text, TestElf elf) {
    assertEquals(
        text,
        assertThrows(ImageException.class, () -> LoadImage.of(elf.elf("x"), false)).getMessage());
  }
}
