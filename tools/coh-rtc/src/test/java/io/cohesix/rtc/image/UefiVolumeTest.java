// Files beside BOOTAA64.EFI that are not what it boots are named.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  private Examination examined() {
    Examination e = new Examination(null, "");
    Doctor.examine(FatVolume.write(files, new FatVolume.Options("ESP", 0, 0)), Map.of(), e);
    return e;
  }

  private List<?> wrong() {
    return (List<?>) Objects.requireNonNull(examined().json("disk").get("wrong"));
  }

  @Test
  void whatWasWrittenIsSoundAndItsStagesAreTold() {
    Examination e = new Examination(null, "");
    Doctor.examine(AwsCommand.disk(Samples.parts(), IMAGE), Map.of(), e);
    Map<String, Object> said = e.json("disk");
    assertTrue(e.sound(), said::toString);
    List<?> stages = (List<?>) Objects.requireNonNull(said.get("stages"));
    assertEquals("firmware finds EFI/BOOT/BOOTAA64.EFI, which is not signed: Secure Boot must be off", stages.get(0));
    assertEquals("firmware's console: \"loader: cohesix, started by UEFI …\"; it checks each payload's SHA-256", stages.get(1));
    assertTrue(stages.get(3).toString().startsWith("\"loader: 0x40000000 to 0x80000000 is free; leaving"), stages::toString);
    assertEquals("the prompt: \"cohesix> \"", stages.get(stages.size() - 1));
  }

  @Test
  void theApplicationAloneIsExamined() {
    Examination e = new Examination(null, "");
    Doctor.examine(PeImage.write(Samples.loader(), IMAGE.image().array()), Map.of(), e);
    assertTrue(e.sound());
    assertTrue(String.valueOf(e.json("BOOTAA64.EFI").get("contents")).contains("UEFI application, "));
  }

  @Test
  void aProgramOfAnotherBuildIsNamed() {
    byte[] other = new byte[1000];
    other[7] = 1;
    files.put(
        "kernel.elf",
        new Octets(new TestElf().entry(Samples.KERNEL_VIRT).load(Samples.KERNEL_VIRT, Samples.KERNEL_PHYS, other, 0x230000).bytes()));
    files.put("rootserver", new Octets(new byte[] {1, 2, 3}));
    List<?> wrong = wrong();
    assertEquals(
        "kernel.elf: is not what EFI/BOOT/BOOTAA64.EFI carries and boots: it is of another build; write the disk again",
        wrong.get(0));
    assertTrue(wrong.get(1).toString().startsWith("rootserver: "), wrong::toString);
    assertEquals(2, wrong.size());
  }

  @Test
  void whatIsMissingIsNamed() {
    files.remove("rootserver");
    assertEquals(List.of("rootserver: is missing: write the disk again"), wrong());
    files.remove("EFI/BOOT/BOOTAA64.EFI");
    assertEquals(
        List.of("nothing on the volume can be booted: no boot.scr and no EFI/BOOT/BOOTAA64.EFI: write it again with coh-rtc image"),
        wrong());
  }

  @Test
  void anApplicationThatFirmwareOrLoaderWouldRefuseIsNamed() {
    byte[] damaged = PeImage.write(Samples.loader(), IMAGE.image().array());
    damaged[damaged.length - 2 * 4096] ^= 1;
    files.put("EFI/BOOT/BOOTAA64.EFI", new Octets(damaged));
    String why = wrong().toString();
    assertTrue(why.contains("BOOTAA64.EFI: payload ") && why.contains("\"loader: halted\""), why);
    byte[] other = damaged.clone();
    other[0x44] = 0x65;
    files.put("EFI/BOOT/BOOTAA64.EFI", new Octets(other));
    assertEquals(
        List.of("EFI/BOOT/BOOTAA64.EFI: UEFI application: machine 0xaa65, subsystem 10; must be 0xaa64 and 10"), wrong());
  }
}
