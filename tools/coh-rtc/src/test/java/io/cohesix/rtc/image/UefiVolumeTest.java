// Files beside BOOTAA64.EFI that are not what it boots are named.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UefiVolumeTest {
  private static final BootImage.Files IMAGE = BootImage.make(Samples.parts());
  private SortedMap<String, Octets> files = new TreeMap<>();

  @BeforeEach
  void written() {
    files = new TreeMap<>(FatReader.read(Gpt.read(AwsCommand.disk(Samples.parts(), IMAGE))).files());
  }

  private List<String> wrong() {
    return UefiVolume.wrong(files, FlatImage.read(UefiVolume.flat(files)));
  }

  @Test
  void whatWasWrittenIsSound() {
    assertTrue(UefiVolume.knows(files));
    assertArrayEquals(IMAGE.image().array(), UefiVolume.flat(files));
    assertEquals(List.of(), wrong());
  }

  @Test
  void aProgramOfAnotherBuildIsNamed() {
    byte[] other = new byte[1000];
    other[7] = 1;
    files.put(
        "kernel.elf",
        new Octets(new TestElf().entry(Samples.KERNEL_VIRT).load(Samples.KERNEL_VIRT, Samples.KERNEL_PHYS, other, 0x230000).bytes()));
    files.put("rootserver", new Octets(new byte[] {1, 2, 3}));
    List<String> wrong = wrong();
    assertEquals(
        "kernel.elf: is not what EFI/BOOT/BOOTAA64.EFI carries and boots: it is of another build; write the disk again",
        wrong.get(0));
    assertTrue(wrong.get(1).startsWith("rootserver: "), wrong.get(1));
    assertEquals(2, wrong.size());
  }

  @Test
  void whatIsMissingIsNamed() {
    files.remove("rootserver");
    assertEquals(List.of("rootserver: is missing: write the disk again"), wrong());
    files.remove("EFI/BOOT/BOOTAA64.EFI");
    assertFalse(UefiVolume.knows(files));
    assertEquals(
        "EFI/BOOT/BOOTAA64.EFI: is missing: write the disk again",
        assertThrows(ImageException.class, () -> UefiVolume.flat(files)).getMessage());
  }

  @Test
  void anApplicationThatFirmwareWouldRefuseIsNamed() {
    files.put("EFI/BOOT/BOOTAA64.EFI", new Octets(new byte[9000]));
    assertEquals(
        "EFI/BOOT/BOOTAA64.EFI: not a UEFI application that coh-rtc made: its header is another",
        assertThrows(ImageException.class, () -> UefiVolume.flat(files)).getMessage());
  }
}
