// A model goes up in pieces, goes on where it was cut, and is never written over.
package io.cohesix.castool.upload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.castool.bundle.Model;
import io.cohesix.castool.bundle.SigningKey;
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

final class ModelUploaderTest {
  private static final int WEIGHTS = 50_000;

  @TempDir Path dir;
  private StorePeer peer;
  private Model model;
  private final StringWriter said = new StringWriter();

  @BeforeEach
  void start() throws Exception {
    peer = new StorePeer();
    byte[] weights = new byte[WEIGHTS];
    new Random(3).nextBytes(weights);
    Path heavy = Files.write(dir.resolve("w"), weights);
    model = Model.pack(heavy, Files.writeString(dir.resolve("s"), "{}\n"), key(), dir.resolve("model"), false);
  }

  private static SigningKey key() throws Exception {
    return SigningKey.read(Path.of("..", "..", "resources", "fixtures", "cas_signing_key.hex"));
  }

  @AfterEach
  void end() {
    peer.close();
  }

  private long upload(int attempts) throws Exception {
    try (Hives hives =
            new Hives(
                new TcpTransport(new Endpoint("127.0.0.1", peer.port())),
                new Hives.Identity("queen", "changeme", null),
                StorePeer.quick(attempts));
        Progress progress = new Progress(new PrintWriter(said, true), false)) {
      return new ModelUploader(hives, model, progress).upload();
    }
  }

  private String node(String name) {
    return "/models/" + model.id() + "/" + name;
  }

  private void assertThere() throws Exception {
    for (String name : new String[] {"weights", "schema", "signature"}) {
      assertArrayEquals(Files.readAllBytes(dir.resolve("model").resolve(name)), peer.files.get(node(name)), name);
    }
  }

  @Test
  void aModelArrivesToTheByteAndASecondUploadSendsNothing() throws Exception {
    assertEquals(WEIGHTS + 3 + 64, upload(0));
    assertThere();
    assertEquals(7 + 1 + 1, peer.writes);
    assertEquals(0, upload(0));
    assertEquals(9, peer.writes);
  }

  @ParameterizedTest
  @EnumSource(value = Fault.class, names = {"CUT_BEFORE", "CUT_AFTER"})
  void aConnectionThatEndsAtAnyWriteIsTakenUpAgainAndNoByteIsSentTwice(Fault fault) throws Exception {
    for (int write = 1; write <= 9; write++) {
      try (StorePeer fresh = new StorePeer()) {
        peer.close();
        peer = fresh;
        peer.fault(write, fault);
        upload(1);
        assertThere();
        assertEquals(WEIGHTS + 3 + 64, peer.appended, "appended after a cut at write " + write);
      }
    }
  }

  @Test
  void aPartOfTheModelGetsItsRest() throws Exception {
    peer.put(node("weights"), Arrays.copyOf(Files.readAllBytes(dir.resolve("w")), 30_001));
    peer.put(node("signature"), Arrays.copyOf(model.signature().bytes(), 10));
    assertEquals(19_999 + 3 + 54, upload(0));
    assertThere();
  }

  @Test
  void whatIsNoPartOfTheModelIsDroppedByTheHiveAndAllOfItIsSent() throws Exception {
    peer.put(node("weights"), new byte[30_001]);
    upload(0);
    assertThere();
    assertTrue(
        said.toString().contains("note: what the hive had of model " + model.id() + " was something else and was dropped; all of it is sent now"),
        said.toString());
  }

  @Test
  void aNameThatAnotherUploadUsesIsLeftAlone() throws Exception {
    peer.put(node("schema"), new byte[4]);
    assertEquals(
        "the hive holds 0 bytes of weights and 4 of schema for model " + model.id()
            + ", this model has 50000 and 3: that is another upload under the same name; let it end first",
        assertThrows(UploadException.class, () -> upload(3)).getMessage());
    assertEquals(0, peer.writes);
  }

  @Test
  void aCommittedModelWithAnotherSchemaStaysAsItIs() throws Exception {
    upload(0);
    model = Model.pack(dir.resolve("w"), Files.writeString(dir.resolve("s"), "[]\n"), key(), dir.resolve("model"), true);
    assertEquals(
        "the hive has model " + model.id()
            + " with another schema or signature, and a committed one is read-only: these weights stay as they are there",
        assertThrows(UploadException.class, () -> upload(3)).getMessage());
  }

  @Test
  void aHiveWithoutModelsIsNamedAsSuch() throws Exception {
    peer.models = false;
    assertEquals(
        "the hive has no /models: its manifest needs ecosystem.models.enable = true",
        assertThrows(UploadException.class, () -> upload(3)).getMessage());
  }
}
