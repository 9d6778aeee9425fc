// The deployed family's manifest compiles unchanged, to the values that the contract names.
package io.cohesix.rtc.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.rtc.Project;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FamilyManifestTest {
  @TempDir Path folder = Path.of("");

  @Test
  void theFamilysManifestHasNoFindings() throws Exception {
    assertEquals(List.of(), new Project(folder, "family.toml").validate().findings());
  }

  @Test
  void scalarsFollowTheNamingRule() throws Exception {
    String header = new Project(folder, "family.toml").artefact("manifest.h");
    for (String line : List.of(
        "#define COH_ROOT_TASK_SCHEMA \"1.5\"", "#define COH_PROFILE_NAME \"virt-aarch64\"", "#define COH_PROFILE_RELEASE 0",
        "#define COH_CONSOLE_PORT 31337u", "#define COH_SECURE9P_MSIZE 8192u", "#define COH_SHARDING_LEGACY_WORKER_ALIAS 1",
        "#define COH_TELEMETRY_FRAME_SCHEMA_IS_LEGACY_PLAINTEXT 1",
        "#define COH_TELEMETRY_FRAME_SCHEMA_IS_TELEMETRY_FRAME_V1 0", "#define COH_LIFECYCLE_INITIAL_STATE_INDEX 0u",
        "#define COH_OBSERVABILITY_PROC_9P_SESSION_OWNER 1", "#define COH_TICKET_LIMITS_CURSOR_ADVANCES 256u",
        "#define COH_PREAUTH_MAX 8u", "#define COH_CONNS 49u /* COH_STREAM_PORTS + serial */", "#define COH_KEYS_EMBEDDED 1",
        "#define COH_HW_NET_ADDRESS_U32 0x0a00020fu /* host order; 0 = none */", "#define COH_TICKET_KEYS_COUNT 5u",
        "#define COH_TESTS_COUNT 2u")) {
      assertTrue(header.contains(line + "\n"), line);
    }
  }

  @Test
  void ticketKeysAndTokenDigestAreDerived() throws Exception {
    String source = new Project(folder, "family.toml").artefact("manifest.c");
    // BLAKE3("bootstrap") and BLAKE3("changeme")
    assertTrue(source.contains("0xde, 0x01, 0x62, 0xbd, 0x1d, 0xab, 0xcd, 0x7c"), source);
    assertTrue(source.contains("0x70, 0xb2, 0x67, 0xc7, 0x48, 0x19, 0x4e, 0x74"), source);
  }

  @Test
  void theBaselineScriptAsksForTheManifestsHash() throws Exception {
    Project project = new Project(folder, "family.toml");
    String script = project.artefact("boot_v0.coh");
    assertTrue(script.contains("EXPECT SUBSTR manifest.sha256=" + project.input().sha256().substring(0, 8)), script);
    assertTrue(script.endsWith("quit\nEXPECT OK\nEXPECT SUBSTR OK QUIT\n"), script);
    assertTrue(script.lines().count() <= 256);
    assertTrue(script.contains("state=ONLINE"), script);
  }
}
