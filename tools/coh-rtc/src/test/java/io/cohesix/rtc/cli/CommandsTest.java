// Commands, their exit codes, and their JSON.
package io.cohesix.rtc.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cohesix.rtc.Project;
import io.cohesix.rtc.secrets.Blake3;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CommandsTest {
  @TempDir Path folder = Path.of("");

  private record Answer(int code, String out, String err) {}

  private static Answer run(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> words = new ArrayList<>();
    for (Object a : args) {
      words.add(a.toString());
    }
    int code = RootCommand.run(new PrintWriter(out), new PrintWriter(err), words.toArray(String[]::new));
    return new Answer(code, out.toString(), err.toString());
  }

  @Test
  void compileWritesThenCheckPassesThenAnEditIsStaleWithTheCommandToRun() throws Exception {
    Project project = new Project(folder, "family.toml");
    Answer first = run("compile", project.manifest());
    assertEquals(0, first.code(), first.err());
    assertTrue(first.out().contains("wrote seL4/root-task/generated/manifest.h"), first.out());
    assertTrue(first.err().contains("an image made from them is itself a secret"), first.err());
    assertEquals(0, run("compile", project.manifest(), "--check").code());
    project.write("scripts/cohsh/boot_v0.coh", "ping\n");
    Answer stale = run("compile", project.manifest(), "--check");
    assertEquals(1, stale.code());
    assertEquals("stale: scripts/cohsh/boot_v0.coh differs\n", stale.out().replace("\r\n", "\n"));
    assertTrue(stale.err().contains("run: coh-rtc compile " + project.manifest()), stale.err());
    assertEquals("ping\n", Files.readString(folder.resolve("scripts/cohsh/boot_v0.coh")), "--check writes nothing");
  }

  @Test
  void buildOnlyWritesTablesAndPoliciesAndLeavesCommittedFilesAlone() throws Exception {
    Project project = new Project(folder, "family.toml");
    Path tables = folder.resolve("other/generated");
    Path out = folder.resolve("other");
    assertEquals(0, run("compile", project.manifest(), "--build-only", "--generated", tables, "--out", out).code());
    assertTrue(Files.exists(tables.resolve("manifest.c")));
    assertTrue(Files.exists(out.resolve("cohsh_policy.toml")));
    assertTrue(Files.exists(out.resolve("boot_v0.coh")));
    assertFalse(Files.exists(folder.resolve("scripts/cohsh/boot_v0.coh")));
    assertFalse(Files.exists(folder.resolve("docs/snippets")));
  }

  @Test
  void findingsExitOneAndComeAsJson() throws Exception {
    Project project = new Project(folder, "manifests/all-at-once.toml");
    Answer text = run("check", project.manifest());
    assertEquals(1, text.code());
    assertEquals(6, text.err().lines().count());
    Answer json = run("check", project.manifest(), "--json");
    assertEquals(1, json.code());
    JsonNode root = new ObjectMapper().readTree(json.out());
    assertFalse(root.get("ok").asBoolean());
    assertEquals(6, root.get("findings").size());
    assertEquals("msize", root.get("findings").get(0).get("rule").asText());
    assertEquals(5, root.get("findings").get(0).get("line").asInt());
  }

  @Test
  void nothingIsWrittenWhenThereAreFindings() {
    Project project = new Project(folder, "manifests/msize-low.toml");
    assertEquals(1, run("compile", project.manifest()).code());
    assertFalse(Files.exists(folder.resolve("seL4")));
    assertFalse(Files.exists(folder.resolve("out")));
  }

  @Test
  void usageErrorsExitTwo() {
    assertEquals(2, run().code());
    assertEquals(2, run("complie").code());
    assertEquals(2, run("compile", "--chekc").code());
    assertEquals(2, run("check", folder.resolve("none.toml")).code());
    Answer unknown = run("explain", "secure9p.mszie");
    assertEquals(2, unknown.code());
    assertTrue(unknown.err().contains("no key or section secure9p.mszie; did you mean secure9p.msize?"), unknown.err());
  }

  @Test
  void everyCommandHasHelp() {
    for (String command : List.of("compile", "check", "explain", "diff", "provision", "capacity")) {
      Answer help = run(command, "--help");
      assertEquals(0, help.code(), command);
      assertTrue(help.out().contains("Usage: coh-rtc " + command), help.out());
    }
    assertEquals(0, run("--help").code());
    assertEquals(0, run("--version").code());
  }

  @Test
  void explainTellsRangeDefaultAndWhereAKeyEndsUp() throws Exception {
    Answer text = run("explain", "secure9p.msize");
    assertEquals(0, text.code());
    assertTrue(text.out().contains("an integer 4120..8192"), text.out());
    assertTrue(text.out().contains("default  8192"), text.out());
    assertTrue(text.out().contains("as COH_SECURE9P_MSIZE"), text.out());
    JsonNode keys = new ObjectMapper().readTree(run("explain", "cas", "--json").out()).get("keys");
    assertEquals(6, keys.size());
    assertEquals("tickets[].role", new ObjectMapper().readTree(run("explain", "tickets[3].role", "--json").out())
        .get("keys").get(0).get("key").asText());
  }

  @Test
  void explainCapsPrintsThreeFormsOfTheSameTable() throws Exception {
    Project project = new Project(folder, "family.toml");
    Answer text = run("explain", "--caps", project.manifest());
    assertEquals(0, text.code(), text.err());
    assertTrue(text.out().contains("netd (not trusted): "), text.out());
    assertEquals(text.out(), run("explain", "--caps", "--format", "text", project.manifest()).out());
    assertTrue(run("explain", "--caps", "--format", "dot", project.manifest()).out().startsWith("digraph "));
    String json = run("explain", "--caps", "--format", "json", project.manifest()).out();
    assertEquals(json, run("explain", "--caps", "--json", project.manifest()).out());
    JsonNode tasks = new ObjectMapper().readTree(json).get("tasks");
    assertEquals(4, tasks.size());
    assertEquals("netd.wait", tasks.get(2).get("capabilities").get(0).get("object").asText());
  }

  @Test
  void explainCapsRefusesWhatDoesNotGoTogetherAndReportsFindings() {
    Project project = new Project(folder, "manifests/msize-low.toml");
    Answer findings = run("explain", "--caps", project.manifest());
    assertEquals(1, findings.code());
    assertEquals("", findings.out());
    assertTrue(findings.err().contains("secure9p.msize"), findings.err());
    Answer key = run("explain", "--caps", "secure9p.msize");
    assertEquals(2, key.code());
    assertEquals("coh-rtc: no file secure9p.msize; --caps takes a manifest (such as configs/root_task.toml), not a key\n", key.err());
    assertTrue(run("check", folder.resolve("none.toml")).err().endsWith("none.toml; name an existing one\n"));
    assertEquals(2, run("explain", "--caps", "--format", "svg", project.manifest()).code());
    Answer both = run("explain", "--caps", "--json", "--format", "dot", project.manifest());
    assertEquals(2, both.code());
    assertTrue(both.err().contains("--json and --format dot say two forms"), both.err());
    Answer without = run("explain", "--format", "dot", "cas");
    assertEquals(2, without.code());
    assertTrue(without.err().contains("--format and --project-root go with --caps"), without.err());
    Answer nothing = run("explain");
    assertEquals(2, nothing.code());
    assertTrue(nothing.err().contains("name a key or section, or give --caps"), nothing.err());
  }

  @Test
  void diffShowsChangesAsJson() throws Exception {
    Project project = new Project(folder, "family.toml");
    project.write("configs/b.toml", Project.resource("family.toml").replace("tick_ms = 5", "tick_ms = 10"));
    Answer json = run("diff", project.manifest(), folder.resolve("configs/b.toml"), "--json");
    assertEquals(0, json.code(), json.err());
    JsonNode keys = new ObjectMapper().readTree(json.out()).get("keys");
    assertEquals(1, keys.size());
    assertEquals("event_pump.tick_ms", keys.get(0).get("name").asText());
  }

  @Test
  void provisionSealsToAnImageOfThisManifestAlone() throws Exception {
    Project project = new Project(folder, "family.toml");
    Files.writeString(project.manifest(), Files.readString(project.manifest())
        + "\n[hw.attestation]\nenabled = true\nkind = \"dice\"\n");
    Path blob = folder.resolve("sealed");
    Path json = folder.resolve("measurements.json");
    Path secret = Files.writeString(folder.resolve("secret"), "0123456789abcdef0123456789abcdef");
    Answer plain = run("provision", project.manifest(), "-o", blob);
    assertTrue(plain.err().contains("the keys must be sealed; make the image once without them"), plain.err());
    Files.writeString(json, "{\"schema\":\"cohesix-measurements/v1\",\"kind\":\"dice\",\"digests\":{\"manifest\":\"00\"}}");
    Answer other = run("provision", project.manifest(), "-o", blob, "--seal", json, "--device-secret", secret);
    assertTrue(other.err().contains("is of an image of another manifest; make the image again from this one"), other.err());
    String manifest = Blake3.hex(Blake3.sha256(project.input().sha256().getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
    Files.writeString(json, "{\"schema\":\"cohesix-measurements/v1\",\"kind\":\"dice\",\"digests\":{\"manifest\":\"" + manifest
        + "\"},\"measurement\":\"" + "ab".repeat(32) + "\"}");
    Answer none = run("provision", project.manifest(), "-o", blob, "--seal", json);
    assertTrue(none.err().contains("--seal: needs --device-secret FILE too"), none.err());
    assertFalse(Files.exists(blob));
    Answer sealed = run("provision", project.manifest(), "-o", blob, "--seal", json, "--device-secret", secret);
    assertEquals(0, sealed.code(), sealed.err());
    byte[] bytes = Files.readAllBytes(blob);
    assertEquals("COHSEAL1", new String(bytes, 0, 8, java.nio.charset.StandardCharsets.US_ASCII));
    assertEquals(2, bytes[8]);
    assertEquals("ab".repeat(32), java.util.HexFormat.of().formatHex(bytes, 16, 48));
  }

  @Test
  void provisionWritesABlobThatOnlyItsOwnerReads() throws Exception {
    Project project = new Project(folder, "family.toml");
    Path blob = folder.resolve("keys.bin");
    Answer answer = run("provision", project.manifest(), "-o", blob);
    assertEquals(0, answer.code(), answer.err());
    assertEquals(8 + 32 + 32 + 1 + 5 * 41 + 32, Files.size(blob));
    assertEquals("[OWNER_READ, OWNER_WRITE]", new java.util.TreeSet<>(Files.getPosixFilePermissions(blob)).toString());
    assertFalse(answer.out().contains("bootstrap"));
  }

  @Test
  void provisionReplacesFilesAlone() throws Exception {
    Project project = new Project(folder, "family.toml");
    Path place = Files.createDirectory(folder.resolve("place"));
    Path socket = place.resolve("socket"); // stands for a device, which a test must not risk
    try (var channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.bind(UnixDomainSocketAddress.of(socket));
      for (Path no : List.of(place, socket, Files.createSymbolicLink(folder.resolve("to-socket"), socket))) {
        Answer answer = run("provision", project.manifest(), "-o", no);
        assertEquals(2, answer.code());
        assertTrue(answer.err().contains("-o " + no + " is not a file: name one that is, or a new one"), answer.err());
      }
    }
    assertTrue(Files.isDirectory(place));
    assertTrue(Files.exists(socket) && !Files.isRegularFile(socket));
    Files.delete(socket);
    Answer nowhere = run("provision", project.manifest(), "-o", folder.resolve("none/keys.bin"));
    assertEquals(2, nowhere.code());
    assertTrue(nowhere.err().contains(": there is no folder " + folder.resolve("none")), nowhere.err());

    // What lies beside stays, a link stays one, and nothing is left behind.
    Path beside = Files.writeString(place.resolve("keys.bin.new"), "precious");
    Path keys = Files.writeString(place.resolve("keys.bin"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), keys);
    assertEquals(0, run("provision", project.manifest(), "-o", link).code());
    assertTrue(Files.isSymbolicLink(link));
    assertTrue(Files.size(keys) > 100);
    assertEquals("precious", Files.readString(beside));
    try (var files = Files.list(place)) {
      assertEquals(2, files.count());
    }
  }

  @Test
  void capacityPrintsThePoolsAndFailsWhenTheObjectIsMissing() throws Exception {
    Project project = new Project(folder, "family.toml");
    JsonNode report = new ObjectMapper().readTree(run("capacity", project.manifest(), "--json").out());
    long sum = 0;
    for (JsonNode p : report.get("pools")) {
      sum += p.get("count").asLong() * p.get("elem_bytes").asLong();
    }
    assertEquals(sum, report.get("sum_bytes").asLong());
    assertEquals(33554432 - sum, report.get("free_bytes").asLong());
    assertEquals(1024 * 32768, report.get("worker_tasks").get("bytes").asLong(), "worker tasks stand beside the sum");
    assertTrue(run("capacity", project.manifest()).out().contains("| worker tasks | | worker | "));
    assertEquals(1, run("capacity", project.manifest(), "--compare", folder.resolve("none.o")).code());
  }
}
