// Traces with the real program and a real hive: recorded, shown, replayed without a difference, refused when touched.
package io.cohesix.cohsh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TraceReplayOnHiveTest {
  private static final Path TRACE = HiveFixture.ROOT.resolve("resources/traces/trace_v0.trace");

  @TempDir Path dir;

  /** What a run printed. */
  private record Ran(int code, String out, String err) {}

  private static Ran run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(args, new PrintWriter(out), new PrintWriter(err, true));
    return new Ran(code, out.toString(), err.toString());
  }

  @Test
  void theFixtureIsWholeAndShowsItsTranscriptWithoutAHive() throws Exception {
    Ran verified = run("trace", "verify", TRACE.toString());
    assertEquals(0, verified.code(), verified.err());
    assertTrue(verified.out().startsWith(TRACE + ": ok, console, "), verified.out());
    Ran json = run("trace", "verify", "--json", TRACE.toString());
    assertTrue(json.out().matches("\\{\"ok\":true,\"transport\":\"console\",\"records\":[0-9]+,.*\"head\":\"[0-9a-f]{64}\"}\n"), json.out());
    Ran shown = run("trace", "show", "--masked", TRACE.toString());
    assertEquals(Files.readString(TRACE.resolveSibling("trace_v0.transcript")), shown.out());
    assertEquals(new Ran(0, shown.out(), ""), shown);
  }

  @Test
  void aTouchedTraceIsRefusedAndNothingIsSent() throws Exception {
    byte[] bytes = Files.readAllBytes(TRACE);
    bytes[bytes.length / 2] ^= 1;
    Path bent = Files.write(dir.resolve("bent.trace"), bytes);
    // Port 1: a connection would end with 3, so 1 tells that none was tried.
    for (String[] args : new String[][] {{"--tcp-port", "1", "--replay-trace", bent.toString()}, {"trace", "verify", bent.toString()}, {"trace", "show", bent.toString()}}) {
      Ran ran = run(args);
      assertEquals(1, ran.code(), ran.err());
      assertTrue(ran.err().contains("bent.trace is refused: record "), ran.err());
      assertEquals("", ran.out());
    }
    assertEquals(1, run("trace", "verify", "--json", bent.toString()).code());
    assertEquals(2, run("trace", "verify", dir.resolve("none").toString()).code());
    assertEquals(2, run("trace", "verify").code());
    assertEquals(2, run("trace", "burn", bent.toString()).code());
  }

  @Tag("it")
  @Test
  void theFixtureReplaysOnAFreshHiveWithoutADifference() throws Exception {
    String binary = HiveFixture.posixBinary().toString();
    Ran ran = run("--transport", "local", "--hive-binary", binary, "--replay-trace", TRACE.toString());
    assertEquals(0, ran.code(), ran.out() + ran.err());
    assertEquals("replay: identical, 29 of 29 answers compared, 0 different\n", ran.out());
  }

  @Tag("it")
  @Test
  void aTraceReplaysInTheOtherProtocolToo() throws Exception {
    String binary = HiveFixture.posixBinary().toString();
    Ran ran = run("--transport", "local", "--protocol", "secure9p", "--hive-binary", binary, "--replay-trace", TRACE.toString());
    assertEquals("replay: identical, 29 of 29 answers compared, 0 different\n", ran.out(), ran.err());
    Path trace = dir.resolve("9p.trace");
    String script = HiveFixture.ROOT.resolve("scripts/cohsh/busy_backpressure.coh").toString();
    Ran recorded =
        run("--transport", "local", "--protocol", "secure9p", "--hive-binary", binary, "--script", script, "--record-trace", trace.toString());
    assertEquals(0, recorded.code(), recorded.err());
    assertTrue(run("trace", "verify", trace.toString()).out().startsWith(trace + ": ok, secure9p, "));
    String records = run("trace", "show", "--records", trace.toString()).out();
    assertTrue(records.contains(" ms > secure9p 1500000064ffff"), "no Tversion among the records");
    assertFalse(Files.readString(trace, StandardCharsets.ISO_8859_1).contains("changeme"));
    for (String protocol : new String[] {"console", "secure9p"}) {
      Ran replayed = run("--transport", "local", "--protocol", protocol, "--hive-binary", binary, "--replay-trace", trace.toString());
      assertEquals("replay: identical, 33 of 33 answers compared, 0 different\n", replayed.out(), protocol);
    }
  }

  @Tag("it")
  @Test
  void aUsedHiveAnswersDifferentlyAndTheReplaySaysWhere() throws Exception {
    try (HiveFixture fixture = HiveFixture.start()) {
      assertTrue(fixture.shell().run("spawn heartbeat ticks=1000").ok());
      String port = String.valueOf(fixture.endpoint().port());
      Ran ran = run("--tcp-port", port, "--json", "--replay-trace", TRACE.toString());
      assertEquals(1, ran.code(), ran.err());
      assertTrue(
          ran.out().contains("{\"index\":4,\"command\":\"LS /worker\",\"recorded\":[\"OK LS path=/worker entries=0\"],"
              + "\"replayed\":[\"OK LS path=/worker entries=1\",\"worker-1\"]}"),
          ran.out());
    }
  }

  @Tag("it")
  @Test
  void aSessionWithATicketReplaysWithTheReplayersOwn() throws Exception {
    String binary = HiveFixture.posixBinary().toString();
    Path secret = Files.writeString(dir.resolve("secret"), "worker\n");
    Ran minted = run("--mint-ticket", "--role", "worker", "--subject", "worker-1", "--ttl", "3600", "--secret-file", secret.toString());
    assertEquals(0, minted.code(), minted.err());
    Path ticket = Files.writeString(dir.resolve("ticket"), minted.out());
    Path trace = dir.resolve("deep/er/t.trace");
    Ran recorded =
        run("--transport", "local", "--hive-binary", binary, "--role", "worker-heartbeat", "--ticket-file", ticket.toString(),
            "--record-trace", trace.toString(), "-c", "ls /", "-c", "ls /proc");
    assertEquals(0, recorded.code(), recorded.out() + recorded.err());
    String text = Files.readString(trace, StandardCharsets.ISO_8859_1);
    assertFalse(text.contains("cohesix-ticket"), "the trace holds the ticket");
    assertFalse(text.contains("changeme"), "the trace holds the token");
    assertTrue(text.contains("ATTACH worker-heartbeat *"), "the trace has no ATTACH");
    Ran without = run("--transport", "local", "--hive-binary", binary, "--replay-trace", trace.toString());
    assertEquals(1, without.code());
    assertTrue(without.err().contains("give one with --ticket-file or COHESIX_TICKET"), without.err());
    Ran with = run("--transport", "local", "--hive-binary", binary, "--ticket-file", ticket.toString(), "--replay-trace", trace.toString());
    assertEquals(0, with.code(), with.out() + with.err());
  }
}
