// The disk for U-Boot: what others read on it, that it is the same every time, and what doctor says of it and of its
// damage.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cohesix.rtc.cli.RootCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UbootDiskTest {
  @TempDir Path dir = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void parts() throws IOException {
    Files.write(dir.resolve("kernel.elf"), Samples.kernel().bytes());
    Files.write(dir.resolve("rootserver.elf"), Samples.rootserver().bytes());
    Files.writeString(dir.resolve("m.json"), Samples.MANIFEST);
    byte[] code = new byte[64];
    System.arraycopy(new byte[] {'A', 'R', 'M', 0x64}, 0, code, 56, 4);
    code[11] = 0x10;
    Files.write(dir.resolve("loader.elf"), Samples.loader(code, 4096).bytes());
    Files.write(dir.resolve("t.dtb"), Samples.tree("linux,dummy-virt", 1024, 4));
  }

  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return RootCommand.run(new PrintWriter(out), new PrintWriter(err), args);
  }

  private int make(String command, String folder, String... more) {
    List<String> args = new ArrayList<>(List.of("image", command));
    for (String part : List.of("loader", "kernel", "rootserver")) {
      args.addAll(List.of("--" + part, dir.resolve(part + ".elf").toString()));
    }
    args.addAll(List.of("--manifest-json", dir.resolve("m.json").toString(), "--out", dir.resolve(folder).toString()));
    args.addAll(List.of(more));
    return run(args.toArray(String[]::new));
  }

  private int disk(String folder, String... more) {
    List<String> args = new ArrayList<>(List.of("--dtb", dir.resolve("t.dtb").toString()));
    args.addAll(List.of(more));
    return make("qemu-uboot", folder, args.toArray(String[]::new));
  }

  private int doctor(String file, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of("doctor", "image", dir.resolve(file).toString(), "--manifest-json",
                dir.resolve("m.json").toString()));
    args.addAll(List.of(more));
    return run(args.toArray(String[]::new));
  }

  private static void same(Path a, Path b) throws IOException {
    assertEquals(-1, Files.mismatch(a, b), a + " and " + b);
  }

  @Test
  void othersReadTheFilesThatWereWritten() throws Exception {
    assertEquals(0, disk("o"), err::toString);
    Path file = dir.resolve("o/cohesix-uboot.img");
    assertTrue(out.toString().startsWith(file + ": 36700160 bytes, SHA-256 "
        + Hash.sha256Hex(Files.readAllBytes(file))));
    Path volume = Files.write(dir.resolve("v"), Arrays.copyOfRange(Files.readAllBytes(file), 1 << 20,
        (int) Files.size(file)));
    Tools.output("fsck.vfat", "-n", volume.toString());
    Path copies = Files.createDirectory(dir.resolve("copies"));
    Tools.output("mcopy", "-s", "-i", file + "@@1M", "::/", copies.toString());
    same(dir.resolve("m.json"), copies.resolve("manifest.json"));
    assertEquals(0, Tools.run("sh", "-c", "cd '" + copies + "' && sha256sum -c manifest.sha256").status());
    String script = Tools.output("mkimage", "-l", copies.resolve("boot.scr").toString());
    assertTrue(script.contains("Cohesix 0.1.0 qemu-virt") && script.contains("AArch64 Linux Script"), script);
    assertEquals(0, make("qemu", "q", "--dtb", dir.resolve("t.dtb").toString()), err::toString);
    same(dir.resolve("q/cohesix-qemu.img"), copies.resolve("cohesix-qemu.img"));
  }

  @Test
  void everyArtefactIsTheSameInAnyFolderLocaleAndZone() throws IOException {
    assertEquals(0, disk("one"), err::toString);
    assertEquals(0, make("qemu", "one"), err::toString);
    Locale locale = Locale.getDefault();
    TimeZone zone = TimeZone.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Chatham"));
      assertEquals(0, disk("a/b/two"), err::toString);
      assertEquals(0, make("qemu", "a/b/two"), err::toString);
    } finally {
      Locale.setDefault(locale);
      TimeZone.setDefault(zone);
    }
    List<String> names =
        List.of("cohesix-uboot.img", "cohesix-qemu.img", "cohesix-system.cpio", "manifest.json", "manifest.sha256");
    for (String name : names) {
      same(dir.resolve("one").resolve(name), dir.resolve("a/b/two").resolve(name));
    }
  }

  @Test
  void withoutADeviceTreeTheCommandThatMakesOneIsNamed() {
    assertEquals(1, make("qemu-uboot", "o"));
    assertEquals(
        "coh-rtc image: no device tree: U-Boot's go passes none, so the image must hold it: name it with --dtb"
            + " (QEMU writes its"
            + " own: qemu-system-aarch64 -machine virt,gic-version=2,dumpdtb=virt.dtb -cpu cortex-a57 -smp 4 -m 1024)",
        err.toString().trim());
    assertFalse(Files.exists(dir.resolve("o")));
  }

  @Test
  void aDiskWithSecretsIsTheOwnersAlone() throws IOException {
    Files.write(dir.resolve("blob"), new byte[] {1});
    assertEquals(0, disk("o", "--provision", dir.resolve("blob").toString()), err::toString);
    assertEquals(
        "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("o/cohesix-uboot.img"))));
    assertEquals(0, doctor("o/cohesix-uboot.img"));
    assertTrue(out.toString().contains("note: cohesix-qemu.img holds a provisioning blob: it is a secret"),
        out::toString);
  }

  @Test
  void doctorSaysWhatHappensAtBoot() throws IOException {
    disk("o");
    make("qemu", "o");
    assertEquals(0, doctor("o/cohesix-uboot.img"), out::toString);
    String sum = Hash.sha256Hex(Samples.MANIFEST.getBytes(StandardCharsets.UTF_8));
    for (String line :
        List.of(
            "  partition 1: type 0xc, sectors 2048 to 71679",
            "  volume COHESIX:",
            "  1. U-Boot finds boot.scr on virtio 0:1: \"cohesix: boot script for QEMU virt, …\"",
            "  3. \"cohesix: 3 of 3: booti …\" (or go, with cohesix_start=go)",
            "  6. the root task: \"[kernel:entry] root-task entry reached\" … \"manifest.sha256=" + sum + "\"",
            "note: cohesix-qemu.img runs on the simulation kernel, which verifies nothing",
            "sound")) {
      assertTrue(out.toString().lines().toList().contains(line), () -> line + " in\n" + out);
    }
    assertEquals(0, doctor("o/cohesix-qemu.img", "--json"));
    JsonNode said = new ObjectMapper().readTree(out.toString());
    assertTrue(said.path("ok").asBoolean());
    assertEquals("0.1.0 kernel=sim", said.path("images").path(0).path("stamp").asText());
    assertEquals(5, said.path("stages").size());
    assertTrue(said.path("stages").path(0).asText().endsWith("the image has none"), out::toString);
    assertEquals(0, doctor("o/cohesix-system.cpio"), out::toString);
    assertTrue(out.toString().contains("  rootserver for a kernel 16.0.0, EL1, 1 core\n"), out::toString);
  }

  /** What doctor says is wrong with a disk whose files were changed. */
  private List<String> wrong(Consumer<SortedMap<String, Octets>> change) throws IOException {
    if (!Files.exists(dir.resolve("o"))) {
      disk("o");
    }
    byte[] made = Files.readAllBytes(dir.resolve("o/cohesix-uboot.img"));
    SortedMap<String, Octets> files = new TreeMap<>(FatReader.read(Mbr.read(made).get(0).bytes(made)).files());
    change.accept(files);
    Files.write(
        dir.resolve("changed.img"),
        Mbr.disk(Mbr.Type.FAT32, FatVolume.write(files, new FatVolume.Options("COHESIX", 0, Mbr.START))));
    return wrongOf("changed.img");
  }

  private List<String> wrongOf(String file) {
    assertEquals(1, doctor(file), out::toString);
    return out.toString().lines().filter(l -> l.startsWith("wrong: ")).map(l -> l.substring(7)).toList();
  }

  private static Octets changed(Octets file, int at) {
    byte[] bytes = file.array().clone();
    bytes[at] ^= 1;
    return new Octets(bytes);
  }

  @Test
  void doctorNamesWhatIsMissingOrStale() throws IOException {
    assertEquals(
        List.of("manifest.json is missing: write it again"), wrong(files -> files.remove("manifest.json")));
    assertEquals(
        List.of("manifest.sha256 is missing: write it again"), wrong(files -> files.remove("manifest.sha256")));
    assertEquals(
        List.of("nothing on the volume can be booted: no boot.scr and no EFI/BOOT/BOOTAA64.EFI: write it again with"
            + " coh-rtc image"),
        wrong(files -> files.remove("boot.scr")));
    assertEquals(
        List.of("no sound flat image on the volume for boot.scr (\"Cohesix 0.1.0 qemu-virt\"): write the disk again"),
        wrong(files -> files.remove("cohesix-qemu.img")));
    List<String> flipped = wrong(files -> files.compute("cohesix-qemu.img", (k, v) -> changed(v, v.length() - 1)));
    assertTrue(flipped.get(0).startsWith("cohesix-qemu.img: payload manifest: SHA-256 is "), flipped::toString);
    assertTrue(flipped.get(0).endsWith("the loader would stop with \"loader: halted\"; write it again"),
        flipped::toString);
    List<String> broken = wrong(files -> files.compute("boot.scr", (k, v) -> changed(v, 70)));
    assertEquals(1, broken.size(), broken::toString);
    assertTrue(broken.get(0).startsWith("boot.scr: its header names "), broken::toString);
    assertTrue(broken.get(0).endsWith("it is damaged: U-Boot would refuse it; write the disk again"), broken::toString);
    List<String> mine = wrong(files -> files.put("boot.scr", new Octets(UImage.script("mine", "echo hello\n"))));
    assertEquals(1, mine.size(), mine::toString);
    assertTrue(mine.get(0).startsWith("boot.scr: is not what this version writes for cohesix-qemu.img of "),
        mine::toString);
    String other = Samples.MANIFEST.replace("31337", "31338");
    List<String> mixed = wrong(files -> files.put("manifest.json", new Octets(other.getBytes(StandardCharsets.UTF_8))));
    assertEquals(2, mixed.size(), mixed::toString);
    assertTrue(mixed.get(0).startsWith("manifest.sha256: is not the sum of manifest.json ("), mixed::toString);
    assertTrue(mixed.get(1).contains("they are of two builds, write both again"), mixed::toString);
    disk("o");
    Files.writeString(dir.resolve("m.json"), other);
    List<String> stale = wrongOf("o/cohesix-uboot.img");
    assertEquals(1, stale.size(), stale::toString);
    assertTrue(stale.get(0).startsWith("stale: it is of manifest ")
        && stale.get(0).contains("build and make the image again"));
  }

  @Test
  void doctorReadsDamagedAndForeignFiles() throws IOException {
    disk("o");
    make("qemu", "o");
    byte[] disk = Files.readAllBytes(dir.resolve("o/cohesix-uboot.img"));
    Files.write(dir.resolve("cut.img"), Arrays.copyOf(disk, disk.length / 2));
    assertEquals(
        List.of(dir.resolve("cut.img")
            + ": disk: partition 1 has sectors 2048 to 71679, the disk has 35840: it is cut short"),
        wrongOf("cut.img"));
    byte[] image = Files.readAllBytes(dir.resolve("o/cohesix-qemu.img"));
    Files.write(dir.resolve("cut2.img"), Arrays.copyOf(image, image.length - 1));
    assertTrue(wrongOf("cut2.img").get(0).contains("it is cut short"), out::toString);
    byte[] cpio = Files.readAllBytes(dir.resolve("o/cohesix-system.cpio"));
    Files.write(dir.resolve("cut.cpio"), Arrays.copyOf(cpio, 3000));
    assertTrue(wrongOf("cut.cpio").get(0).contains("(it ends inside a file): it is cut short or damaged"), out::toString);
    Files.writeString(dir.resolve("text"), "hello");
    assertTrue(wrongOf("text").get(0).contains("is neither a flat image nor an archive"), out::toString);
    Files.writeString(dir.resolve("o/manifest.json"), "{}");
    assertTrue(wrongOf("o/cohesix-qemu.img").get(0).contains("make them again together"), out::toString);
    assertEquals(2, doctor("none"));
    assertEquals(
        "coh-rtc doctor: " + dir.resolve("none") + ": no such file: name what coh-rtc image made, or a copy of it",
        err.toString().trim());
    assertEquals(2, run("doctor"));
    assertEquals(2, run("doctor", "image"));
  }

  @Test
  void theScriptKeepsTheNamesThatPeopleType() {
    BootImage.Files files = BootImage.make(Samples.parts());
    String text =
        UImage.readScript(BootScript.write(files.table(), "cohesix-qemu.img", 4096, "coh-rtc image qemu-uboot")).text();
    for (String line :
        List.of(
            "if fatls ${cohesix_disk}; then",
            "if fatload ${cohesix_disk} ${loadaddr} cohesix-qemu.img; then",
            "if itest 0x${filesize} -eq 0x1000; then",
            "booti ${loadaddr} - ${fdtcontroladdr}",
            "go ${loadaddr}",
            "if test -z \"${loadaddr}\"; then setenv loadaddr 0x40200000; fi")) {
      assertTrue(text.lines().toList().contains(line), () -> line + " in\n" + text);
    }
    assertArrayEquals(
        BootScript.write(files.table(), "cohesix-qemu.img", 4096, "x"),
        BootScript.write(files.table(), "cohesix-qemu.img", 4096, "x"));
  }
}
