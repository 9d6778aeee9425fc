// Updates on a real hive: they arrive, go on wherever they were cut, build on each other, go back by permission only, and what
// is wrong is refused with a reason.
package io.cohesix.castool.upload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.castool.bundle.Bundle;
import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.bundle.Epoch;
import io.cohesix.castool.bundle.Manifest;
import io.cohesix.castool.bundle.Packer;
import io.cohesix.castool.bundle.Sha256;
import io.cohesix.castool.bundle.SigningKey;
import io.cohesix.core.Role;
import io.cohesix.core.policy.ClientPolicy;
import io.cohesix.core.ticket.Ticket;
import io.cohesix.core.ticket.Tickets;
import io.cohesix.core.transport.TcpTransport;
import io.cohesix.secure9p.Client;
import io.cohesix.secure9p.Errno;
import io.cohesix.secure9p.Login;
import io.cohesix.secure9p.NinePException;
import io.cohesix.secure9p.Session;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("it")
final class HiveUploadTest {
  private static final Path FIXTURES = Path.of("..", "..", "resources", "fixtures", "cas");

  @TempDir Path dir;

  private static SigningKey key() throws BundleException {
    return SigningKey.read(FIXTURES.resolveSibling("cas_signing_key.hex"));
  }

  private static Bundle fixture(String name) throws BundleException {
    return Bundle.open(FIXTURES.resolve(name));
  }

  /** A bundle of random bytes. */
  private Bundle packed(String epoch, int payloadBytes, int chunkBytes, @Nullable Bundle base, @Nullable SigningKey key) throws Exception {
    byte[] payload = new byte[payloadBytes];
    new Random(payloadBytes + epoch.hashCode()).nextBytes(payload);
    Path file = Files.write(dir.resolve("payload-" + epoch), payload);
    return new Packer(new Epoch(epoch), chunkBytes, base, key, true).pack(file, dir.resolve("bundle-" + epoch)).bundle();
  }

  private static Uploader.Result upload(Hives hives, Bundle bundle) throws UploadException, BundleException {
    try (hives;
        Progress progress = new Progress(new PrintWriter(new StringWriter()), false)) {
      return new Uploader(hives, bundle, progress).upload();
    }
  }

  private static String refused(HiveFixture hive, Bundle bundle) {
    return assertThrows(UploadException.class, () -> upload(hive.hives(), bundle)).getMessage();
  }

  private static void assertThere(HiveFixture hive, Bundle bundle) throws Exception {
    String folder = "/updates/" + bundle.manifest().epoch();
    try (Client client = hive.client();
        Session queen = client.attach(Login.token("queen", "changeme", null))) {
      assertArrayEquals(bundle.manifestBytes(), queen.readAll(folder + "/manifest.cbor"));
      for (int i = 0; i < bundle.manifest().chunks().size(); i++) {
        assertArrayEquals(bundle.chunk(i), queen.readAll(folder + "/chunks/" + bundle.manifest().chunks().get(i)), "chunk " + i);
      }
      assertTrue(new String(queen.readAll(folder + "/status"), StandardCharsets.UTF_8).contains(" state=ready "));
    }
  }

  @Test
  void anUpdateAndADeltaOnItArriveAndOnlyWhatIsMissingIsSent() throws Exception {
    try (HiveFixture hive = HiveFixture.start()) {
      Uploader.Result first = upload(hive.hives(), fixture("bundle-1"));
      assertEquals(8, first.sentChunks());
      assertEquals(406 + 8 * 128, first.sentBytes());
      assertThere(hive, fixture("bundle-1"));
      Uploader.Result delta = upload(hive.hives(), fixture("bundle-2"));
      // Of its two different chunks the base has one.
      assertEquals(1, delta.sentChunks());
      assertThere(hive, fixture("bundle-2"));
      assertEquals(0, upload(hive.hives(), fixture("bundle-1")).sentBytes());
      assertEquals(0, upload(hive.hives(), fixture("bundle-2")).sentBytes());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aClientThatIsKilledAtAnyWriteGoesOnInItsNextLife(boolean passOn) throws Exception {
    Bundle bundle = fixture("bundle-1");
    // The token, the manifest, eight chunks.
    for (int write = 2; write <= 10; write++) {
      try (HiveFixture hive = HiveFixture.start();
          CutProxy proxy = new CutProxy(hive.endpoint)) {
        proxy.cutAt(write, passOn);
        UploadException killed =
            assertThrows(UploadException.class, () -> upload(hive.hives(proxy.endpoint(), StorePeer.quick(0)), bundle));
        assertTrue(killed.isUnreachable(), killed.getMessage());
        upload(hive.hives(), bundle);
        assertThere(hive, bundle);
      }
    }
  }

  @Test
  void aClientThatIsKilledAtEveryChunkGetsThereInTheEnd() throws Exception {
    Bundle bundle = packed("5", 40 * 128, 128, null, key());
    try (HiveFixture hive = HiveFixture.start();
        CutProxy proxy = new CutProxy(hive.endpoint)) {
      int lives = 1;
      for (boolean done = false; !done; lives++) {
        // Each life gets two writes through: its token and one of the update.
        proxy.cutAt(3, false);
        try {
          upload(hive.hives(proxy.endpoint(), StorePeer.quick(0)), bundle);
          done = true;
        } catch (UploadException e) {
          assertTrue(e.isUnreachable(), e.getMessage());
        }
      }
      assertTrue(lives > 30, "lives " + lives);
      assertThere(hive, bundle);
    }
  }

  @Test
  void aManifestOfSeveralWritesGoesOnAfterACutAndAConnectionIsMadeAnew() throws Exception {
    Bundle bundle = packed("5", 400 * 128, 128, null, key());
    assertTrue(bundle.manifestBytes().length > 8168);
    try (HiveFixture hive = HiveFixture.start();
        CutProxy proxy = new CutProxy(hive.endpoint)) {
      proxy.cutAt(3, false);
      assertEquals(400, upload(hive.hives(proxy.endpoint(), StorePeer.quick(1)), bundle).sentChunks());
      assertThere(hive, bundle);
    }
  }

  @Test
  void aManifestWithAnyByteChangedIsRefused() throws Exception {
    byte[] right = fixture("bundle-1").manifestBytes();
    try (HiveFixture hive = HiveFixture.start();
        Client client = hive.client();
        Session queen = client.attach(Login.token("queen", "changeme", null))) {
      for (int i = 0; i < right.length; i++) {
        for (int mask : new int[] {0x01, 0x80, 0xff}) {
          byte[] wrong = right.clone();
          wrong[i] ^= (byte) mask;
          String at = "byte " + i + " mask " + mask;
          try {
            queen.write("/updates/1/manifest.cbor", 0, wrong);
            // A length that grew: the hive waits for more, and refuses whatever comes.
            byte[] more = new byte[80];
            NinePException e = assertThrows(NinePException.class, () -> queen.write("/updates/1/manifest.cbor", right.length, more), at);
            assertEquals(Errno.EINVAL, e.errno(), at);
          } catch (NinePException e) {
            assertEquals(Errno.EINVAL, e.errno(), at);
          }
          assertEquals(0, queen.stat("/updates/1/manifest.cbor").size(), at);
        }
      }
      upload(hive.hives(), fixture("bundle-1"));
      assertThere(hive, fixture("bundle-1"));
    }
  }

  @Test
  void theWayBackNeedsASignedPermissionThatNamesTheNewest() throws Exception {
    try (HiveFixture hive = HiveFixture.start()) {
      upload(hive.hives(), fixture("bundle-1"));
      assertRefused(hive, packed("0", 300, 128, null, key()), "write /updates/0/manifest.cbor: EPERM (1): not permitted (downgrade: ");
      upload(hive.hives(), fixture("bundle-0-back"));
      assertThere(hive, fixture("bundle-0-back"));
    }
  }

  @Test
  void whatIsWrongIsRefusedWithItsReason() throws Exception {
    SigningKey other = SigningKey.read(Files.writeString(dir.resolve("other.hex"), "11".repeat(32)));
    try (HiveFixture hive = HiveFixture.start()) {
      String invalid = "write /updates/7/manifest.cbor: EINVAL (22): invalid ";
      assertRefused(hive, packed("7", 100, 128, null, null), invalid + "(unsigned: ");
      assertRefused(hive, packed("7", 100, 128, null, other), invalid + "(bad-signature: ");
      assertRefused(hive, packed("7", 100, 64, null, key()), invalid + "(chunk-bytes: ");
      assertRefused(hive, packed("7", 100, 128, fixture("bundle-1"), key()), invalid + "(base-not-ready: ");
      upload(hive.hives(), packed("1", 100, 128, null, key()));
      assertRefused(hive, packed("7", 100, 128, fixture("bundle-1"), key()), invalid + "(base-mismatch: ");
    }
  }

  /** The error and the word of the hive's log; the sentence behind it is the hive's own. */
  private static void assertRefused(HiveFixture hive, Bundle bundle, String why) {
    String said = refused(hive, bundle);
    assertTrue(
        said.startsWith("the hive refused: " + why) && said.endsWith("); the manifest of epoch " + bundle.manifest().epoch() + " was not stored"),
        said);
  }

  @Test
  void aPayloadThatIsNotTheManifestsIsQuarantinedAndTheEpochBeginsAnew() throws Exception {
    Bundle right = packed("7", 300, 128, null, key());
    Manifest m = right.manifest();
    Manifest wrong =
        new Manifest(m.epoch(), m.chunkBytes(), m.payloadBytes(), Sha256.of(new byte[0]), m.chunks(), null, null).signedBy(key());
    try (HiveFixture hive = HiveFixture.start()) {
      Path file = right.folder().resolve("manifest.cbor");
      Files.write(file, wrong.encode());
      String said = refused(hive, Bundle.open(right.folder()));
      assertTrue(said.startsWith("the hive refused: write /updates/7/chunks/"), said);
      assertTrue(said.contains(": EINVAL (22): invalid (payload-mismatch: "), said);
      assertTrue(
          said.endsWith(" of epoch 7 was not stored; the hive quarantined the epoch and dropped its chunks: pack it again and upload it"), said);
      Files.write(file, m.encode());
      Uploader.Result result = upload(hive.hives(), Bundle.open(right.folder()));
      assertEquals(3, result.sentChunks());
      assertEquals(1, result.status().quarantined());
      assertThere(hive, right);
    }
  }

  @Test
  void aChunkThatSomebodyBeganWronglyIsPutRight() throws Exception {
    Bundle bundle = fixture("bundle-1");
    try (HiveFixture hive = HiveFixture.start();
        Client client = hive.client();
        Session queen = client.attach(Login.token("queen", "changeme", null))) {
      queen.write("/updates/1/manifest.cbor", 0, bundle.manifestBytes());
      queen.write("/updates/1/chunks/" + bundle.manifest().chunks().get(2), 0, new byte[50]);
      queen.write("/updates/1/chunks/" + bundle.manifest().chunks().get(5), 0, Arrays.copyOf(bundle.chunk(5), 127));
      Uploader.Result result = upload(hive.hives(), bundle);
      assertEquals(1, result.status().quarantined());
      assertEquals(8 * 128 - 127, result.sentBytes());
      assertThere(hive, bundle);
    }
  }

  @Test
  void aManifestThatNobodyEndsKeepsOthersOutUntilItIsDiscarded() throws Exception {
    try (HiveFixture hive = HiveFixture.start()) {
      try (Client client = hive.client();
          Session queen = client.attach(Login.token("queen", "changeme", null))) {
        queen.write("/updates/9/manifest.cbor", 0, Arrays.copyOf(fixture("bundle-1").manifestBytes(), 100));
      }
      Hives patient = hive.hives(hive.endpoint, StorePeer.quick(1));
      assertEquals(
          "write /updates/1/manifest.cbor: EBUSY (16): busy; the hive takes one manifest at a time and keeps few epochs:"
              + " see cas-tool status, and cas-tool discard for an upload that nobody ends",
          assertThrows(UploadException.class, () -> upload(patient, fixture("bundle-1"))).getMessage());
      Progress silent = new Progress(new PrintWriter(new StringWriter()), false);
      try (Hives hives = hive.hives()) {
        assertEquals(100, Uploader.discard(hives, "9", silent));
      }
      upload(hive.hives(), fixture("bundle-1"));
    }
  }

  @Test
  void fourEpochsAreKeptAndTheOldestGoes() throws Exception {
    try (HiveFixture hive = HiveFixture.start()) {
      for (int epoch = 1; epoch <= 6; epoch++) {
        upload(hive.hives(), packed(String.valueOf(epoch), 200 + epoch, 128, null, key()));
      }
      try (Hives hives = hive.hives()) {
        List<String> kept = hives.run(new Progress(new PrintWriter(new StringWriter()), false), Uploader::statuses);
        assertEquals(
            List.of("epoch=3", "epoch=4", "epoch=5", "epoch=6"), kept.stream().map(each -> each.substring(0, each.indexOf(' '))).toList());
      }
    }
  }

  @Test
  void updatesAreTheQueensAlone() throws Exception {
    Ticket ticket = new Ticket(Role.WORKER_HEARTBEAT, null, null, null, "worker-1", 0, Ticket.Mount.NONE, List.of(), null);
    String text = Tickets.mint(ticket, "worker".getBytes(StandardCharsets.UTF_8), Tickets.Limits.defaults());
    try (HiveFixture hive = HiveFixture.start()) {
      Hives worker = new Hives(new TcpTransport(hive.endpoint), new Hives.Identity("worker-heartbeat", "changeme", text), ClientPolicy.defaults());
      assertEquals(
          "this role may not see /updates: updates are the queen's",
          assertThrows(UploadException.class, () -> upload(worker, fixture("bundle-1"))).getMessage());
      Hives stranger = new Hives(new TcpTransport(hive.endpoint), new Hives.Identity("queen", "wrong", null), ClientPolicy.defaults());
      assertEquals(
          hive.endpoint + " lets nobody in as queen with this token and ticket: check --role, --auth-token-file and --ticket-file;"
              + " repeated failures are slowed down",
          assertThrows(UploadException.class, () -> upload(stranger, fixture("bundle-1"))).getMessage());
    }
  }
}
