// Policy files: what coh-rtc writes loads, what anybody changed does not.
package io.cohesix.core.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class PolicyFileTest {
  private static final String MANIFEST = "ab".repeat(32);
  private static final String BODY =
      """

      [client_paths]
      log = "/log/queen.log"
      queen_ctl = "/queen/ctl"
      queen_lifecycle_ctl = "/queen/lifecycle/ctl"

      [client_policies.cohsh.pool]
      control_sessions = 3
      telemetry_sessions = 5

      [client_policies.cohsh.tail]
      poll_ms_default = 1000

      [client_policies.heartbeat]
      interval_ms = 15000

      [client_policies.retry]
      backoff_ms = 200
      ceiling_ms = 2000
      max_attempts = 7
      timeout_ms = 5000

      [client_policies.trace]
      max_bytes = 2048
      """;

  private static String file(String body) throws Exception {
    String hash =
        HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8)));
    return "# manifest_sha256 = " + MANIFEST + "\n\n[meta]\nmanifest_sha256 = \"" + MANIFEST + "\"\npolicy_sha256 = \"" + hash + "\"\n" + body;
  }

  private static String fault(String text) {
    return String.valueOf(
        assertThrows(PolicyFile.PolicyException.class, () -> PolicyFile.parse("p.toml", text)).getMessage());
  }

  @Test
  void anIntactFileLoads() throws Exception {
    ClientPolicy policy = PolicyFile.parse("p.toml", file(BODY));
    assertEquals(7, policy.retry().maxAttempts());
    assertEquals(15000, policy.heartbeatMs());
    assertEquals("/queen/ctl", policy.paths().queenCtl());
    assertEquals(MANIFEST, policy.manifestSha256());
    assertEquals(new ClientPolicy.Pool(3, 5), policy.pool());
    assertEquals(2048, policy.traceMaxBytes());
  }

  @Test
  void oneChangedByteIsRefused() throws Exception {
    String text = file(BODY).replace("max_attempts = 7", "max_attempts = 9");
    assertTrue(fault(text).startsWith("p.toml was changed: policy_sha256 says "), fault(text));
    assertTrue(fault(file(BODY) + "\n").endsWith("make it again with coh-rtc compile"));
  }

  @Test
  void twoDifferentManifestHashesAreRefused() throws Exception {
    String text = file(BODY).replaceFirst("ab", "cd");
    assertEquals(
        "p.toml: manifest_sha256 in the first line and in [meta] must be one hash; make it again with coh-rtc compile",
        fault(text));
  }

  @Test
  void aFileWithoutAHashIsRefused() {
    assertEquals("p.toml has no policy_sha256: it was not made by coh-rtc compile", fault(BODY));
  }

  @Test
  void valuesOutOfRangeAreRefusedByName() throws Exception {
    assertEquals(
        "p.toml: client_policies.retry.max_attempts is 101, it must be a number from 0 to 100",
        fault(file(BODY.replace("max_attempts = 7", "max_attempts = 101"))));
    assertEquals(
        "p.toml: client_policies.heartbeat.interval_ms is null, it must be a number from 1 to 3600000",
        fault(file(BODY.replace("interval_ms", "interval"))));
    assertEquals("p.toml: client_paths.log is missing", fault(file(BODY.replace("log =", "lug ="))));
  }

  @Test
  void aMissingFileIsNamed() {
    String text =
        String.valueOf(
            assertThrows(PolicyFile.PolicyException.class, () -> PolicyFile.load(Path.of("no-such.toml"))).getMessage());
    assertTrue(text.startsWith("can't read the policy no-such.toml"), text);
  }

  @Test
  void backOffDoublesUpToItsCeiling() {
    ClientPolicy.Retry retry = new ClientPolicy.Retry(9, 200, 2000, 5000);
    assertEquals(200, retry.pauseMs(1));
    assertEquals(400, retry.pauseMs(2));
    assertEquals(1600, retry.pauseMs(4));
    assertEquals(2000, retry.pauseMs(5));
    assertEquals(2000, retry.pauseMs(1000));
  }
}
