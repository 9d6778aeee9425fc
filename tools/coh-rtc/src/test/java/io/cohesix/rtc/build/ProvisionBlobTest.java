// The provisioning blob's bytes, and key derivation against the published ticket vectors.
package io.cohesix.rtc.build;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cohesix.rtc.Project;
import io.cohesix.rtc.codegen.Input;
import io.cohesix.rtc.secrets.Blake3;
import io.cohesix.rtc.secrets.SecretStore;
import io.cohesix.rtc.validate.Validation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.bouncycastle.crypto.digests.Blake3Digest;
import org.bouncycastle.crypto.params.Blake3Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProvisionBlobTest {
  @TempDir Path folder = Path.of("");

  @Test
  void theBlobHoldsTheHashTheDigestEachKeyAndItsOwnSum() throws Exception {
    Input in = new Project(folder, "release.toml").input();
    byte[] blob = ProvisionBlob.of(in);
    assertEquals(8 + 32 + 32 + 1 + 2 * 41 + 32, blob.length);
    assertEquals("COHKEYS1", new String(blob, 0, 8, StandardCharsets.US_ASCII));
    assertEquals(in.sha256(), HexFormat.of().formatHex(blob, 8, 40));
    assertArrayEquals(Blake3.hash("a-token-for-tests".getBytes(StandardCharsets.UTF_8)), Arrays.copyOfRange(blob, 40, 72));
    assertEquals(2, blob[72]);
    byte[] queen = Blake3.hash("hidden-queen".getBytes(StandardCharsets.UTF_8));
    assertEquals(0, blob[73]);
    assertArrayEquals(Arrays.copyOf(Blake3.hash(queen), 8), Arrays.copyOfRange(blob, 74, 82));
    assertArrayEquals(queen, Arrays.copyOfRange(blob, 82, 114));
    assertEquals(1, blob[114]);
    int body = blob.length - 32;
    assertArrayEquals(Blake3.sha256(Arrays.copyOf(blob, body)), Arrays.copyOfRange(blob, body, blob.length));
  }

  @Test
  void aSecretThatIsNotAtHandIsNamed() throws Exception {
    Project project = new Project(folder, "release.toml");
    Map<String, String> env = Map.of("COH_TEST_WORKER", "hidden-worker");
    Validation v = Validation.of("m", Workspace.text(project.manifest()), new SecretStore(folder, env));
    assertEquals(List.of(), v.findings());
    Input in = Compiler.input(v, List.of());
    assertEquals("console.auth_token_ref: the token is not at hand; set what it names: env:COH_TEST_TOKEN",
        assertThrows(IllegalArgumentException.class, () -> ProvisionBlob.of(in)).getMessage());
  }

  @Test
  void theHashOfTheManifestIsTheSameWithAndWithoutTheTokenAtHand() throws Exception {
    Project project = new Project(folder, "release.toml");
    Map<String, String> env = Map.of("COH_TEST_WORKER", "hidden-worker");
    Validation without = Validation.of("m", Workspace.text(project.manifest()), new SecretStore(folder, env));
    assertEquals(project.input().sha256(), Compiler.input(without, List.of()).sha256());
  }

  @Test
  void derivedKeysVerifyThePublishedTickets() throws Exception {
    Input in = new Project(folder, "family.toml").input();
    verify(in, 1, "0101080800776f726b65722d31000000000000000000000000",
        "ea7bee86230e67031e6e758fa01c00eaa9c1f0bfff4b41548424a3df0356cff9");
    verify(in, 3, "0103080b006d6f646275732d6d61696e000000000000000000000000",
        "e9f653dd264c440296e25118f72ed5a10cd8b2141288c45139bbcef8316d98c8");
    verify(in, 0, "0100040000000000000000000000000000000000000000",
        "e9b8bc4e26e2f06725347bdd8983fb3efc170658fc6af53cabb746bef58deddb");
  }

  private static void verify(Input in, int role, String payload, String mac) {
    HexFormat hex = HexFormat.of();
    String key = in.credentials().tickets().get(role).key();
    Blake3Digest digest = new Blake3Digest();
    digest.init(Blake3Parameters.key(hex.parseHex(key == null ? "" : key)));
    byte[] bytes = hex.parseHex(payload);
    digest.update(bytes, 0, bytes.length);
    byte[] out = new byte[32];
    digest.doFinal(out, 0);
    assertEquals(mac, hex.formatHex(out));
  }
}
