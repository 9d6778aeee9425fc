// The program as people call it: modes, exit codes, what goes to which stream.
package io.cohesix.cohsh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.core.ticket.Tickets;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jline.reader.Candidate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MainTest {
  @TempDir Path dir;

  /** What a run printed. */
  private record Ran(int code, String out, String err) {}

  private static Ran run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(args, new PrintWriter(out), new PrintWriter(err, true));
    return new Ran(code, out.toString(), err.toString());
  }

  private Path file(String name, String text) throws Exception {
    return Files.writeString(dir.resolve(name), text);
  }

  @Test
  void helpGoesToStandardOutputAndEndsWithZero() {
    Ran ran = run("--help");
    assertEquals(0, ran.code());
    assertTrue(ran.out().contains("Exit codes: 0 ok, 1 refused or failed, 2 usage, 3 unreachable, 4 internal"), ran.out());
    assertEquals("", ran.err());
    assertTrue(run("--version").out().startsWith("cohsh "));
  }

  @Test
  void theCompletionScriptIsBashAndKnowsTheOptions() throws Exception {
    Ran ran = run("--bash-completion");
    assertEquals(0, ran.code());
    Path script = file("cohsh.bash", ran.out());
    Path probe =
        file("probe.bash", "source " + script + "\nCOMP_WORDS=(cohsh --tr)\nCOMP_CWORD=1\n_complete_cohsh\necho \"${COMPREPLY[@]}\"\n");
    Process bash = new ProcessBuilder("bash", probe.toString()).redirectErrorStream(true).start();
    bash.getOutputStream().close();
    String offered = new String(bash.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertEquals(0, bash.waitFor());
    assertTrue(offered.contains("--transport"), offered);
  }

  @Test
  void wrongOptionsEndWithTwo() {
    for (String[] args :
        new String[][] {
          {"--nonsense"}, {"--tcp-port", "x"}, {"--transport", "pigeon"}, {"positional"}, {"--tcp-port", "0", "-c", "ping"},
          {"-c", "ping", "--script", "x"}, {"--mint-ticket"}, {"--policy", "/no/such/file", "-c", "ping"},
          {"--script", "/no/such/file"}, {"--auth-token-file", "/no/such/file", "-c", "ping"},
          {"--transport", "local", "--hive-binary", "/no/such/file", "-c", "ping"},
          {"--transport", "qemu", "--qemu-image", "/no/such/file", "-c", "ping"},
        }) {
      Ran ran = run(args);
      assertEquals(2, ran.code(), String.join(" ", args) + ran.err());
      assertTrue(ran.err().startsWith("cohsh: "), ran.err());
      assertEquals("", ran.out());
    }
  }

  @Test
  void nothingListeningEndsWithThreeAndSaysWhatToDo() throws Exception {
    // Bound and not listening: nobody else can get the port meanwhile.
    try (Socket taken = new Socket()) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      String port = String.valueOf(taken.getLocalPort());
      Ran ran = run("--tcp-port", port, "-c", "ping");
      assertEquals(3, ran.code());
      assertEquals("", ran.out());
      assertTrue(
          ran.err().contains("nothing listens on 127.0.0.1:" + port + ": start one with scripts/cohesix-build-run.sh"), ran.err());
      assertEquals(3, run("--tcp-port", port, "--script", file("a.coh", "ping\n").toString()).code());
    }
  }

  @Test
  void syntaxIsCheckedWithoutAHive() throws Exception {
    Path good = file("good.coh", "ping\nEXPECT OK\n");
    Path bad = file("bad.coh", "EXPECT OK\nWAIT 5000\n");
    assertEquals(new Ran(0, good + ": ok, 2 steps\n", ""), run("--check", good.toString()));
    Ran ran = run("--check", bad.toString(), good.toString());
    assertEquals(2, ran.code());
    assertEquals(
        bad + ":1: error: EXPECT stands before any command\n"
            + bad + ":2: error: WAIT takes 0 to 2000 milliseconds, found '5000'\n",
        ran.err());
    assertEquals(2, run("--tcp-port", "1", "--script", bad.toString()).code());
  }

  @Test
  void mintedTicketsVerifyAndSecretsStayOffTheCommandLine() throws Exception {
    Path secret = file("secret", "worker\n");
    Ran ran = run("--mint-ticket", "--role", "worker", "--subject", "worker-1", "--issued-at-ms", "0", "--secret-file", secret.toString());
    assertEquals(
        "cohesix-ticket-0101080800776f726b65722d31000000000000000000000000."
            + "ea7bee86230e67031e6e758fa01c00eaa9c1f0bfff4b41548424a3df0356cff9\n",
        ran.out());
    assertEquals(0, ran.code());
    Ran json =
        run("--mint-ticket", "--json", "--role", "queen", "--ttl", "60", "--ops", "5", "--ticks", "7", "--scope", "/proc:read:5",
            "--scope", "/log:both", "--mount", "logs=/log", "--bandwidth-bytes", "1000", "--secret-file", secret.toString());
    assertEquals(0, json.code(), json.err());
    assertTrue(json.out().contains("\"fits_console\":false"), json.out());
    assertTrue(json.err().contains("can be used over Secure9P only"), json.err());
    String text = json.out().substring(json.out().indexOf(Tickets.PREFIX), json.out().indexOf("\",\"role\""));
    assertEquals(
        5L, Tickets.verify(text, "worker".getBytes(java.nio.charset.StandardCharsets.UTF_8), Tickets.Limits.defaults()).ops());
  }

  @Test
  void impossibleTicketsAreRefusedByName() throws Exception {
    String secret = file("secret", "worker").toString();
    String[][] rows = {
      {"--role king", "unknown role 'king'"},
      {"--role worker", "a worker-heartbeat ticket needs --subject, or the hive will refuse it"},
      {"--role queen --scope proc:read", "--scope takes /PATH:read|write|both[:RATE], found 'proc:read'"},
      {"--role queen --scope /proc:look", "a scope's verb is read, write or both, found 'look'"},
      {"--role queen --scope /proc:read:65", "can't make the ticket: scope /proc has a rate of 65, ticket_limits.max_scope_rate_per_s is 64"},
      {"--role queen --ttl -1", "--ttl is -1, it must be 0 or more"},
      {"--role queen --mount logs", "--mount takes SERVICE=/PATH, found 'logs'"},
    };
    for (String[] row : rows) {
      List<String> args = new ArrayList<>(List.of("--mint-ticket", "--secret-file", secret));
      args.addAll(List.of(row[0].split(" ")));
      Ran ran = run(args.toArray(String[]::new));
      assertEquals(2, ran.code(), row[0]);
      assertEquals("cohsh: " + row[1] + "\n", ran.err());
    }
    assertEquals(2, run("--mint-ticket", "--role", "queen", "--secret-file", file("empty", "\n").toString()).code());
  }

  @Tag("it")
  @Test
  void commandsRunOnALocalHiveThatEndsWithThem() throws Exception {
    String binary = HiveFixture.posixBinary().toString();
    Ran ok = run("--transport", "local", "--hive-binary", binary, "-c", "ping", "-c", "ls /log");
    assertEquals(new Ran(0, "OK PING reply=pong\nOK LS path=/log entries=1\nqueen.log\n", ""), ok);
    Ran refused = run("--transport", "local", "--hive-binary", binary, "--json", "-c", "cat /nowhere", "-c", "ping");
    assertEquals(1, refused.code());
    assertEquals(
        "{\"command\":\"cat /nowhere\",\"ok\":false,\"ack\":\"ERR CAT reason=policy detail=invalid-path path=/nowhere"
            + " error=invalid path\",\"lines\":[],\"message\":\"\"}\n",
        refused.out());
    Ran token = run("--transport", "local", "--hive-binary", binary, "--auth-token-file", file("token", "wrong").toString(), "-c", "ping");
    assertEquals(new Ran(1, "ERR AUTH reason=invalid-token\n", ""), token);
    Ran usage = run("--transport", "local", "--hive-binary", binary, "-c", "cat");
    assertEquals(2, usage.code());
  }

  @Tag("it")
  @Test
  void scriptsLeaveATranscriptAndTheSelfTestItsJson() throws Exception {
    String binary = HiveFixture.posixBinary().toString();
    Path script = file("s.coh", "cat /proc/lifecycle/since\nEXPECT OK\n");
    Path transcript = dir.resolve("deep/er/t.txt");
    Ran ran = run("--transport", "local", "--hive-binary", binary, "--script", script.toString(), "--record-transcript", transcript.toString());
    assertEquals(0, ran.code(), ran.err());
    assertEquals(
        "coh> cat /proc/lifecycle/since\nOK CAT path=/proc/lifecycle/since data=since_ms=*\nsince_ms=*\n",
        Files.readString(transcript));
    Ran test = run("--transport", "local", "--hive-binary", binary, "-c", "test --mode quick --json");
    assertEquals(0, test.code());
    assertTrue(test.out().startsWith("{\"ok\":true,\"mode\":\"quick\",\"elapsed_ms\":"), test.out());
    assertTrue(test.out().endsWith("],\"version\":\"1\"}\n"), test.out());
    Ran failed = run("--transport", "local", "--hive-binary", binary, "--json", "--script", file("f.coh", "ping\nEXPECT ERR\n").toString());
    assertEquals(1, failed.code());
    assertTrue(failed.out().startsWith("{\"ok\":false,\"script\":"), failed.out());
    assertTrue(failed.err().contains(":2: failed: EXPECT ERR"), failed.err());
  }

  @Tag("it")
  @Test
  void completionOffersVerbsAndLivePaths() throws Exception {
    try (HiveFixture fixture = HiveFixture.start()) {
      Completion completion = new Completion(fixture.queen());
      assertTrue(offered(completion, List.of("l"), 0, "l").containsAll(List.of("ls", "log", "lifecycle")));
      assertTrue(offered(completion, List.of("ls", "/pr"), 1, "/pr").contains("/proc"));
      assertTrue(offered(completion, List.of("cat", "/proc/l"), 1, "/proc/l").contains("/proc/lifecycle"));
      assertTrue(offered(completion, List.of("cat", ""), 1, "").contains("/log"));
      assertTrue(offered(completion, List.of("attach", ""), 1, "").contains("worker-bus"));
      assertTrue(offered(completion, List.of("echo", "x", ">", ""), 3, "").contains("/queen"));
      assertFalse(offered(completion, List.of("echo", "x"), 1, "x").contains("/queen"));
      assertEquals(List.of(), offered(completion, List.of("cat", "/nowhere/x"), 1, "/nowhere/x"));
      assertEquals(List.of(), offered(completion, List.of("nonsense", ""), 1, ""));
    }
  }

  private static List<String> offered(Completion completion, List<String> words, int index, String word) {
    List<Candidate> candidates = new ArrayList<>();
    completion.candidates(words, index, word, candidates);
    return candidates.stream().map(Candidate::value).toList();
  }
}
