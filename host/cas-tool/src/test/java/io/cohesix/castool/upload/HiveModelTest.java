// Models on a real hive whose manifest has them; scripts/ci/cas-models.sh builds one and names it in coh.hive.governed.
package io.cohesix.castool.upload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.bundle.Model;
import io.cohesix.castool.bundle.SigningKey;
import io.cohesix.secure9p.Client;
import io.cohesix.secure9p.Login;
import io.cohesix.secure9p.Session;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

@Tag("it")
@EnabledIfSystemProperty(named = "coh.hive.governed", matches = ".+")
final class HiveModelTest {
  private static final Path MODEL = Path.of("..", "..", "resources", "fixtures", "cas", "model");

  @TempDir Path dir;
  private HiveFixture hive;
  private Model model;

  @BeforeEach
  void start() throws Exception {
    hive = HiveFixture.start(Path.of(System.getProperty("coh.hive.governed")));
    model = Model.open(MODEL);
  }

  @AfterEach
  void end() {
    hive.close();
  }

  private long upload(Hives hives, Model what) throws UploadException, BundleException {
    try (hives;
        Progress progress = new Progress(new PrintWriter(new StringWriter()), false)) {
      return new ModelUploader(hives, what, progress).upload();
    }
  }

  private Session queen(Client client) {
    return client.attach(Login.token("queen", "changeme", null));
  }

  private void assertThere(Model what) throws Exception {
    try (Client client = hive.client();
        Session queen = queen(client)) {
      for (String name : List.of(Model.WEIGHTS, Model.SCHEMA, Model.SIGNATURE)) {
        assertArrayEquals(Files.readAllBytes(what.folder().resolve(name)), queen.readAll("/models/" + what.id() + "/" + name), name);
      }
    }
  }

  @Test
  void aModelArrivesToTheByteAndASecondUploadSendsNothing() throws Exception {
    assertEquals(600 + 53 + 64, upload(hive.hives(), model));
    assertThere(model);
    assertEquals(0, upload(hive.hives(), model));
  }

  @Test
  void aClientThatIsKilledAtAnyWriteGoesOnInItsNextLife() throws Exception {
    for (int write = 2; write <= 4; write++) {
      for (boolean passOn : new boolean[] {false, true}) {
        try (HiveFixture fresh = HiveFixture.start(Path.of(System.getProperty("coh.hive.governed")));
            CutProxy proxy = new CutProxy(fresh.endpoint)) {
          hive.close();
          hive = fresh;
          proxy.cutAt(write, passOn);
          Hives mortal = hive.hives(proxy.endpoint(), StorePeer.quick(0));
          String at = "write " + write + (passOn ? ", passed on" : "");
          assertTrue(assertThrows(UploadException.class, () -> upload(mortal, model), at).isUnreachable(), at);
          upload(hive.hives(), model);
          assertThere(model);
        }
      }
    }
  }

  @Test
  void whatIsNoPartOfTheModelIsDroppedAndAllOfItIsSent() throws Exception {
    try (Client client = hive.client();
        Session queen = queen(client)) {
      queen.write("/models/" + model.id() + "/weights", 0, new byte[100]);
    }
    upload(hive.hives(), model);
    assertThere(model);
  }

  @Test
  void aModelThatAnotherKeySignedIsRefusedAndNoByteOfItStays() throws Exception {
    SigningKey other = SigningKey.read(Files.writeString(dir.resolve("other.hex"), "11".repeat(32)));
    Model wrong = Model.pack(MODEL.resolve("weights"), MODEL.resolve("schema"), other, dir.resolve("wrong"), false);
    String said = assertThrows(UploadException.class, () -> upload(hive.hives(), wrong)).getMessage();
    assertTrue(said.startsWith("the hive refused: write /models/" + model.id() + "/signature: EINVAL (22): invalid (bad-signature: "), said);
    assertTrue(said.endsWith("); model " + model.id() + " was not stored"), said);
    try (Client client = hive.client();
        Session queen = queen(client)) {
      for (String part : List.of("weights", "schema", "signature")) {
        assertEquals(0, queen.read("/models/" + model.id() + "/" + part, 0, 64).length, part);
      }
    }
    upload(hive.hives(), model);
    assertThere(model);
  }
}
