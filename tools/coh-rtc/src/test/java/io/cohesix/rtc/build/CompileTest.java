// What a compile writes, that it finds every stale byte, that no secret leaks, and that the C compiles.
package io.cohesix.rtc.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.rtc.Project;
import io.cohesix.rtc.codegen.Artefact;
import io.cohesix.rtc.manifest.Finding;
import io.cohesix.rtc.secrets.Blake3;
import io.cohesix.rtc.secrets.SecretStore;
import io.cohesix.rtc.validate.Validation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CompileTest {
  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(strings = {"family.toml", "full.toml", "release.toml", "manifests/ok-minimal.toml"})
  void theGeneratedTablesCompileWithoutWarnings(String manifest) throws Exception {
    Project project = new Project(folder, manifest);
    Compiler.write(project.workspace(), project.artefacts());
    Path generated = project.workspace().generated();
    List<String> command = new ArrayList<>(List.of("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-Wshadow",
        "-fsyntax-only", "-I", String.valueOf(generated.getParent()), "-I", rootTask().toString(), "-I", rootTask().resolve("..").toString(),
        generated.resolve("manifest.c").toString(), generated.resolve("caps.c").toString()));
    Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, p.waitFor(), said);
  }

  @Test
  void anAssertBetweenConstantsStopsTheCCompilerWhenATableIsEdited() throws Exception {
    Project project = new Project(folder, "family.toml");
    Compiler.write(project.workspace(), project.artefacts());
    Path header = project.workspace().generated().resolve("manifest.h");
    String text = Files.readString(header);
    Files.writeString(header, text.replace("#define COH_CONSOLE_MAX_SESSIONS 32u", "#define COH_CONSOLE_MAX_SESSIONS 33u"));
    Process p = new ProcessBuilder("cc", "-std=c11", "-fsyntax-only", "-x", "c", header.toString()).redirectErrorStream(true).start();
    String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(1, p.waitFor());
    assertTrue(said.contains("ports: sessions, unauthenticated, closing"), said);
  }

  @Test
  void anAdapterWhoseNameIsTakenGetsAHashBeforeIt() throws Exception {
    String tables = new Project(folder, "manifests/ok-sidecar-labels.toml").artefact("manifest.c");
    List<String> folders = Pattern.compile("\\{[012], [34], \"([^\"]*)\", \"([^\"]*)\"").matcher(tables)
        .results().map(r -> r.group(1) + ' ' + r.group(2)).toList();
    assertEquals(List.of("modbus-main main", "modbus-radio 516a99eb-radio", "dnp3-main a408adf5-main",
        "dnp3-host 3e56a155-systemd", "lora-main main"), folders);
  }

  @Test
  void anAdapterOfAKindThatIsOffIsInNoTable() throws Exception {
    Project project = new Project(folder, "full.toml");
    project.write("configs/root_task.toml", Project.resource("full.toml").replace("[sidecars.dnp3]\nenable = true", "[sidecars.dnp3]"));
    String tables = project.artefact("manifest.c");
    assertTrue(tables.contains("\"modbus-main\""));
    assertFalse(tables.contains("\"dnp3-main\""));
  }

  @Test
  void aSecondCompileWritesNothingAndCheckFindsOneChangedByteInEachFile() throws Exception {
    Project project = new Project(folder, "family.toml");
    Workspace w = project.workspace();
    Compiler.write(w, project.artefacts());
    List<Artefact> artefacts = project.artefacts();
    assertEquals(List.of(), Compiler.write(w, artefacts));
    assertEquals(List.of(), Compiler.stale(w, artefacts));
    for (Artefact a : artefacts) {
      Path file = w.file(a);
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
      assertEquals(List.of(w.label(a) + " differs"), Compiler.stale(w, artefacts));
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
    }
  }

  @Test
  void aMissingCommittedFileIsStaleAndAMissingOutputIsNot() throws Exception {
    Project project = new Project(folder, "family.toml");
    List<String> stale = Compiler.stale(project.workspace(), project.artefacts());
    assertTrue(stale.contains("seL4/root-task/generated/manifest.h is missing"), stale::toString);
    assertFalse(stale.stream().anyMatch(s -> s.startsWith("out/")), stale::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"full.toml", "release.toml"})
  void noArtefactHoldsASecretString(String manifest) throws Exception {
    for (Artefact a : new Project(folder, manifest).artefacts()) {
      assertFalse(a.content().contains("hidden-"), a.name());
      assertFalse(a.content().contains("a-token-for-tests"), a.name());
    }
  }

  @Test
  void aReleaseHoldsKeyIdsAndNeitherKeysNorTheTokensDigest() throws Exception {
    Project project = new Project(folder, "release.toml");
    String source = project.artefact("manifest.c");
    assertTrue(project.artefact("manifest.h").contains("#define COH_KEYS_EMBEDDED 0\n"));
    byte[] key = Blake3.hash("hidden-queen".getBytes(StandardCharsets.UTF_8));
    String id = HexFormat.of().formatHex(Blake3.hash(key), 0, 8);
    assertTrue(project.artefact("root_task_resolved.json").contains("\"key_id\": \"" + id + '"'));
    assertTrue(source.contains("0x" + id.substring(0, 2) + ", 0x" + id.substring(2, 4)), source);
    assertFalse(source.contains("0x" + Blake3.hex(key).substring(0, 2) + ", 0x" + Blake3.hex(key).substring(2, 4)), source);
    assertTrue(source.contains("coh_auth_token_blake3[32] = {0};"), source);
  }

  @Test
  void theCommittedReleaseManifestCompilesOnceItsSecretsAreAtHand() throws Exception {
    Project project = new Project(folder, "family.toml");
    String text = Files.readString(rootTask().resolve("../../configs/root_task_release.toml"));
    SecretStore bare = new SecretStore(folder, Map.of());
    List<String> keys = Validation.of("m", text, bare).findings().stream().map(Finding::key).toList();
    assertEquals(List.of("cas.signing.key_path", "tickets[0].secret_ref", "tickets[1].secret_ref", "tickets[2].secret_ref",
        "tickets[3].secret_ref", "tickets[4].secret_ref"), keys);
    project.write("secrets/cas_signing_key.hex", "ab".repeat(32) + "\n");
    Map<String, String> env = new HashMap<>();
    Matcher name = Pattern.compile("env:([A-Z_]+)").matcher(text);
    while (name.find()) {
      env.put(name.group(1), "value-of-" + name.group(1));
    }
    Validation v = Validation.of("m", text, new SecretStore(folder, env));
    assertEquals(List.of(), v.findings());
    assertEquals(8 + 32 + 32 + 1 + 5 * 41 + 32, ProvisionBlob.of(Compiler.input(v, List.of())).length);
  }

  @Test
  void theManifestsHashIsThatOfTheResolvedJsonAndStandsInEveryClientFile() throws Exception {
    Project project = new Project(folder, "full.toml");
    String json = project.artefact("root_task_resolved.json");
    String sha256 = Blake3.hex(Blake3.sha256(json.getBytes(StandardCharsets.UTF_8)));
    assertEquals(sha256 + "  root_task_resolved.json\n", project.artefact(".sha256"));
    for (String name : List.of("manifest.h", "manifest.c", "caps.h", "caps.c", "caps.md", "surfaces.md", "capacity.json", "capacity.md", "cohsh_policy.toml", "coh_policy.toml",
        "boot_v0.coh", "Defaults.java", "manifest-fingerprint.md")) {
      assertTrue(project.artefact(name).contains(sha256), name);
    }
  }

  @Test
  void aPolicysOwnHashCoversWhatFollowsItsMeta() throws Exception {
    for (String name : List.of("cohsh_policy.toml", "coh_policy.toml")) {
      String text = new Project(folder, "full.toml").artefact(name);
      int meta = text.indexOf("policy_sha256 = \"") + "policy_sha256 = \"".length();
      int end = text.indexOf('\n', meta) + 1;
      assertEquals(Blake3.hex(Blake3.sha256(text.substring(end).getBytes(StandardCharsets.UTF_8))),
          text.substring(meta, meta + 64));
      assertTrue(text.startsWith("# manifest_sha256 = "), text);
    }
  }

  @Test
  void snippetsAreSplicedBetweenMarksAndNothingElseChanges() throws Exception {
    Project project = new Project(folder, "family.toml");
    String text = project.artefact("docs/ONE.md");
    assertTrue(text.startsWith("# One\n\n<!-- coh-rtc:capacity:start -->\n| pool |"), text);
    assertTrue(text.endsWith("<!-- coh-rtc:capacity:end -->\nrest\n"), text);
    assertFalse(text.contains("\nold\n"));
  }

  @Test
  void aMarkWithoutASnippetOrWithoutAnEndIsNamed() {
    Project project = new Project(folder, "family.toml");
    project.write("docs/TWO.md", "<!-- coh-rtc:nothing:start -->\n<!-- coh-rtc:nothing:end -->\n");
    assertTrue(message(project).startsWith("docs/TWO.md: mark coh-rtc:nothing names no snippet; there are capacity"));
    project.write("docs/TWO.md", "<!-- coh-rtc:capacity:start -->\n");
    assertEquals("docs/TWO.md: mark coh-rtc:capacity:start has no :end", message(project));
  }

  @Test
  void theTableOfKernelsIsMadeFromWhatTheMatrixWrote() throws Exception {
    Project project = new Project(folder, "family.toml");
    String booted = """
        {"batch":{"failed":0,"passed":26},"boot":{"ratio":1.25,"result":"prompt","timer":"exported","untypeds":60},
        "configuration":{"debug":true,"hypervisor":true,"nodes":4,"platform":"qemu-arm-virt","untypeds":230,"verification":false,
        "version":"16.0.0"},"kernel_sha256":"0123456789abcdef","name":"a","ok":true,"slots":{"needed":1401,"root_cnode":4096},
        "transcript_sha256":"feed"}""";
    String board = """
        {"batch":null,"boot":{"result":"no board here"},"configuration":{"debug":false,"hypervisor":true,"nodes":1,
        "platform":"bcm2711","untypeds":50,"verification":true,"version":"16.0.0"},"kernel_sha256":"fedcba9876543210","name":"b",
        "ok":true,"slots":{"needed":1220,"root_cnode":4096},"transcript_sha256":null}""";
    project.write("docs/kernels.json", "{\"quick\":false,\"rows\":[" + booted + "," + board + "]}");
    project.write("docs/KERNELS.md", "<!-- coh-rtc:kernels:start -->\n<!-- coh-rtc:kernels:end -->\n");
    String text = project.artefact("docs/KERNELS.md");
    assertTrue(text.contains(
        "| a | 16.0.0 | qemu-arm-virt | debug | EL2 | 4 | exported | 60 of 230 | 1401 of 4096 | 1.25 | 26 of 26 | `0123456789ab` |\n"
            + "| b | 16.0.0 | bcm2711 | verification | EL2 | 1 | – | at most 50 | 1220 of 4096 | no board here | – | `fedcba987654` |\n"
            + "\n1 of 2 kernels were booted to the prompt and through the regression pack. All transcripts are the same,"
            + " SHA-256 `feed`. No row failed.\n"), text);
    project.write("docs/kernels.json", "{\"quick\":true,\"rows\":[" + booted.replace("\"ok\":true", "\"ok\":false") + "]}");
    assertTrue(project.artefact("docs/KERNELS.md").contains("one script. All transcripts are the same, SHA-256 `feed`. Failed: a.\n"));
    project.write("docs/kernels.json", "{}");
    assertEquals("docs/kernels.json: has no rows: make it with scripts/kernel-matrix.sh --out docs/kernels.json", message(project));
  }

  private static String message(Project project) {
    return String.valueOf(assertThrows(IllegalArgumentException.class, project::artefacts).getMessage());
  }

  /** seL4/root-task of this checkout. */
  static Path rootTask() throws IOException {
    Path p = Path.of("../../seL4/root-task").toAbsolutePath().normalize();
    if (!Files.isDirectory(p)) {
      throw new IOException("no " + p + ": run the tests in tools/coh-rtc");
    }
    return p;
  }
}
