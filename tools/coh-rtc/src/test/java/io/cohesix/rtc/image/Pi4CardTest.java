// The Raspberry Pi 4's card, against fsck.vfat and mtools, and what is said of what it lacks.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class Pi4CardTest {
  private static final long KERNEL_VIRT = 0x80_0000_1000L;
  static final String MANIFEST =
      Samples.MANIFEST
          .replace("virt-aarch64", "pi4-uboot-aarch64")
          .replace("\"tickets\"", "\"hw\":{\"uart\":\"pl011\"},\"tickets\"");
  private static final List<String> DIFFERS = List.of("CONFIG_PRINTING is 1, must be off");

  @TempDir Path dir = Path.of("");

  private static KernelBuild build(List<String> unverified) {
    return new KernelBuild(Board.BCM2711, "seL4-16.0.0", false, 1, true, false, 12, 50, 0x1000L, 0x3b40_0000L,
        VerifiedKernel.MEMORY, unverified, 44, Samples.labels(), List.of());
  }

  private static Elf loader() {
    ByteBuffer code = TestElf.le(5000);
    code.putInt(0x14000010).putInt(0).putLong(0x0100_0000L).putLong(0).putLong(0xa);
    code.putInt(56, 0x644d5241);
    return Samples.loader(TestElf.content(code).array(), 8192).elf("loader.elf");
  }

  private static BootImage.Parts parts(List<String> unverified) {
    return parts(unverified, MANIFEST, null, null);
  }

  /** What makes a card for a manifest, with a device tree and keys where they are given. */
  static BootImage.Parts parts(
      List<String> unverified, String manifest, byte @Nullable [] dtb, byte @Nullable [] keys) {
    byte[] hash = Hash.sha256Hex(manifest.getBytes(StandardCharsets.UTF_8)).getBytes(StandardCharsets.US_ASCII);
    byte[] image = new byte[Samples.USER_BYTES];
    System.arraycopy(hash, 0, image, 100, hash.length);
    TestElf user =
        new TestElf().entry(Samples.USER_VIRT + 8).load(Samples.USER_VIRT, Samples.USER_VIRT, image, Samples.USER_BYTES)
            .section(KernelNote.SECTION, Samples.note(KernelNote.Kind.ROOTSERVER, 1, true, Samples.labels()))
            .symbol("coh_provision", Samples.USER_VIRT + 4096, 4096)
            .symbol("coh_evidence", Samples.USER_VIRT, 0);
    TestElf kernel = new TestElf().entry(KERNEL_VIRT).load(KERNEL_VIRT, 0x1000, new byte[1000], 0x23_a000);
    return new BootImage.Parts(
        loader(), Elf.read("kernel.elf", kernel.bytes()), new Octets(kernel.bytes()), build(unverified),
        Elf.read("rootserver.elf", user.bytes()), new Octets(user.bytes()), dtb == null ? null : new Octets(dtb),
        keys == null ? null : new Octets(keys), null,
        ManifestFacts.read("manifest.json", manifest.getBytes(StandardCharsets.UTF_8)));
  }

  private Path file(String name, String text) throws IOException {
    Path p = dir.resolve(name);
    Files.createDirectories(Objects.requireNonNull(p.getParent()));
    return Files.writeString(p, text);
  }

  private static Pi4Card.Card card(Firmware firmware, List<String> unverified, boolean miniUart) {
    BootImage.Parts parts = parts(unverified);
    return Pi4Card.make(parts, BootImage.make(parts), firmware, miniUart, "coh-rtc image pi4");
  }

  private Firmware all() throws IOException {
    file("fw/start4.elf", "firmware");
    file("fw/fixup4.dat", "table");
    file("fw/overlays/disable-bt.dtbo", "overlay");
    file("trees/bcm2711-rpi-4-b.dtb", "tree");
    file("trees/start4.elf", "another one, which comes second");
    return Firmware.find(List.of(dir.resolve("fw"), dir.resolve("trees")), file("u-boot.bin", "u-boot"), false);
  }

  private static byte[] volume(Pi4Card.Card card) {
    byte[] disk = card.disk().array();
    List<Mbr.Partition> rows = Mbr.read(disk);
    assertEquals(1, rows.size());
    assertEquals(Mbr.Type.FAT32.number, rows.get(0).type());
    return rows.get(0).bytes(disk);
  }

  @Test
  void fsckAndMtoolsAgreeWithTheListOnTheCard() throws Exception {
    Pi4Card.Card card = card(all(), List.of(), false);
    String v = Files.write(dir.resolve("v.img"), volume(card)).toString();
    Tools.output("fsck.vfat", "-n", v);
    JsonNode list = new ObjectMapper().readTree(Tools.output("mtype", "-i", v, "::/image.json"));
    Path copies = Files.createDirectory(dir.resolve("copies"));
    Tools.output("mcopy", "-s", "-n", "-i", v, "::/", copies.toString());
    TreeSet<String> listed = new TreeSet<>();
    list.path("files").fieldNames().forEachRemaining(listed::add);
    assertEquals(
        new TreeSet<>(
            List.of("bcm2711-rpi-4-b.dtb", "boot.scr", "cohesix-pi4.img", "config.txt", "fixup4.dat",
                "manifest.json", "manifest.sha256",
                "overlays/disable-bt.dtbo", "start4.elf", "u-boot.bin")),
        listed);
    for (String path : listed) {
      byte[] content = Files.readAllBytes(copies.resolve(path));
      assertEquals(Hash.sha256Hex(content), list.path("files").path(path).path("sha256").asText(), path);
      assertEquals(content.length, list.path("files").path(path).path("bytes").asInt(), path);
    }
    assertEquals("firmware", Files.readString(copies.resolve("start4.elf")));
    assertEquals("operator", list.path("files").path("u-boot.bin").path("from").asText());
    assertEquals("cohesix", list.path("files").path("boot.scr").path("from").asText());
    assertTrue(list.path("missing").isEmpty());
    assertTrue(list.path("kernel").path("verified_configuration").asBoolean());
    assertEquals(8192, list.path("kernel").path("memory_mib").asInt());
    assertEquals("0.1.0 kernel=seL4-16.0.0 config=verified", list.path("stamp").asText());
  }

  @Test
  void sameFilesMakeTheSameCard() throws IOException {
    assertEquals(card(all(), List.of(), false).disk().sha256(), card(all(), List.of(), false).disk().sha256());
  }

  @Test
  void whatIsMissingIsSaidWithItsSource() throws IOException {
    Firmware none = Firmware.find(List.of(), null, false);
    assertEquals(
        List.of("start4.elf", "fixup4.dat", "bcm2711-rpi-4-b.dtb", "overlays/disable-bt.dtbo", "u-boot.bin"),
        none.missing().stream().map(m -> m.need().path()).toList());
    assertEquals(
        "u-boot.bin is missing (the boot loader that firmware starts): give --u-boot FILE; it is in Debian's"
            + " u-boot-rpi:arm64, /usr/lib/u-boot/rpi_4, or a build of rpi_4_defconfig",
        none.missing().get(4).words());
    Pi4Card.Card card = card(none, DIFFERS, false);
    assertEquals(
        List.of("start4.elf", "fixup4.dat", "bcm2711-rpi-4-b.dtb", "overlays/disable-bt.dtbo", "u-boot.bin"),
        card.list().get("missing"));
    assertEquals(
        List.of("boot.scr", "cohesix-pi4.img", "config.txt", "image.json", "manifest.json", "manifest.sha256"),
        List.copyOf(FatReader.read(volume(card)).files().keySet()));
  }

  @Test
  void theMiniUartNeedsNoOverlay() throws IOException {
    Firmware none = Firmware.find(List.of(), null, true);
    assertFalse(none.missing().stream().anyMatch(m -> m.need().path().contains("overlays")));
    assertFalse(Pi4Card.config(true).contains("dtoverlay"));
    assertTrue(Pi4Card.config(false).contains("\ndtoverlay=disable-bt\n"));
    for (boolean mini : List.of(true, false)) {
      for (String line : List.of("enable_uart=1", "kernel=u-boot.bin", "arm_64bit=1", "gpu_mem=76")) {
        assertTrue(Pi4Card.config(mini).contains("\n" + line + "\n"), line);
      }
    }
  }

  @Test
  void aFolderOrFileThatIsNotThereIsRefused() {
    assertEquals(
        dir.resolve("no") + ": no such folder: --firmware names the folder that holds start4.elf",
        refusal(List.of(dir.resolve("no")), null));
    assertEquals(
        dir.resolve("no.bin") + ": no such file: --u-boot names U-Boot's u-boot.bin for the Raspberry Pi 4",
        refusal(List.of(), dir.resolve("no.bin")));
  }

  private static String refusal(List<Path> folders, @Nullable Path uboot) {
    return String.valueOf(assertThrows(ImageException.class, () -> Firmware.find(folders, uboot, false)).getMessage());
  }

  @Test
  void theImageHoldsTheKernelsWholeMapOfMemoryAndItsBoard() {
    BootImage.Parts parts = parts(DIFFERS);
    PayloadTable t = FlatImage.read(BootImage.make(parts).image().array());
    assertEquals(Board.BCM2711, t.board());
    assertEquals("0.1.0 kernel=seL4-16.0.0 config=unverified", t.stamp());
    assertEquals(0x3b40_0000L, t.ramEnd());
    Octets map = t.blobs().stream().filter(b -> b.kind() == PayloadTable.Kind.MEMORY).findFirst().orElseThrow().bytes();
    assertEquals(VerifiedKernel.MEMORY, MemoryRange.read(map));
  }

  @Test
  void theScriptNamesItsImageBySizeAndPassesTheTree() throws Exception {
    BootImage.Parts parts = parts(List.of());
    BootImage.Files files = BootImage.make(parts);
    byte[] script = BootScript.write(files.table(), Pi4Card.IMAGE, files.image().length(), "coh-rtc image pi4");
    UImage.Script read = UImage.readScript(script);
    assertTrue(read.text().contains("\nif fatload ${cohesix_disk} ${loadaddr} cohesix-pi4.img; then\n"));
    assertTrue(read.text().contains("itest 0x${filesize} -eq " + LoadImage.hex(files.image().length())));
    assertTrue(read.text().contains("\nbooti ${loadaddr} - ${fdt_addr}\n"));
    // A quote inside quotes is a syntax error in U-Boot 2023.01.
    read.text().lines().filter(l -> l.startsWith("echo")).forEach(l -> assertFalse(l.contains("'"), l));
    Path file = Files.write(dir.resolve("boot.scr"), script);
    assertTrue(Tools.output("mkimage", "-l", file.toString()).contains("AArch64 Linux Script (uncompressed)"));
    byte[] again = BootScript.write(files.table(), Pi4Card.IMAGE, files.image().length(), "coh-rtc image pi4");
    assertArrayEquals(script, again);
  }

  @Test
  void aManifestOfAnotherBoardIsRefused() {
    BootImage.Parts p = parts(List.of());
    BootImage.Parts other =
        new BootImage.Parts(p.loader(), p.kernel(), p.kernelFile(), p.build(), p.rootserver(), p.rootserverFile(), null, null, null,
            ManifestFacts.read("m.json", Samples.MANIFEST.getBytes(StandardCharsets.UTF_8)));
    assertEquals(
        "manifest: profile.name is \"virt-aarch64\", an image for Raspberry Pi 4 needs \"pi4-uboot-aarch64\"",
        assertThrows(ImageException.class, () -> BootImage.make(other)).getMessage());
  }
}
