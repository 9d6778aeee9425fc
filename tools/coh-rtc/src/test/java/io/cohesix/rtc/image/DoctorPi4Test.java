// What doctor says of the Raspberry Pi 4's card: each file that is missing or another, and how far the boot would come.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.rtc.cli.RootCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DoctorPi4Test {
  private static final String RELEASE = Pi4CardTest.MANIFEST.replace("\"release\":false", "\"release\":true");
  private static final String PROMPT = "the prompt: \"cohesix> \"";

  @TempDir Path dir = Path.of("");
  private byte[] tree = new byte[0];
  private SortedMap<String, Octets> files = new TreeMap<>();

  @BeforeEach
  void written() throws Exception {
    Path source = Files.writeString(dir.resolve("t.dts"),
        "/dts-v1/;\n/ { #address-cells = <2>; #size-cells = <1>; compatible = \"brcm,bcm2711\";"
            + " memory@0 { device_type = \"memory\"; reg = <0 0 0x3b400000>, <0 0x40000000 0xbc000000>, <1 0 0xfffff000>,"
            + " <1 0xfffff000 0x1000>, <2 0 0>; };"
            + " cpus { cpu@0 { device_type = \"cpu\"; }; }; };");
    Path dtb = dir.resolve("t.dtb");
    Tools.output("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", dtb.toString(), source.toString());
    tree = Files.readAllBytes(dtb);
    put("fw/start4.elf", "firmware");
    put("fw/fixup4.dat", "table");
    put("fw/bcm2711-rpi-4-b.dtb", "tree");
    put("fw/overlays/disable-bt.dtbo", "overlay");
    put("u-boot.bin", "u-boot");
    files = filesOf(card(Pi4CardTest.MANIFEST, null));
  }

  private void put(String name, String text) throws IOException {
    Path p = dir.resolve(name);
    Files.createDirectories(Objects.requireNonNull(p.getParent()));
    Files.writeString(p, text);
  }

  private byte[] card(String manifest, byte @org.jspecify.annotations.Nullable [] keys) throws IOException {
    return card(manifest, keys, Firmware.find(List.of(dir.resolve("fw")), dir.resolve("u-boot.bin"), false));
  }

  private byte[] card(String manifest, byte @org.jspecify.annotations.Nullable [] keys, Firmware firmware) {
    BootImage.Parts parts = Pi4CardTest.parts(List.of("CONFIG_PRINTING is 1, must be off"), manifest, tree, keys);
    return Pi4Card.make(parts, BootImage.make(parts), firmware, false, "coh-rtc image pi4").disk().array();
  }

  private static SortedMap<String, Octets> filesOf(byte[] card) {
    return new TreeMap<>(FatReader.read(Mbr.read(card).get(0).bytes(card)).files());
  }

  private static byte[] disk(SortedMap<String, Octets> content) {
    return Mbr.disk(Mbr.Type.FAT32, FatVolume.write(content, new FatVolume.Options("COHESIX", 0, Mbr.START)));
  }

  private static Map<String, Object> said(byte[] card) {
    Examination e = new Examination(null, "");
    Doctor.examine(card, Map.of(), e);
    return e.json("card");
  }

  private Map<String, Object> changed(Consumer<SortedMap<String, Octets>> change) {
    SortedMap<String, Octets> copy = new TreeMap<>(files);
    change.accept(copy);
    return said(disk(copy));
  }

  private static List<String> list(Map<String, Object> said, String key) {
    return ((List<?>) Objects.requireNonNull(said.get(key))).stream().map(Object::toString).toList();
  }

  private static String last(Map<String, Object> said) {
    List<String> stages = list(said, "stages");
    return stages.get(stages.size() - 1);
  }

  @Test
  void aWholeCardIsSoundAndItsStagesBeginAtTheFirmware() throws IOException {
    Map<String, Object> said = said(card(Pi4CardTest.MANIFEST, null));
    assertEquals(List.of(), list(said, "wrong"));
    List<String> stages = list(said, "stages");
    assertEquals(
        "the board's ROM starts start4.elf, which reads fixup4.dat and config.txt: firmware's own lines (uart_2ndstage)",
        stages.get(0));
    assertEquals(
        "firmware loads bcm2711-rpi-4-b.dtb, overlays/disable-bt.dtbo, u-boot.bin and starts it: \"U-Boot 20…\","
            + " \"RPI 4 Model B\"",
        stages.get(1));
    assertTrue(stages.get(2).startsWith("U-Boot finds boot.scr on mmc 0:1: "), stages::toString);
    assertEquals(PROMPT, last(said));
  }

  @Test
  void eachFileThatIsMissingIsWrongAndEndsTheStagesThere() {
    for (String[] row :
        new String[][] {
          {"start4.elf", "start4.elf is missing (firmware of the board), and was there when the card was made: copy it onto the"
              + " card; it is in the Raspberry Pi firmware's boot folder, or Debian's raspi-firmware (non-free-firmware),"
              + " /usr/lib/raspi-firmware", "2"},
          {"fixup4.dat", "fixup4.dat is missing (start4.elf's table of memory), and was there", "2"},
          {"config.txt", "config.txt is missing: write it again", "2"},
          {"bcm2711-rpi-4-b.dtb", "bcm2711-rpi-4-b.dtb is missing (the board's device tree", "3"},
          {"overlays/disable-bt.dtbo", "overlays/disable-bt.dtbo is missing (gives the PL011 to pins 14 and 15", "3"},
          {"u-boot.bin", "u-boot.bin is missing (the boot loader that firmware starts), and was there", "3"},
          {"boot.scr", "boot.scr is missing: write it again", "3"},
          {"cohesix-pi4.img", "cohesix-pi4.img is missing: write it again", "3"}
        }) {
      Map<String, Object> said = changed(files -> files.remove(row[0]));
      assertTrue(list(said, "wrong").stream().anyMatch(w -> w.startsWith(row[1])), () -> row[0] + ": " + said);
      assertEquals(Integer.parseInt(row[2]), list(said, "stages").size(), () -> row[0] + ": " + said);
      assertTrue(
          last(said).equals("nothing is promised from here on: " + row[0] + " is missing")
              || (row[0].equals("cohesix-pi4.img") && last(said).contains("nothing sound to load")),
          () -> row[0] + ": " + said);
    }
    assertEquals(
        List.of("image.json is missing: nothing says what was on the card: write the card again with coh-rtc image pi4"),
        list(changed(files -> files.remove("image.json")), "wrong"));
  }

  @Test
  void oneBitOfAnyFileIsSeen() {
    for (String path : files.keySet()) {
      Map<String, Object> said = changed(files -> files.compute(path, (k, v) -> {
        byte[] bytes = Objects.requireNonNull(v).array().clone();
        bytes[bytes.length / 2] ^= 1;
        return new Octets(bytes);
      }));
      assertTrue(
          list(said, "wrong").stream().anyMatch(w -> w.startsWith(path)),
          () -> path + ": " + said.get("wrong"));
      if (!List.of("image.json", "manifest.json", "manifest.sha256").contains(path)) {
        assertTrue(!last(said).equals(PROMPT), () -> path + ": " + said.get("stages"));
      }
    }
  }

  @Test
  void everyBitOfTheListThatTheImageTellsIsSeen() {
    Octets list = Objects.requireNonNull(files.get("image.json"));
    String text = new String(list.array(), StandardCharsets.UTF_8);
    for (String word : List.of("bcm2711", "pi4-uboot", "seL4-16", "false", "8192", "operator", "coh-pi4-image", "\"missing\"")) {
      int at = text.indexOf(word);
      Map<String, Object> said = changed(files -> {
        byte[] bytes = list.array().clone();
        bytes[at + 1] ^= 1;
        files.put("image.json", new Octets(bytes));
      });
      assertTrue(list(said, "wrong").stream().anyMatch(w -> w.startsWith("image.json: ")), () -> word + ": " + said);
    }
  }

  @Test
  void whatTheOperatorLeftOutIsWrongUntilItIsCopied() throws IOException {
    files = filesOf(card(Pi4CardTest.MANIFEST, null, Firmware.find(List.of(), null, false)));
    Map<String, Object> said = changed(files -> {});
    List<String> wrong = list(said, "wrong");
    assertEquals(5, wrong.size(), wrong::toString);
    assertTrue(
        wrong.get(0).startsWith("start4.elf is missing (firmware of the board), left out when the card was made: copy it"),
        wrong::toString);
    assertEquals("nothing is promised from here on: start4.elf is missing", last(said));
    Map<String, Object> copied = changed(files -> {
      for (String path : List.of("START4.ELF", "fixup4.dat", "bcm2711-rpi-4-b.dtb", "overlays/disable-bt.dtbo", "u-boot.bin")) {
        files.put(path, new Octets(path.getBytes(StandardCharsets.US_ASCII)));
      }
    });
    assertEquals(List.of(), list(copied, "wrong"));
    assertEquals(PROMPT, last(copied));
    assertTrue(
        list(copied, "notes").contains(
            "START4.ELF is not in image.json: it came onto the volume later, as was asked for; no sum says whether it is"
                + " whole"),
        copied::toString);
  }

  @Test
  void aFileThatCameLaterIsNoted() {
    Map<String, Object> said = changed(files -> files.put("uboot.env", new Octets(new byte[] {1})));
    assertEquals(List.of(), list(said, "wrong"));
    assertTrue(list(said, "notes").contains("uboot.env is not in image.json: it came onto the volume later"), said::toString);
  }

  @Test
  void aListThatIsNoneIsNamedAndConfigIsLookedAtWithoutIt() {
    Octets no = new Octets("{}".getBytes(StandardCharsets.US_ASCII));
    assertEquals(
        List.of("image.json: lists no files: damaged, or of another version"),
        list(changed(files -> files.put("image.json", no)), "wrong"));
    Map<String, Object> said = changed(files -> {
      files.remove("image.json");
      files.put("config.txt", new Octets("kernel=kernel8.img\n".getBytes(StandardCharsets.US_ASCII)));
    });
    assertTrue(
        list(said, "wrong").contains(
            "config.txt: is not what this version writes: changed by hand, or damaged: write the card again with coh-rtc"
                + " image pi4"),
        said::toString);
  }

  @Test
  void aReleaseWithoutKeysIsWrongAndEndsBeforeThePrompt() throws IOException {
    Map<String, Object> said = said(card(RELEASE, null));
    assertEquals(
        List.of("cohesix-pi4.img: holds no keys, and its manifest wants them from outside: make them with coh-rtc provision,"
            + " and write it again with --provision FILE"),
        list(said, "wrong"));
    assertEquals(
        "without keys it ends here: \"boot halted: provisioning blob missing or not one: make it with coh-rtc provision\"",
        last(said));
    Map<String, Object> with = said(card(RELEASE, new byte[] {1}));
    assertEquals(List.of(), list(with, "wrong"));
    assertEquals(PROMPT, last(with));
  }

  @Test
  void theFlatImageOfAReleaseIsSoundAndSaysThatKeysComeLater() {
    BootImage.Parts parts = Pi4CardTest.parts(List.of(), RELEASE, tree, null);
    byte[] image = BootImage.make(parts).image().array();
    Map<String, Octets> beside = new TreeMap<>(Map.of("manifest.json", parts.manifest().json()));
    beside.put("manifest.sha256", BootImage.make(parts).manifestSha256Line());
    Examination e = new Examination(null, "");
    Doctor.examine(image, beside, e);
    assertTrue(e.sound(), () -> e.json("i").toString());
    assertTrue(
        list(e.json("i"), "notes").get(0).startsWith("the image: holds no keys, and its manifest wants them from outside: make"),
        () -> e.json("i").toString());
    assertTrue(last(e.json("i")).startsWith("without keys it ends here: "), () -> e.json("i").toString());
    beside.put("provision.bin", new Octets(new byte[0]));
    Examination b = new Examination(null, "");
    Doctor.examine(image, beside, b);
    assertEquals(
        "the image holds no keys, and provision.bin lies beside it: start it with scripts/qemu-run.sh --provision provision.bin",
        list(b.json("i"), "notes").get(0));
  }

  @Test
  void aCardThatWasReadBackIsReadAsFarAsItCounts() throws IOException {
    byte[] card = card(Pi4CardTest.MANIFEST, null);
    Path file = Files.write(dir.resolve("card.img"), card);
    try (java.nio.channels.FileChannel c = java.nio.channels.FileChannel.open(file, java.nio.file.StandardOpenOption.WRITE)) {
      c.write(java.nio.ByteBuffer.wrap(new byte[1]), (32L << 30) - 1); // a hole: takes no room
    }
    StringWriter out = new StringWriter();
    assertEquals(0, RootCommand.run(new PrintWriter(out), new PrintWriter(out), "doctor", "image", file.toString()), out::toString);
    assertTrue(out.toString().contains("disk with a master boot record, " + (32L << 30) + " bytes\n"), out::toString);
  }

  @Test
  void aFileThatIsTooLargeOrUnreadableIsRefusedByName() throws IOException {
    Path large = dir.resolve("large");
    Files.write(large, new byte[1024]);
    try (java.nio.channels.FileChannel c = java.nio.channels.FileChannel.open(large, java.nio.file.StandardOpenOption.WRITE)) {
      c.write(java.nio.ByteBuffer.wrap(new byte[1]), (3L << 30) - 1);
    }
    StringWriter out = new StringWriter();
    assertEquals(1, RootCommand.run(new PrintWriter(out), new PrintWriter(out), "doctor", "image", large.toString()));
    assertEquals(
        "coh-rtc doctor: " + large + ": it has 3221225472 bytes that count, at most " + Artefact.MAX_BYTES
            + " are looked at: nothing that coh-rtc image makes is as large\n",
        out.toString());
    for (String[] row :
        new String[][] {
          {"none", "no such file: name what coh-rtc image made, or a copy of it"}, {"", "is a folder: name a file in it"}
        }) {
      StringWriter said = new StringWriter();
      Path file = row[0].isEmpty() ? dir : dir.resolve(row[0]);
      assertEquals(2, RootCommand.run(new PrintWriter(said), new PrintWriter(said), "doctor", "image", file.toString()));
      assertEquals("coh-rtc doctor: " + file + ": " + row[1] + "\n", said.toString());
    }
  }
}
