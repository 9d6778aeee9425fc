// `coh-rtc image aws`: what is on the disk, to mtools, dosfstools and this package; the same bytes every time.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class AwsCommandTest {
  @TempDir Path dir = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void parts() throws IOException {
    Files.write(dir.resolve("loader.elf"), Samples.loaderFile());
    Files.write(dir.resolve("kernel.elf"), Samples.kernel().bytes());
    manifest("virt-aarch64");
  }

  private void manifest(String profile) throws IOException {
    String text = Samples.MANIFEST.replace("virt-aarch64", profile);
    Files.writeString(dir.resolve("m.json"), text);
    Files.write(dir.resolve("rootserver.elf"), Samples.rootserverOf(text).bytes());
  }

  private int aws(String to, String... more) {
    err.getBuffer().setLength(0);
    List<String> args = new ArrayList<>(List.of("aws", "--out", dir.resolve(to).toString()));
    for (String[] part :
        new String[][] {
          {"--loader", "loader.elf"}, {"--kernel", "kernel.elf"}, {"--rootserver", "rootserver.elf"}, {"--manifest-json", "m.json"}
        }) {
      args.addAll(List.of(part[0], dir.resolve(part[1]).toString()));
    }
    args.addAll(List.of(more));
    return new CommandLine(new ImageCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(args.toArray(String[]::new));
  }

  private Path disk(String to) {
    return dir.resolve(to).resolve("cohesix-aws.img");
  }

  @Test
  void otherToolsFindAllFilesOnASoundVolume() throws Exception {
    assertEquals(0, aws("o"), err::toString);
    String disk = disk("o").toString();
    assertTrue(Tools.output("sgdisk", "--verify", disk).contains("No problems found"));
    Path volume = Files.write(dir.resolve("esp"), Gpt.read(Files.readAllBytes(disk("o"))));
    Tools.output("fsck.vfat", "-n", volume.toString());
    assertEquals(
        "::/EFI/BOOT/BOOTAA64.EFI\n::/kernel.elf\n::/manifest.json\n::/manifest.sha256\n::/rootserver\n",
        Arrays.stream(Tools.output("mdir", "-i", disk + "@@1M", "-/", "-b", "::/").split("\n"))
            .filter(line -> !line.endsWith("/"))
            .sorted()
            .reduce("", (a, b) -> a + b + "\n"));
    for (String[] file :
        new String[][] {
          {"kernel.elf", "kernel.elf"}, {"rootserver", "rootserver.elf"}, {"manifest.json", "m.json"}
        }) {
      Path copy = dir.resolve("copy");
      Tools.output("mcopy", "-n", "-o", "-i", disk + "@@1M", "::/" + file[0], copy.toString());
      assertArrayEquals(Files.readAllBytes(dir.resolve(file[1])), Files.readAllBytes(copy), file[0]);
    }
  }

  @Test
  void theApplicationCarriesAllThatBoots() throws Exception {
    assertEquals(0, aws("o"), err::toString);
    Path application = dir.resolve("a.efi");
    Tools.output("mcopy", "-n", "-i", disk("o") + "@@1M", "::/EFI/BOOT/BOOTAA64.EFI", application.toString());
    PayloadTable table = FlatImage.read(PeImage.flat(Files.readAllBytes(application)));
    assertEquals(Board.AWS, table.board());
    assertEquals(
        List.of(PayloadTable.Kind.KERNEL, PayloadTable.Kind.ROOTSERVER, PayloadTable.Kind.MANIFEST),
        table.blobs().stream().map(PayloadTable.Blob::kind).toList());
    assertEquals(Hash.sha256Hex(Files.readAllBytes(dir.resolve("m.json"))), table.manifestSha256());
  }

  @Test
  void theSamePartsGiveTheSameDiskWhereverAndWhenever() throws IOException {
    assertEquals(0, aws("one"), err::toString);
    Locale locale = Locale.getDefault();
    TimeZone zone = TimeZone.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("tr-TR"));
      TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Kiritimati"));
      assertEquals(0, aws("another/folder"), err::toString);
    } finally {
      Locale.setDefault(locale);
      TimeZone.setDefault(zone);
    }
    assertArrayEquals(Files.readAllBytes(disk("one")), Files.readAllBytes(disk("another/folder")));
  }

  @Test
  void aManifestForUefiOrVirtIsTakenAndAnotherRefused() throws IOException {
    manifest("aws-aarch64");
    assertEquals(0, aws("o"), err::toString);
    manifest("pi4-uboot-aarch64");
    assertEquals(1, aws("p"), err::toString);
    assertTrue(err.toString().contains("\"pi4-uboot-aarch64\""), err::toString);
    assertFalse(Files.exists(disk("p")));
  }

  @Test
  void itSaysWhatIsMissingWithoutADeviceTree() {
    assertEquals(0, aws("o"));
    assertTrue(
        err.toString().contains("note: the image carries no device tree: it starts only where firmware has one"),
        err::toString);
  }

  @Test
  void aDiskWithASecretIsItsOwnersAlone() throws IOException {
    Files.write(dir.resolve("secret"), new byte[100]);
    assertEquals(0, aws("o", "--provision", dir.resolve("secret").toString()), err::toString);
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(disk("o"))));
  }
}
