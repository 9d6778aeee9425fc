// Keys that come into an image after it was released: the same bytes as if they had been there at once, or a refusal.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.cohesix.rtc.build.SealedBlob;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ProvisionImageCommandTest {
  @TempDir Path dir = Path.of("");
  private final BootImage.Files bare = BootImage.make(Samples.parts());
  private final String manifest = bare.table().manifestSha256();

  /** A blob as `coh-rtc provision` writes it, with one key. */
  private static byte[] keys(String manifest) {
    byte[] body = Arrays.copyOf("COHKEYS1".getBytes(StandardCharsets.US_ASCII), 8 + 32 + 32 + 1 + 41);
    System.arraycopy(HexFormat.of().parseHex(manifest), 0, body, 8, 32);
    body[72] = 1;
    byte[] blob = Arrays.copyOf(body, body.length + 32);
    System.arraycopy(Hash.sha256(body), 0, blob, body.length, 32);
    return blob;
  }

  private String run(int code, Path image, byte[] keys) throws Exception {
    Path blob = Files.write(dir.resolve("keys"), keys);
    StringWriter err = new StringWriter();
    int said =
        new CommandLine(new ImageCommand())
            .setOut(new PrintWriter(new StringWriter()))
            .setErr(new PrintWriter(err))
            .execute("provision", image.toString(), "--provision", blob.toString(), "-o", dir.resolve("with").toString());
    assertEquals(code, said, err.toString());
    return err.toString().replace(dir + "/", "");
  }

  private Path image() throws Exception {
    return Files.write(dir.resolve("a.img"), bare.image().array());
  }

  @Test
  void theCopyIsWhatTheImageWouldHaveBeenAndItsOwnersAlone() throws Exception {
    byte[] keys = keys(manifest);
    BootImage.Parts p = Samples.parts();
    BootImage.Parts with =
        new BootImage.Parts(
            p.loader(), p.kernel(), p.kernelFile(), p.build(), p.rootserver(), p.rootserverFile(), p.dtb(), new Octets(keys), null,
            p.manifest());
    run(0, image(), keys);
    byte[] made = Files.readAllBytes(dir.resolve("with"));
    assertArrayEquals(BootImage.make(with).image().array(), made);
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("with"))));
    assertArrayEquals(bare.image().array(), Files.readAllBytes(dir.resolve("a.img")), "the released image stays");
    // Once more, onto the copy: other keys take the place of these.
    assertArrayEquals(made, ProvisionImageCommand.provisioned(made, new Octets(keys), "keys"));
  }

  @Test
  void keysOfAnotherManifestAndDamagedOnesAreRefused() throws Exception {
    String other = "00".repeat(32);
    assertEquals(
        "coh-rtc image: a.img: keys is for manifest " + other + ", the image was made from " + manifest
            + ": make the blob from the image's manifest, with the secrets that it was compiled with\n",
        run(1, image(), keys(other)));
    byte[] damaged = keys(manifest);
    damaged[80] ^= 1;
    String refused = "coh-rtc image: a.img: keys is no provisioning blob, or a damaged one: make it with coh-rtc provision\n";
    assertEquals(refused, run(1, image(), damaged));
    assertEquals(refused, run(1, image(), new byte[10]));
    assertFalse(Files.exists(dir.resolve("with")));
  }

  @Test
  void anImageThatIsNoneOrTakesNoKeysIsRefused() throws Exception {
    Path none = Files.write(dir.resolve("none.img"), new byte[4096]);
    assertEquals("coh-rtc image: none.img: no arm64 image header: not a Cohesix image\n", run(1, none, keys(manifest)));
    PayloadTable t = bare.table();
    PayloadTable nowhere =
        new PayloadTable(
            t.board(), t.el2(), t.ramStart(), t.ramEnd(), t.kernelEntry(), t.userEntry(), 0, t.cores(), t.physicalBits(),
            manifest, t.stamp(), t.boot(), t.blobs());
    Path older = Files.write(dir.resolve("older.img"), FlatImage.replace(bare.image().array(), nowhere));
    assertEquals(
        "coh-rtc image: older.img: takes no keys: its rootserver was built without provisioning, or the image by an older coh-rtc\n",
        run(1, older, keys(manifest)));
  }

  @Test
  void anImageThatAttestsTakesWhatIsSealedToIt() throws Exception {
    PayloadTable t = bare.table();
    PayloadTable.Boot dice =
        new PayloadTable.Boot(Measurements.DICE, t.boot().evidenceVirt(), t.boot().selfStart(), t.boot().selfEnd());
    PayloadTable attests =
        new PayloadTable(
            t.board(), t.el2(), t.ramStart(), t.ramEnd(), t.kernelEntry(), t.userEntry(), t.provisionVirt(), t.cores(),
            t.physicalBits(), manifest, t.stamp(), dice, t.blobs());
    byte[] bytes = FlatImage.replace(bare.image().array(), attests);
    Path image = Files.write(dir.resolve("a.img"), bytes);
    String measurement = Measurements.of(bytes).measurement();
    byte[] key = new byte[32];
    byte[] sealed = SealedBlob.of(SealedBlob.DICE, key, HexFormat.of().parseHex(measurement), key, key, keys(manifest));
    run(0, image, sealed);
    assertEquals(measurement, Measurements.of(Files.readAllBytes(dir.resolve("with"))).measurement(), "keys are not measured");
    assertEquals(
        "coh-rtc image: a.img: keys is not sealed, and the image attests: make it with coh-rtc provision --seal\n",
        run(1, image, keys(manifest)));
    byte[] other = SealedBlob.of(SealedBlob.DICE, key, new byte[32], key, key, keys(manifest));
    assertEquals(
        "coh-rtc image: a.img: keys is sealed to measurement " + "00".repeat(32) + ", the image has " + measurement
            + ": seal the keys to its measurements.json\n",
        run(1, image, other));
  }
}
