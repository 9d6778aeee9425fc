// Each operation over the console and over Secure9P, on two fresh hives: the same acknowledgement, content, counters and audit.
package io.cohesix.cohsh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.core.Hive;
import io.cohesix.core.Outcome;
import io.cohesix.core.Role;
import io.cohesix.core.script.Masking;
import io.cohesix.core.ticket.Ticket;
import io.cohesix.core.ticket.Tickets;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("it")
final class ProtocolParityTest {
  private static final List<String> OPERATIONS =
      List.of(
          "TAIL /trace/events", "LS /", "LS /proc", "LS /proc/", "LS //proc", "LS proc", "LS /proc/..", "LS /./proc", "LS /proc/boot", "LS /proc/boot/x",
          "LS /a/b/c/d/e/f/g/h/i", "LS /nowhere", "LS /worker/worker-1", "LS /shard/zz", "LS /Grüße",
          "CAT /", "CAT /proc", "CAT /proc/boot", "CAT /proc/nothing", "CAT /proc/lifecycle/state/x", "CAT /proc/tests/selftest_full.coh",
          "CAT /queen/ctl", "CAT /queen/ctl.pos", "CAT /proc/boot.pos", "CAT /proc/pressure/busy.cbor",
          "TAIL /", "TAIL /queen/ctl", "TAIL /nowhere",
          "TAIL /proc/boot", "TAIL /proc/lifecycle/state", "TAIL /proc/lifecycle/state", "TAIL /queen/telemetry",
          "ECHO / x", "ECHO /proc x", "ECHO /proc/boot x", "ECHO /kmesg x", "ECHO /nowhere x", "ECHO /queen/ctl x",
          "ECHO /queen/ctl {\"spawn\":\"heartbeat\",\"ticks\":0}", "ECHO /queen/ctl {\"spawn\":\"king\"}",
          "ECHO /queen/ctl {\"spawn\":\"bus\",\"adapter\":\"a\"}", "ECHO /queen/lifecycle/ctl dance", "ECHO /queen/lifecycle/ctl drain",
          "ECHO /log/queen.log one", "ECHO /log/queen.log  two blanks ", "ECHO /log/queen.log Grüße, 世界", "ECHO /queen/ctl.pos x",
          "SPAWN {\"spawn\":\"heartbeat\",\"ticks\":4000}", "SPAWN {}", "SPAWN nonsense", "SPAWN {\"kill\":\"worker-7\"}",
          "LS /worker", "LS /worker/worker-1", "LS /shard", "LS /shard/13/worker/worker-1", "TAIL /queen/ctl", "TAIL /queen/ctl",
          "KILL worker-9", "KILL worker-1", "KILL worker-1", "KILL \"", "KILL \\",
          "ECHO /queen/telemetry/d-1/ctl {\"new\":\"segment\",\"mime\":\"text/plain\"}", "ECHO /queen/telemetry/d-1/ctl {}",
          "CAT /queen/telemetry/d-1/latest", "ECHO /queen/telemetry/d-1/seg/seg-000001 free text", "CAT /queen/telemetry/d-1/seg/seg-000001",
          "LS /queen/telemetry/d-1", "LS /queen/telemetry/none", "CAT /queen/telemetry/none/latest", "ECHO /queen/telemetry/d-1/latest x",
          "ECHO /queen/ctl {\"bind\":{\"from\":\"/proc\",\"to\":\"/facts\"}}", "LS /facts", "CAT /facts/lifecycle/state",
          "ECHO /queen/ctl {\"bind\":{\"from\":\"/none\",\"to\":\"/x\"}}", "CACHELOG 3",
          "ATTACH king", "PING", "SMP");

  /** Refused before anything is sent over Secure9P: the answer is the same, the hive's audit line is the console's alone. */
  private static final List<String> GRAMMAR =
      List.of("", "sing", "LS", "LS /a /b", "CAT", "ECHO /log/queen.log", "ECHO", "SPAWN", "KILL", "KILL a b", "CACHELOG x", "PING x", "ls\t/", "TEST x",
          "KILL a-name-that-is-far-longer-than-any-worker-may-have", "CACHELOG 99999999999");

  private static List<String> answer(String line, Outcome outcome) {
    List<String> all = new ArrayList<>(List.of("> " + line));
    if (outcome instanceof Outcome.Accepted accepted) {
      all.add(Masking.ack(line, accepted.ack().line()));
      all.addAll(Masking.content(line, accepted.lines()));
    } else if (outcome instanceof Outcome.Refused refused) {
      all.add(Masking.ack(line, refused.ack().line()));
    } else {
      all.add(outcome.toString());
    }
    return all;
  }

  private static List<String> run(Hive hive, List<String> lines) {
    List<String> all = new ArrayList<>();
    lines.forEach(line -> all.addAll(line.isEmpty() ? List.of() : answer(line, hive.console(line))));
    return all;
  }

  /**
   * The log. Two paths can't be walked as a console reads them: a relative one, which 9P does not know, and one of more
   * names than one walk takes.
   */
  private static String log(Hive hive) {
    return String.join("\n", run(hive, List.of("CAT /log/queen.log")))
        .replaceAll(" path=(//)?proc(?=\n|$)", " path=*proc")
        .replaceAll(" path=/a(/b/c/d/e/f/g/h/i)?(?=\n|$)", " path=/a*");
  }

  private static final List<String> COUNTERS =
      Stream.of("busy", "quota", "cut", "policy").map(each -> "CAT /proc/pressure/" + each).toList();

  private static Ticket ticket(@Nullable Long ops, List<Ticket.Scope> scopes, Ticket.@Nullable Quotas quotas) {
    return new Ticket(Role.QUEEN, null, ops, null, "ops", 0, Ticket.Mount.NONE, scopes, quotas);
  }

  @Test
  void everyOperationIsAnsweredCountedAndAuditedAlike() throws Exception {
    try (HiveFixture one = HiveFixture.start();
        HiveFixture two = HiveFixture.start()) {
      Hive console = one.queen();
      Hive secure9p = two.hive9p("queen", null);
      for (String line : OPERATIONS) {
        assertEquals(answer(line, console.console(line)), answer(line, secure9p.console(line)));
      }
      assertEquals(run(console, COUNTERS), run(secure9p, COUNTERS));
      String log = log(console);
      assertTrue(log.lines().count() > 40, log);
      assertEquals(log, log(secure9p));
    }
  }

  @Test
  void whatTheGrammarRefusesIsRefusedInTheSameWords() throws Exception {
    try (HiveFixture fixture = HiveFixture.start()) {
      assertEquals(run(fixture.queen(), GRAMMAR), run(fixture.hive9p("queen", null), GRAMMAR));
      List<String> unattached = List.of("LS /", "CAT /proc/boot", "ECHO /log/queen.log x", "SPAWN {}", "KILL w", "TAIL /trace/events", "LOG", "CACHELOG", "BI", "PING", "QUIT");
      assertEquals(run(fixture.hive(null, null), unattached), run(fixture.hive9p(null, null), unattached));
    }
  }

  private static final String KNOWN =
      "ERR .* detail=(denied|invalid-path|not-a-directory|is-a-directory|too-big|stale-cursor) .*";

  /** An answer without what an error number can't say: which EINVAL, EBUSY, EAGAIN or EHOSTDOWN, and its text. */
  private static List<String> bare(List<String> answer) {
    return answer.stream()
        .map(line ->
            !line.startsWith("ERR ") || line.matches(KNOWN)
                ? line
                : line.replaceAll(" (detail|delay_ms)=[^ ]*", "").replaceAll(" error=(?!ELIMIT).*", ""))
        .toList();
  }

  static Stream<Ticket> limitedTickets() {
    Ticket.Scope queen = new Ticket.Scope("/queen", Ticket.Access.BOTH, 0);
    return Stream.of(
        ticket(null, List.of(queen), null),
        ticket(null, List.of(queen, new Ticket.Scope("/proc", Ticket.Access.READ, 0)), null),
        ticket(6L, List.of(), null),
        ticket(7L, List.of(queen), null),
        ticket(null, List.of(), new Ticket.Quotas(600, 0, 0)),
        ticket(null, List.of(), new Ticket.Quotas(0, 2, 0)));
  }

  /** What is refused, and what of it is paid for, is the same: the client looks nothing up at the ticket's cost. */
  @ParameterizedTest
  @MethodSource("limitedTickets")
  void aLimitedTicketIsServedCountedAndAuditedAlike(Ticket claims) throws Exception {
    String ticket = Tickets.mint(claims, "bootstrap".getBytes(StandardCharsets.UTF_8), Tickets.Limits.defaults());
    List<String> operations =
        List.of(
            "ECHO /queen/ctl bad", "SPAWN {\"spawn\":\"king\"}", "LS /proc", "TAIL /queen/ctl", "ECHO /queen/ctl bad",
            "CAT /queen/ctl", "LS /nowhere/x", "CAT /proc/boot", "TAIL /queen/ctl", "ECHO /queen/lifecycle/ctl dance",
            "CAT /proc/lifecycle/state", "TAIL /queen/ctl", "TAIL /proc/lifecycle/state",
            "SPAWN {\"spawn\":\"heartbeat\",\"ticks\":4000}", "TAIL /queen/ctl", "CAT /proc/boot");
    try (HiveFixture one = HiveFixture.start();
        HiveFixture two = HiveFixture.start()) {
      Hive console = one.hive("queen", ticket);
      Hive secure9p = two.hive9p("queen", ticket);
      for (String line : operations) {
        assertEquals(bare(answer(line, console.console(line))), bare(answer(line, secure9p.console(line))));
      }
      Hive overOne = one.queen();
      Hive overTwo = two.queen();
      assertEquals(run(overOne, COUNTERS), run(overTwo, COUNTERS));
      String log = log(overOne);
      assertTrue(log.contains(" result="), log);
      // A session that doesn't see everything walks name by name: the path ends with the name that was refused.
      assertEquals(walks(log), walks(log(overTwo)));
    }
  }

  private static String walks(String log) {
    return log.replaceAll("(op=walk [^\n]*) path=[^ \n]*", "$1 path=*");
  }
}
