// The command line: files in, files out, sentences and exit codes.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ImageCommandTest {
  @TempDir Path dir = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void parts() throws IOException {
    Files.write(dir.resolve("kernel.elf"), Samples.kernel().bytes());
    Files.write(dir.resolve("rootserver.elf"), Samples.rootserver().bytes());
    Files.writeString(dir.resolve("m.json"), Samples.MANIFEST);
    byte[] code = new byte[64];
    code[56] = 'A';
    code[57] = 'R';
    code[58] = 'M';
    code[59] = 0x64;
    code[11] = 0x10;
    Files.write(dir.resolve("loader.elf"), Samples.loader(code, 4096).bytes());
  }

  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return new CommandLine(new ImageCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(args);
  }

  private int qemu(String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "qemu",
                "--loader",
                dir.resolve("loader.elf").toString(),
                "--rootserver",
                dir.resolve("rootserver.elf").toString(),
                "--manifest-json",
                dir.resolve("m.json").toString(),
                "--out",
                dir.resolve("o").toString()));
    args.addAll(List.of(more));
    return run(args.toArray(String[]::new));
  }

  private String kernel() {
    return dir.resolve("kernel.elf").toString();
  }

  @Test
  void anImageIsMadeAndTellsWhatIsInIt() throws IOException {
    assertEquals(0, qemu("--kernel", kernel()), err::toString);
    for (String name :
        List.of(
            "cohesix-qemu.img",
            "cohesix-system.cpio",
            "manifest.json",
            "manifest.sha256",
            "measurements.json")) {
      assertTrue(Files.size(dir.resolve("o").resolve(name)) > 0, name);
    }
    assertEquals(Samples.MANIFEST, Files.readString(dir.resolve("o/manifest.json")));
    assertTrue(
        out.toString().contains("for qemu-virt, 0.1.0 kernel=sim, EL1, cores 1, memory 1024 MiB"), out::toString);
    assertTrue(
        out.toString().contains("  rootserver    12288 bytes     16384 in memory  "),
        out::toString);
    assertEquals(
        "note: the image holds the ticket keys of a development manifest: whoever has it can mint"
            + " tickets\n",
        noteOf());
  }

  @Test
  void aReleaseWithoutKeysIsNotedWithHowToGiveThem() throws IOException {
    String release = Samples.MANIFEST.replace("\"release\":false", "\"release\":true");
    BootImage.Parts parts =
        Samples.parts(Samples.build(), Samples.kernel(), Samples.rootserverOf(release), null, null, release);
    assertEquals(
        List.of(
            "the image holds no keys, and a release halts without them: make them with coh-rtc provision MANIFEST -o FILE,"
                + " and make it again with --provision FILE"),
        BootImage.make(parts).notes());
    BootImage.Parts with =
        Samples.parts(Samples.build(), Samples.kernel(), Samples.rootserverOf(release), null, new byte[] {1}, release);
    assertEquals(
        List.of("the image holds the provisioning blob: it is a secret, treat it as one"), BootImage.make(with).notes());
  }

  private String noteOf() {
    qemu("--kernel", kernel());
    return err.toString().replace(System.lineSeparator(), "\n");
  }

  @Test
  void twoRunsWriteTheSameBytes() throws IOException {
    qemu("--kernel", kernel());
    byte[] image = Files.readAllBytes(dir.resolve("o/cohesix-qemu.img"));
    byte[] cpio = Files.readAllBytes(dir.resolve("o/cohesix-system.cpio"));
    qemu("--kernel", kernel());
    assertArrayEquals(image, Files.readAllBytes(dir.resolve("o/cohesix-qemu.img")));
    assertArrayEquals(cpio, Files.readAllBytes(dir.resolve("o/cohesix-system.cpio")));
    try (var files = Files.list(dir.resolve("o"))) {
      assertEquals(5, files.count());
    }
  }

  @Test
  void jsonHasTheSameFactsAndRefusals() throws IOException {
    assertEquals(0, qemu("--kernel", kernel(), "--json"));
    JsonNode made = new ObjectMapper().readTree(out.toString());
    assertTrue(made.path("ok").asBoolean());
    assertEquals(3, made.path("payloads").size());
    assertEquals(1024, made.path("memory_mib").asInt());
    assertEquals(
        Hash.sha256Hex(Files.readAllBytes(dir.resolve("o/cohesix-qemu.img"))),
        made.path("sha256").asText());
    assertEquals(1, qemu("--kernel", dir.resolve("none").toString(), "--json"));
    JsonNode refused = new ObjectMapper().readTree(out.toString());
    assertFalse(refused.path("ok").asBoolean(true));
    assertEquals(dir.resolve("none") + ": no such file", refused.path("error").asText());
  }

  @Test
  void refusalsAreOneLineOnStderrAndExitCodeOne() throws IOException {
    assertEquals(1, qemu("--kernel", dir.resolve("rootserver.elf").toString()));
    assertEquals(
        "coh-rtc image: " + dir.resolve("rootserver.elf") + ": is a rootserver, not a kernel",
        err.toString().trim());
    Files.write(dir.resolve("k2.elf"), new TestElf().entry(0).load(0, 0, new byte[4], 4).bytes());
    assertEquals(1, qemu("--kernel", dir.resolve("k2.elf").toString()));
    assertEquals(
        "coh-rtc image: "
            + dir.resolve("k2.elf")
            + ": is not the simulation kernel: name the seL4 build that it is from with"
            + " --sel4-build DIR",
        err.toString().trim());
    Files.writeString(dir.resolve("m.json"), "[");
    assertEquals(1, qemu("--kernel", kernel()));
    assertEquals(
        "coh-rtc image: "
            + dir.resolve("m.json")
            + ": is not JSON: name the resolved manifest that coh-rtc compile writes",
        err.toString().trim());
    assertFalse(Files.exists(dir.resolve("o")), "nothing is written when something is refused");
  }

  @Test
  void anImageWithSecretsIsTheOwnersAlone() throws IOException {
    Files.write(dir.resolve("blob"), new byte[] {1});
    assertEquals(0, qemu("--kernel", kernel(), "--provision", dir.resolve("blob").toString()));
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(dir.resolve("o/cohesix-qemu.img"))));
  }

  @Test
  void usageErrorsExitWithTwo() {
    assertEquals(2, run());
    assertEquals(2, run("qemu"));
    assertEquals(2, qemu());
    assertTrue(
        err.toString().startsWith("name a kernel: --kernel sim-kernel.elf, or --sel4-build DIR"),
        err::toString);
    assertEquals(2, run("floppy"));
  }
}
