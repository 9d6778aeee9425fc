// The program as people call it: commands, exit codes, words, what goes to which stream.
package io.cohesix.castool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MainTest {
  private static final Path KEY = FixturesTest.KEY;

  @TempDir Path dir;
  private Path payload;
  private Path bundle;

  @BeforeEach
  void paths() throws Exception {
    payload = Files.writeString(dir.resolve("payload"), "A payload of some bytes, packed by tests");
    bundle = dir.resolve("bundle");
  }

  private Ran pack(Object... more) {
    return Ran.tool(Stream.concat(Stream.of("pack", payload, "--epoch", "7", "--out", bundle, "--chunk-bytes", "16"), Stream.of(more)).toArray());
  }

  private static void assertFailed(String said, Ran ran) {
    assertEquals(new Ran(1, "", "cas-tool: " + said + "\n"), ran);
  }

  private static void assertUsage(String said, Ran ran) {
    assertEquals(new Ran(2, "", "cas-tool: " + said + "\n"), ran);
  }

  private void overwrite(Path file, int at, int value) throws Exception {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] = (byte) value;
    Files.write(file, bytes);
  }

  private Path chunk(int index) throws Exception {
    String name = Ran.tool("show", bundle).out().lines().filter(line -> line.startsWith("chunk " + index)).findFirst().orElseThrow();
    return bundle.resolve("chunks").resolve(name.substring(name.lastIndexOf(' ') + 1));
  }

  @Test
  void packingSaysWhatWasMadeAndWhatItLacks() {
    Ran ran = pack();
    assertEquals(0, ran.code());
    assertEquals(
        "packed epoch=7 payload_bytes=40 payload_sha256=57d397594ed6b397f7d7ed883c7f8fbc5b1d4e956ee2b30ef1f603a04fd52513 chunk_bytes=16"
            + " chunks=3 distinct=3 base_epoch=none base_sha256=none signed=no folder=" + bundle + " unchanged=no\n",
        ran.out());
    assertEquals(
        "cas-tool: note: unsigned; a hive with cas.signing.required refuses it: cas-tool sign " + bundle + " --key FILE\n", ran.err());
  }

  @Test
  void theSamePayloadGivesTheSameBytes() throws Exception {
    pack("--key", KEY);
    var first = FixturesTest.content(bundle);
    bundle = dir.resolve("again");
    pack("--key", KEY);
    assertEquals(first, FixturesTest.content(bundle));
    assertTrue(pack("--key", KEY).out().endsWith(" unchanged=yes\n"));
    assertEquals(first, FixturesTest.content(bundle));
  }

  @Test
  void aDifferentBundleIsReplacedByForceOnlyAndLeavesNoChunksBehind() throws Exception {
    pack("--key", KEY);
    var first = FixturesTest.content(bundle);
    Files.writeString(payload, "Another payload");
    assertFailed(bundle + " holds a different bundle: name another --out, or replace it with --force", pack("--key", KEY));
    assertEquals(first, FixturesTest.content(bundle));
    assertEquals(0, pack("--key", KEY, "--force").code());
    assertEquals(2, FixturesTest.content(bundle).size());
    assertEquals(0, Ran.tool("verify", bundle, "--key", KEY).code());
  }

  @Test
  void payloadsThatCantBePackedSayWhy() throws Exception {
    payload = dir.resolve("none");
    assertFailed("can't read the payload " + payload + ": it does not exist", pack());
    payload = Files.createFile(dir.resolve("empty"));
    assertFailed("the payload " + payload + " is empty: an update has at least one byte", pack());
    payload = Files.write(dir.resolve("large"), new byte[400_000 * 16 + 1]);
    assertFailed(
        "the payload " + payload + " has 6400001 bytes, which makes 400001 chunks of 16, at most 400000 are allowed:"
            + " use longer chunks (--chunk-bytes, the hive's cas.store.chunk_bytes)",
        pack());
    assertFalse(Files.exists(bundle));
  }

  @Test
  void aDeltaBuildsOnABundleThatIsNone() throws Exception {
    pack("--key", KEY);
    Path delta = dir.resolve("delta");
    assertUsage("epoch '08' is not 1 to 20 decimal digits without a leading zero", Ran.tool("pack", payload, "--epoch", "08", "--out", delta));
    assertUsage("chunk bytes are 8, must be 16 to 65536", Ran.tool("pack", payload, "--epoch", "8", "--out", delta, "--chunk-bytes", "8"));
    assertFailed(
        "the base " + bundle + " is epoch 7 itself: give the delta another --epoch",
        Ran.tool("pack", payload, "--epoch", "7", "--out", delta, "--base", bundle));
    assertEquals(0, Ran.tool("pack", payload, "--epoch", "8", "--out", delta, "--base", bundle, "--key", KEY).code());
    assertFailed(
        delta + " can't be a base, since it is a delta itself, on epoch 7: name a bundle without a base",
        Ran.tool("pack", payload, "--epoch", "9", "--out", dir.resolve("third"), "--base", delta));
    Ran verified = Ran.tool("verify", delta, "--key", KEY, "--base", bundle);
    assertTrue(verified.out().endsWith(" payload=checked signature=checked\n"), verified.out() + verified.err());
    Ran half = Ran.tool("verify", delta, "--key", KEY);
    assertTrue(half.out().endsWith(" payload=unchecked signature=checked\n"), half.out());
    assertEquals("cas-tool: note: the payload's hash covers the base too and was not checked: name it with --base\n", half.err());
    assertFailed(bundle + " is no delta, so it has no base: leave --base out", Ran.tool("verify", bundle, "--base", bundle));
  }

  @Test
  void aDeltaOnAnotherBaseIsRefused() throws Exception {
    pack();
    Path delta = dir.resolve("delta");
    Ran.tool("pack", payload, "--epoch", "8", "--out", delta, "--base", bundle);
    Path other = dir.resolve("other");
    Ran.tool("pack", Files.writeString(dir.resolve("p2"), "x"), "--epoch", "7", "--out", other);
    Ran ran = Ran.tool("verify", delta, "--base", other);
    assertEquals(1, ran.code());
    assertTrue(
        ran.err().matches("cas-tool: \\S+/delta builds on epoch 7 with payload [0-9a-f]{64}, but \\S+/other is epoch 7 with payload [0-9a-f]{64}\n"),
        ran.err());
  }

  @Test
  void aBaseThatIsNewerIsNamedAsTheWayBackThatItIs() {
    pack("--key", KEY);
    String note = "cas-tool: note: the base is epoch 7, newer than epoch 6: once signed, this permits a hive to go back\n";
    Path back = dir.resolve("back");
    assertEquals(note, Ran.tool("pack", payload, "--epoch", "6", "--out", back, "--base", bundle, "--key", KEY).err());
    assertEquals(note, Ran.tool("sign", back, "--key", KEY).err());
    assertEquals(note, Ran.tool("show", back).err());
  }

  @Test
  void signingAddsOrReplacesASignatureOfWhatIsRight() throws Exception {
    pack();
    assertFailed(bundle + " is unsigned: cas-tool sign " + bundle + " --key FILE", Ran.tool("verify", bundle, "--key", KEY));
    Path other = Files.writeString(dir.resolve("other.hex"), "11".repeat(32) + "\n");
    Ran.tool("sign", bundle, "--key", other);
    String key = Ran.tool("public-key", "--key", KEY).out().strip();
    assertFailed(
        bundle + ": the signature is not that of " + key + ": the manifest was changed, or another key signed it",
        Ran.tool("verify", bundle, "--public", key));
    Ran signed = Ran.tool("sign", bundle, "--key", KEY);
    assertTrue(signed.out().endsWith(" signed=yes folder=" + bundle + " public_key=" + key + "\n"), signed.out());
    assertEquals(0, Ran.tool("verify", bundle, "--public", key).code());
    Path broken = chunk(0);
    overwrite(broken, 3, 0);
    assertEquals(1, Ran.tool("sign", bundle, "--key", KEY).code());
  }

  @Test
  void whatIsWrongWithABundleIsSaid() throws Exception {
    pack("--key", KEY);
    Path first = chunk(0);
    byte[] right = Files.readAllBytes(first);
    overwrite(first, 3, 'X');
    Ran ran = Ran.tool("verify", bundle, "--key", KEY);
    assertTrue(
        ran.err().matches("cas-tool: chunk 0 \\S+ has SHA-256 [0-9a-f]{64}, not that of its name: pack the update again\n"), ran.err());
    Files.write(first, Arrays.copyOf(right, 15));
    assertFailed("chunk 0 " + first + " has 15 bytes, chunk_bytes is 16: pack the update again", Ran.tool("verify", bundle));
    Files.delete(first);
    assertFailed("can't read chunk 0 " + first + ": it does not exist", Ran.tool("verify", bundle));
    Files.write(first, right);
    Files.writeString(bundle.resolve("chunks/stray"), "?");
    assertEquals("cas-tool: note: chunks/stray belongs to no chunk of the manifest\n", Ran.tool("verify", bundle, "--key", KEY).err());
    overwrite(bundle.resolve("manifest.cbor"), 0, 0x87);
    assertFailed(
        bundle.resolve("manifest.cbor") + ": byte 0: the manifest has 7 items, must be 8; pack the update again", Ran.tool("verify", bundle));
    assertFailed("can't read the manifest " + dir.resolve("no/manifest.cbor") + ": it does not exist", Ran.tool("show", dir.resolve("no")));
  }

  @Test
  void aManifestIsShownForPeopleAndAsJson() throws Exception {
    Ran shown = Ran.tool("show", FixturesTest.FIXTURES.resolve("bundle-2"));
    assertTrue(
        shown.out().startsWith(
            "schema          cohesix-cas/manifest-v1, 272 bytes\nepoch           2\npayload         344 bytes in 3 chunks of 128\n"),
        shown.out());
    assertTrue(shown.out().contains("\nbase            epoch 1, payload 2f47ed76"), shown.out());
    Ran json = Ran.tool("show", FixturesTest.FIXTURES.resolve("bundle-1"), "--json");
    assertTrue(json.out().startsWith("{\"ok\":true,\"epoch\":\"1\",\"payload_bytes\":1000,"), json.out());
    assertTrue(json.out().contains("\"base_epoch\":null,"), json.out());
    assertTrue(json.out().endsWith("\"]}\n"), json.out());
  }

  @Test
  void failuresAreJsonTooWhenAskedFor() {
    assertEquals(
        new Ran(
            1,
            "{\"ok\":false,\"error\":\"can't read the manifest /no/such/manifest.cbor: it does not exist\"}\n",
            "cas-tool: can't read the manifest /no/such/manifest.cbor: it does not exist\n"),
        Ran.tool("verify", "/no/such", "--json"));
  }

  @Test
  void keysAreCheckedAndNeverShown() throws Exception {
    Path key = Files.writeString(dir.resolve("key"), "secret");
    assertFailed(
        "the signing key " + key + " must be a seed of 32 bytes as 64 hexadecimal digits, found 6 characters",
        Ran.tool("public-key", "--key", key));
    Files.writeString(key, "z".repeat(64));
    assertFailed(
        "the signing key " + key + " must be a seed of 32 bytes as 64 hexadecimal digits, found 64 characters",
        Ran.tool("public-key", "--key", key));
    Files.write(key, new byte[300]);
    assertFailed(
        "the signing key " + key + " must be a seed of 32 bytes as 64 hexadecimal digits, found 300 bytes", Ran.tool("public-key", "--key", key));
    Files.delete(key);
    assertFailed("can't read the signing key " + key + ": it does not exist", Ran.tool("public-key", "--key", key));
    pack("--key", KEY);
    assertFailed(
        "a public key is 64 hexadecimal digits, found 3 characters: cas-tool public-key prints it", Ran.tool("verify", bundle, "--public", "abc"));
    assertFailed("ff".repeat(32) + " is no Ed25519 public key: cas-tool public-key prints it", Ran.tool("verify", bundle, "--public", "ff".repeat(32)));
    assertUsage("use only one of --key and --public", Ran.tool("verify", bundle, "--public", "abc", "--key", KEY));
  }

  @Test
  void aModelIsPackedVerifiedAndNotReplacedUnasked() throws Exception {
    Path weights = Files.writeString(dir.resolve("w"), "weights");
    Path schema = Files.writeString(dir.resolve("s"), "{}");
    Path out = dir.resolve("model");
    Object[] pack = {"model", "pack", "--weights", weights, "--schema", schema, "--key", KEY, "--out", out};
    Ran ran = Ran.tool(pack);
    assertTrue(ran.out().startsWith("packed model=9a129038"), ran.out() + ran.err());
    assertEquals(0, Ran.tool(pack).code());
    assertTrue(Ran.tool("model", "verify", out, "--key", KEY).out().endsWith(" signature=checked\n"));
    assertEquals("cas-tool: note: the signature was not checked: name a key with --key or --public\n", Ran.tool("model", "verify", out).err());
    Files.writeString(schema, "[]");
    assertFailed(out + " holds a different model: name another --out, or replace it with --force", Ran.tool(pack));
    overwrite(out.resolve("schema"), 0, '[');
    String key = Ran.tool("public-key", "--key", KEY).out().strip();
    assertFailed(
        out + ": the signature is not that of " + key + ": a file was changed, or another key signed it",
        Ran.tool("model", "verify", out, "--key", KEY));
    Files.write(out.resolve("signature"), new byte[63]);
    assertFailed(
        "the signature " + out.resolve("signature") + " has 63 bytes, must be 64: pack the model again", Ran.tool("model", "verify", out));
    Files.write(out.resolve("weights"), new byte[0]);
    assertFailed(
        "a model needs at least one byte of weights and of schema, " + out.resolve("weights") + " is empty", Ran.tool("model", "verify", out));
  }

  @Test
  void wrongOptionsEndWithTwo() throws Exception {
    assertUsage("name a command; see cas-tool --help", Ran.tool());
    assertUsage("name a command; see cas-tool model --help", Ran.tool("model"));
    assertUsage("Missing required option: '--out=DIR'; see cas-tool pack --help", Ran.tool("pack", payload, "--epoch", "1"));
    assertUsage("Missing required parameter: 'DIR'; see cas-tool verify --help", Ran.tool("verify"));
    pack("--key", KEY);
    assertUsage("the ticket /no/such/file does not exist", Ran.tool("upload", bundle, "--ticket-file", "/no/such/file"));
    assertUsage("the console token /no/such/file does not exist", Ran.tool("status", "--auth-token-file", "/no/such/file"));
    assertUsage("port 0 is outside 1 to 65535", Ran.tool("upload", bundle, "--port", "0"));
    assertUsage("epoch 'x' is not 1 to 20 decimal digits without a leading zero", Ran.tool("status", "x"));
    Ran policy = Ran.tool("status", "--expect-manifest", "abc");
    assertEquals(2, policy.code());
    assertTrue(policy.err().endsWith(", expected abc: give --policy the file that coh-rtc compile made from that manifest\n"), policy.err());
  }

  @Test
  void aBundleThatIsWrongIsNotSentAnywhere() throws Exception {
    pack("--key", KEY);
    overwrite(chunk(1), 0, 0);
    Ran ran = Ran.tool("upload", bundle, "--port", "1");
    assertEquals(1, ran.code());
    assertTrue(ran.err().startsWith("cas-tool: chunk 1 "), ran.err());
  }

  @Test
  void nothingListeningEndsWithThreeAndSaysWhatToDo() throws Exception {
    pack("--key", KEY);
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    assertEquals(
        new Ran(
            3,
            "",
            "cas-tool: nothing listens on 127.0.0.1:" + port
                + ": start one with scripts/cohesix-build-run.sh, or name another with --host and --port\n"),
        Ran.tool("upload", bundle, "--port", port));
  }
}
