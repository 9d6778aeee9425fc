// What the client does when a hive has part of an update already, and when connections end: it goes on, and sends nothing twice.
package io.cohesix.castool.upload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.castool.bundle.Bundle;
import io.cohesix.castool.bundle.Epoch;
import io.cohesix.castool.bundle.Packer;
import io.cohesix.castool.upload.StorePeer.Fault;
import io.cohesix.core.transport.Endpoint;
import io.cohesix.core.transport.TcpTransport;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class UploaderTest {
  private static final Path FIXTURES = Path.of("..", "..", "resources", "fixtures", "cas");

  @TempDir Path dir;
  private StorePeer peer;
  private final StringWriter said = new StringWriter();

  @BeforeEach
  void start() throws Exception {
    peer = new StorePeer();
  }

  @AfterEach
  void end() {
    peer.close();
  }

  private Uploader.Result upload(Bundle bundle, int attempts) throws Exception {
    try (Hives hives = hives(attempts);
        Progress progress = new Progress(new PrintWriter(said, true), false)) {
      return new Uploader(hives, bundle, progress).upload();
    }
  }

  private Hives hives(int attempts) {
    return new Hives(
        new TcpTransport(new Endpoint("127.0.0.1", peer.port())),
        new Hives.Identity("queen", "changeme", null),
        StorePeer.quick(attempts));
  }

  private String refused(Bundle bundle) {
    UploadException e = assertThrows(UploadException.class, () -> upload(bundle, 3));
    assertFalse(e.isUnreachable(), e.getMessage());
    return e.getMessage();
  }

  private static Bundle bundle() throws Exception {
    return Bundle.open(FIXTURES.resolve("bundle-1"));
  }

  /** A bundle of another shape. */
  private Bundle packed(int payloadBytes, int chunkBytes) throws Exception {
    byte[] payload = new byte[payloadBytes];
    new Random(7).nextBytes(payload);
    Path file = Files.write(dir.resolve("payload"), payload);
    return new Packer(new Epoch("9"), chunkBytes, null, null, true).pack(file, dir.resolve("bundle")).bundle();
  }

  private void assertThere(Bundle bundle) throws Exception {
    String folder = "/updates/" + bundle.manifest().epoch();
    assertArrayEquals(bundle.manifestBytes(), peer.files.get(folder + "/manifest.cbor"));
    for (int i = 0; i < bundle.manifest().chunks().size(); i++) {
      assertArrayEquals(bundle.chunk(i), peer.files.get(folder + "/chunks/" + bundle.manifest().chunks().get(i)), "chunk " + i);
    }
  }

  @Test
  void anUpdateArrivesToTheByteAndASecondUploadSendsNothing() throws Exception {
    Uploader.Result first = upload(bundle(), 3);
    assertThere(bundle());
    assertEquals(EpochStatus.State.READY, first.status().state());
    assertEquals(406 + 8 * 128, first.sentBytes());
    assertEquals(8, first.sentChunks());
    assertTrue(said.toString().matches("cas-tool: 1430 of 1430 bytes, 100 %, [0-9]+ k?B/s\n"), said.toString());
    int writes = peer.writes;
    Uploader.Result second = upload(bundle(), 3);
    assertEquals(0, second.sentBytes());
    assertEquals(writes, peer.writes);
  }

  @ParameterizedTest
  @EnumSource(value = Fault.class, names = {"CUT_BEFORE", "CUT_AFTER"})
  void aConnectionThatEndsAtAnyWriteIsTakenUpAgainAndNoByteIsSentTwice(Fault fault) throws Exception {
    for (int write = 1; write <= 9; write++) {
      try (StorePeer fresh = new StorePeer()) {
        peer.close();
        peer = fresh;
        peer.fault(write, fault);
        upload(bundle(), 1);
        assertThere(bundle());
        assertEquals(406 + 8 * 128, peer.appended, "appended after a cut at write " + write);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = Fault.class, names = {"CUT_BEFORE", "CUT_AFTER"})
  void aProgramThatDiesAtEveryWriteGetsThereInTheEnd(Fault fault) throws Exception {
    int lives = 0;
    for (boolean done = false; !done; lives++) {
      // The first write of a life goes through, else the next would end at the same place for ever.
      peer.fault(fault == Fault.CUT_AFTER ? 1 : 2, fault);
      try {
        upload(bundle(), 0);
        done = true;
      } catch (UploadException e) {
        assertTrue(e.isUnreachable());
        assertTrue(e.getMessage().endsWith("what the hive has is kept there: run the same command again to go on"), e.getMessage());
      }
    }
    // Several writes are on their way when a life ends: each life gets one or more through.
    assertTrue(lives >= 2, "lives " + lives);
    assertThere(bundle());
    assertEquals(406 + 8 * 128, peer.appended);
  }

  @Test
  void aManifestThatIsPartlyThereGetsItsRest() throws Exception {
    byte[] manifest = bundle().manifestBytes();
    for (int there : new int[] {1, 30, 200, manifest.length - 1}) {
      try (StorePeer fresh = new StorePeer()) {
        peer.close();
        peer = fresh;
        peer.put("/updates/1/manifest.cbor", Arrays.copyOf(manifest, there));
        assertEquals(406 - there + 8 * 128, upload(bundle(), 0).sentBytes());
        assertThere(bundle());
      }
    }
  }

  @Test
  void theBeginningOfAnotherManifestIsLeftAlone() throws Exception {
    byte[] other = Arrays.copyOf(bundle().manifestBytes(), 100);
    other[60]++;
    peer.put("/updates/1/manifest.cbor", other);
    assertEquals(
        "the hive holds the beginning of another manifest for epoch 1: 100 bytes, which differ from this one at byte 60;"
            + " let that upload end first, or drop it with cas-tool discard 1",
        refused(bundle()));
    assertEquals(0, peer.writes);
  }

  @Test
  void aStagedManifestIsDiscardedOnRequestAndAWholeOneIsNot() throws Exception {
    for (int there : new int[] {1, 3, 28, 31, 40, 100, 340, 405}) {
      peer.put("/updates/1/manifest.cbor", Arrays.copyOf(bundle().manifestBytes(), there));
      assertEquals(there, discard("1"));
      assertFalse(peer.files.containsKey("/updates/1/manifest.cbor"));
    }
    upload(bundle(), 0);
    assertEquals(
        "nothing to discard: the manifest of epoch 1 is complete, and a complete one is read-only",
        assertThrows(UploadException.class, () -> discard("1")).getMessage());
    assertEquals(
        "nothing to discard: the hive has no part of epoch 5",
        assertThrows(UploadException.class, () -> discard("5")).getMessage());
  }

  private int discard(String epoch) throws Exception {
    try (Hives hives = hives(0)) {
      return Uploader.discard(hives, epoch, new Progress(new PrintWriter(said, true), false));
    }
  }

  @Test
  void aChunkThatIsPartlyThereGetsItsRest() throws Exception {
    peer.put("/updates/1/chunks/" + bundle().manifest().chunks().get(3), Arrays.copyOf(bundle().chunk(3), 50));
    assertEquals(406 + 8 * 128 - 50, upload(bundle(), 0).sentBytes());
    assertThere(bundle());
  }

  @Test
  void aChunkThatBeginsWronglyIsDroppedByTheHiveAndSentWholeOnce() throws Exception {
    peer.put("/updates/1/chunks/" + bundle().manifest().chunks().get(3), new byte[50]);
    assertEquals(1, upload(bundle(), 0).status().quarantined());
    assertThere(bundle());
  }

  @Test
  void missingRangesBeyondThoseThatTheHiveShowsAreAskedForAgain() throws Exception {
    Bundle many = packed(16 * 150, 16);
    // Every other chunk is there: 75 ranges, of which a status shows 32.
    for (int i = 0; i < 150; i += 2) {
      peer.put("/updates/9/chunks/" + many.manifest().chunks().get(i), many.chunk(i));
    }
    assertEquals(75, upload(many, 0).sentChunks());
    assertThere(many);
  }

  @Test
  void aDigestThatOccursTwiceIsSentOnce() throws Exception {
    Bundle delta = Bundle.open(FIXTURES.resolve("bundle-2"));
    Uploader.Result result = upload(delta, 0);
    assertEquals(2, result.sentChunks());
    assertEquals(3, result.status().chunks());
    assertEquals(272 + 2 * 128, result.sentBytes());
  }

  @Test
  void longChunksAndLongManifestsGoInSeveralWritesEachWithItsOffset() throws Exception {
    Bundle large = packed(3 * 20_000, 20_000);
    upload(large, 0);
    assertThere(large);
    assertEquals(1 + 3 * 3, peer.writes);
    Bundle wide = packed(16 * 700, 16);
    try (StorePeer fresh = new StorePeer()) {
      peer.close();
      peer = fresh;
      peer.fault(2, Fault.CUT_AFTER);
      upload(wide, 1);
      assertThere(wide);
      assertEquals(wide.manifestBytes().length + 16 * 700, peer.appended);
    }
  }

  @Test
  void aCompleteManifestThatIsAnotherIsRefusedBeforeAnythingIsSent() throws Exception {
    upload(packed(100, 16), 0);
    int writes = peer.writes;
    Bundle other = packed(99, 16);
    assertEquals(
        "the hive has another manifest for epoch 9 (305 bytes, this one has 305), and a complete one is read-only:"
            + " pack the update under a higher --epoch",
        refused(other));
    assertEquals(writes, peer.writes);
  }

  @Test
  void aRefusalSaysWhatTheHivesLogSays() throws Exception {
    peer.refuseManifests = "signature error=not signed by this hive's key";
    assertEquals(
        "the hive refused: write /updates/1/manifest.cbor: EINVAL (22): invalid (signature: not signed by this hive's key);"
            + " the manifest of epoch 1 was not stored",
        refused(bundle()));
    assertEquals(1, peer.writes);
  }

  @Test
  void aBusyHiveIsAskedAgainAFewTimesOnly() throws Exception {
    peer.fault(1, Fault.BUSY);
    peer.fault(2, Fault.BUSY);
    upload(bundle(), 2);
    assertThere(bundle());
    assertEquals(
        2, said.toString().lines().filter(line -> line.contains("in 1 ms after write /updates/1/manifest.cbor: EBUSY (16): busy")).count());
    try (StorePeer fresh = new StorePeer()) {
      peer.close();
      peer = fresh;
      for (int i = 1; i < 10; i++) {
        peer.fault(i, Fault.BUSY);
      }
      assertEquals(
          "write /updates/1/manifest.cbor: EBUSY (16): busy; the hive takes one manifest at a time and keeps few epochs:"
              + " see cas-tool status, and cas-tool discard for an upload that nobody ends",
          refused(bundle()));
      assertEquals(4, peer.writes);
    }
  }

  @Test
  void aHiveWithoutUpdatesIsNamedAsSuch() throws Exception {
    peer.updates = false;
    assertEquals("the hive has no /updates: its manifest needs cas.enable = true", refused(bundle()));
  }

  @Test
  void aPortWithoutAHiveIsUnreachableAtOnce() throws Exception {
    int port = peer.port();
    peer.close();
    UploadException e = assertThrows(UploadException.class, () -> upload(bundle(), 3));
    assertTrue(e.isUnreachable());
    assertEquals(
        "nothing listens on 127.0.0.1:" + port
            + ": start one with scripts/cohesix-build-run.sh, or name another with --host and --port",
        e.getMessage());
    assertEquals("", said.toString());
  }
}
