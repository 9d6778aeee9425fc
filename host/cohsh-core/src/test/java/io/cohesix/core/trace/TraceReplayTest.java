// What a replay sends, what it refuses to send, and that it sees every difference. The hive here only answers from a list.
package io.cohesix.core.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cohesix.core.script.CannedHive;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TraceReplayTest {
  private final List<CannedHive> opened = new ArrayList<>();

  /** Records lines; one that begins with "&gt;" was sent, "-" is a new connection. */
  private static Trace trace(String... lines) throws Exception {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (TraceRecorder recorder =
        new TraceRecorder(file, TraceRecord.Layer.CONSOLE, "00".repeat(32), 1 << 20, List.of(), line -> {}, () -> 0)) {
      for (String line : lines) {
        if (line.equals("-")) {
          recorder.closed();
          recorder.opened();
        } else if (line.startsWith(">")) {
          recorder.sent(line.substring(1));
        } else {
          recorder.received(line);
        }
      }
    }
    return Trace.parse(file.toByteArray());
  }

  private TraceReplay.Report replay(Trace trace, CannedHive... hives) throws Exception {
    try (TraceReplay replay =
        new TraceReplay(
            trace,
            () -> {
              CannedHive hive = hives[opened.size()];
              opened.add(hive);
              return hive;
            },
            "own-ticket")) {
      return replay.run();
    }
  }

  @Test
  void equalAnswersAreIdenticalWhateverTheTimes() throws Exception {
    Trace trace =
        trace(
            "-", ">AUTH x", "OK AUTH", ">ATTACH worker secret", "OK ATTACH role=worker-heartbeat", ">CAT /t",
            "OK CAT path=/t data=ts_ms=1", "ts_ms=1", "END", ">QUIT", "OK QUIT",
            "-", ">AUTH x", "OK AUTH", ">PING", "PONG", "OK PING reply=pong");
    CannedHive first = new CannedHive();
    first.answer("OK CONNECT").answer("OK ATTACH role=worker-heartbeat").answer("OK CAT path=/t data=ts_ms=2", "ts_ms=2").answer("OK QUIT");
    CannedHive second = new CannedHive();
    second.answer("OK CONNECT").answer("OK PING reply=pong");
    TraceReplay.Report report = replay(trace, first, second);
    assertEquals(List.of(), report.differences());
    assertEquals(0, report.exitCode());
    assertEquals(6, report.compared());
    assertEquals(List.of("AUTH t", "ATTACH worker own-ticket", "CAT /t", "QUIT"), first.sent);
    assertEquals(List.of("AUTH t", "PING"), second.sent);
  }

  @Test
  void aDifferentAcknowledgementAndADifferentLineAreShown() throws Exception {
    Trace trace = trace("-", ">LS /a", "OK LS path=/a entries=1", "x", "END", ">KILL w", "OK KILL id=w", ">ECHO /a b");
    CannedHive hive = new CannedHive();
    hive.answer("OK LS path=/a entries=1", "y").answer("ERR KILL reason=policy").answer("ERR ECHO reason=policy");
    TraceReplay.Report report = replay(trace, hive);
    assertEquals(1, report.exitCode());
    assertEquals(
        List.of(
            new TraceReplay.Difference(
                1, "LS /a", List.of("OK LS path=/a entries=1", "x"), List.of("OK LS path=/a entries=1", "y")),
            new TraceReplay.Difference(2, "KILL w", List.of("OK KILL id=w"), List.of("ERR KILL reason=policy"))),
        report.differences());
    assertEquals(2, report.compared());
    assertEquals(3, report.commands());
  }

  @Test
  void aHiveThatGoesAwayIsNoDifferenceButAFailure() throws Exception {
    TraceReplay.Report report = replay(trace("-", ">PING", "OK PING reply=pong"), new CannedHive());
    assertEquals(3, report.exitCode());
    assertEquals("nothing listens", report.unreachable());
  }

  @Test
  void whatCanNotBeSentAgainIsRefusedBeforeAnythingIsSent() throws Exception {
    TraceReplay.Connector none =
        () -> {
          throw new IOException("must not be asked");
        };
    assertEquals(
        "command 2 attached with a ticket, which a trace never holds: give one with --ticket-file or COHESIX_TICKET",
        String.valueOf(
            assertThrows(
                    TraceException.class, () -> new TraceReplay(trace("-", ">AUTH x", "OK AUTH", ">ATTACH queen t", "OK ATTACH role=queen"), none, null).close())
                .getMessage()));
    assertEquals(
        "command 1 (ECHO) held a token or ticket, which a trace never holds: it can be shown, not replayed",
        String.valueOf(
            assertThrows(TraceException.class, () -> new TraceReplay(trace("-", ">ECHO /a cohesix-ticket-00.00"), none, "t").close())
                .getMessage()));
    assertEquals(
        "command 1 has 70000 bytes, which no connection survives",
        String.valueOf(
            assertThrows(TraceException.class, () -> new TraceReplay(trace("-", ">" + "x".repeat(70000)), none, "t").close())
                .getMessage()));
  }
}
