// The runner: where it stops, what it says, and how typed commands become console lines.
package io.cohesix.core.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.core.policy.ClientPolicy;
import io.cohesix.core.shell.CommandHandler;
import io.cohesix.core.shell.CommandResult;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ScriptRunnerTest {
  private final CannedHive hive = new CannedHive();
  private final CommandHandler handler = new CommandHandler(hive, ClientPolicy.defaults());

  private ScriptRunner.Result run(String text, ScriptRunner.Limits limits) throws Exception {
    return new ScriptRunner(handler, new ScriptRunner.Listener() {}, limits).run(ScriptParser.parse("s.coh", text));
  }

  private ScriptRunner.Result run(String text) throws Exception {
    return run(text, ScriptRunner.Limits.NONE);
  }

  @Test
  void aScriptWhoseCommandsAllPassEndsWithZero() throws Exception {
    hive.answer("OK LS path=/ entries=0").answer("OK PING reply=pong");
    ScriptRunner.Result result = run("ls\nping\nEXPECT SUBSTR pong");
    assertTrue(result.ok());
    assertEquals(0, result.exitCode());
    assertEquals(List.of("LS /", "PING"), hive.sent);
  }

  @Test
  void theFirstRefusalStopsWithLineCommandAndAcknowledgement() throws Exception {
    hive.answer("OK PING reply=pong").answer("ERR CAT reason=policy detail=denied");
    ScriptRunner.Result result = run("ping\n\ncat /x\nping");
    assertEquals(1, result.exitCode());
    assertEquals("s.coh:3: failed: cat /x\n  last acknowledgement: ERR CAT reason=policy detail=denied", result.failure());
    assertEquals(2, hive.sent.size());
  }

  @Test
  void aRefusalThatIsExpectedIsNoFailure() throws Exception {
    hive.answer("ERR CAT reason=policy detail=denied").answer("OK PING reply=pong");
    assertTrue(run("cat /x\nEXPECT SUBSTR denied\nEXPECT ERR\nping").ok());
  }

  @Test
  void anAcceptanceThatShouldHaveBeenRefusedFails() throws Exception {
    hive.answer("OK CAT path=/x data=");
    ScriptRunner.Result result = run("cat /x\nEXPECT ERR");
    assertEquals(
        "s.coh:2: failed: EXPECT ERR\n  command: cat /x (line 1)\n  last acknowledgement: OK CAT path=/x data=",
        result.failure());
    assertEquals(List.of(false), result.checks().stream().map(ScriptRunner.Check::ok).toList());
  }

  @Test
  void expectNotFailsOnTheTextAndPassesWithoutIt() throws Exception {
    hive.answer("OK LS path=/ entries=1").answer("OK LS path=/ entries=1");
    assertFalse(run("ls\nEXPECT NOT entries=1").ok());
    assertTrue(run("ls\nEXPECT NOT entries=0").ok());
  }

  @Test
  void anUnreachableHiveIsAnotherExitCodeEvenWhereErrIsExpected() throws Exception {
    ScriptRunner.Result result = run("ping\nEXPECT ERR");
    assertEquals(3, result.exitCode());
    assertTrue(result.failure().contains("nothing listens"), result.failure());
  }

  @Test
  void waitIsAtLeastAsLongAsItSays() throws Exception {
    hive.answer("OK PING reply=pong");
    long start = System.nanoTime();
    run("ping\nWAIT 60");
    assertTrue(System.nanoTime() - start >= 60_000_000L);
  }

  @Test
  void withoutMutationCommandsThatChangeAreLeftOutWithTheirAssertions() throws Exception {
    hive.answer("OK PING reply=pong");
    ScriptRunner.Result result =
        run("spawn heartbeat\nEXPECT SUBSTR worker\nECHO x > /y\nfrobnicate\nEXPECT ERR\nping", new ScriptRunner.Limits(0, false));
    assertTrue(result.ok());
    assertEquals(List.of("PING"), hive.sent);
    assertEquals("left out: --no-mutate", result.checks().get(0).detail());
    assertEquals(List.of(true, true, true, false), result.checks().stream().map(ScriptRunner.Check::skipped).toList());
  }

  @Test
  void nothingStartsAfterTheDeadline() throws Exception {
    ScriptRunner.Result result = run("ping", new ScriptRunner.Limits(System.nanoTime() - 1, true));
    assertEquals(1, result.exitCode());
    assertTrue(result.failure().contains("the time limit is over"));
    assertTrue(hive.sent.isEmpty());
  }

  @Test
  void commandsBecomeConsoleLines() {
    String[][] rows = {
      {"echo \"hello world\" > /log/queen.log", "ECHO /log/queen.log hello world"},
      {"echo {\"spawn\":\"heartbeat\"} > /queen/ctl", "ECHO /queen/ctl {\"spawn\":\"heartbeat\"}"},
      {"ECHO /queen/ctl {\"kill\":\"worker-1\"}", "ECHO /queen/ctl {\"kill\":\"worker-1\"}"},
      {"spawn heartbeat ticks=100 ttl_s=60", "SPAWN {\"spawn\":\"heartbeat\",\"ticks\":100,\"budget\":{\"ttl_s\":60}}"},
      {"spawn {\"spawn\":\"x\"}", "SPAWN {\"spawn\":\"x\"}"},
      {"kill worker-1", "KILL worker-1"},
      {"bind /shard /shadow", "ECHO /queen/ctl {\"bind\":{\"from\":\"/shard\",\"to\":\"/shadow\"}}"},
      {"mount gpu-bridge /gpu", "ECHO /queen/ctl {\"mount\":{\"service\":\"gpu-bridge\",\"at\":\"/gpu\"}}"},
      {"attach", "ATTACH queen "},
      {"attach worker-heartbeat cohesix-ticket-00.11", "ATTACH worker-heartbeat cohesix-ticket-00.11"},
      {"CacheLog 5", "CACHELOG 5"},
      {"bi", "BI"},
      {"frobnicate  now", "frobnicate  now"},
      {"help hive", "HELP"},
      {"exit", "QUIT"},
    };
    for (String[] row : rows) {
      hive.sent.clear();
      hive.answers.clear();
      hive.answer("OK X");
      handler.run(row[0]);
      assertEquals(List.of(row[1]), hive.sent, row[0]);
    }
  }

  @Test
  void theNewestWorkerIsTheOneWithTheHighestNumber() {
    hive.answer("OK LS path=/worker entries=4", "worker-10", "worker-2", "worker-9", "workshop");
    hive.answer("OK KILL id=worker-10");
    assertEquals("OK KILL id=worker-10", handler.run("kill newest").ack());
    assertEquals(List.of("LS /worker", "KILL worker-10"), hive.sent);
  }

  @Test
  void withoutAWorkerThereIsNoNewest() {
    hive.answer("OK LS path=/worker entries=0");
    assertEquals("ERR KILL reason=policy detail=no-worker", handler.run("kill newest").ack());
    hive.answer("ERR LS reason=policy detail=denied path=/worker error=EPERM");
    assertEquals("ERR LS reason=policy detail=denied path=/worker error=EPERM", handler.run("kill newest").ack());
    assertEquals(List.of("LS /worker", "LS /worker"), hive.sent);
  }

  @Test
  void theOverflowMarkIsOneByteMoreThanAMessageHolds() {
    hive.answer("ERR FRAME reason=invalid-length");
    handler.run("echo {{msize_overflow}} > /log/queen.log");
    assertEquals("ECHO /log/queen.log ".length() + 8193, hive.sent.get(0).length());
  }

  @Test
  void wrongUsageIsRefusedHereAndSaysTheForm() {
    for (String line : List.of("cat", "cat a b", "ls a b", "kill", "echo", "echo a", "attach a b c", "bind a", "ping x", "bi 1",
        "lifecycle dance", "spawn", "spawn fox", "help me", "cat \"a", "test")) {
      CommandResult result = handler.run(line);
      assertEquals(CommandResult.Kind.USAGE, result.kind(), line);
      assertTrue(result.ack().startsWith("ERR PARSE reason=policy detail="), result.ack());
      assertEquals(2, result.exitCode());
    }
    assertTrue(hive.sent.isEmpty());
    assertEquals("usage: cat <path>", handler.run("cat").message());
  }

  @Test
  void aLifecycleCommandThatMakesNoSenseIsNotSent() {
    hive.answer("OK CAT path=/proc/lifecycle/state data=state=DRAINING", "state=DRAINING");
    CommandResult result = handler.run("lifecycle cordon");
    assertEquals("ERR LIFECYCLE reason=policy detail=invalid-transition action=cordon state=DRAINING", result.ack());
    assertEquals(List.of("CAT /proc/lifecycle/state"), hive.sent);
    hive.answer("OK CAT path=/proc/lifecycle/state data=state=DRAINING", "state=DRAINING").answer("OK ECHO path=x bytes=5");
    assertTrue(handler.run("lifecycle drain").ok());
    assertEquals("ECHO /queen/lifecycle/ctl drain", hive.sent.get(2));
  }

  @Test
  void anUnknownCommandIsTheHivesToRefuseAndCarriesAHint() {
    hive.answer("ERR PARSE reason=policy detail=unknown verb");
    CommandResult result = handler.run("sl /");
    assertEquals("unknown command 'sl': did you mean 'ls'?", result.message());
    assertEquals("ERR PARSE reason=policy detail=unknown verb", result.ack());
  }

  @Test
  void theSelfTestRunsWhatTheHiveServes() {
    hive.answer("OK CAT path=x data=", "# served", "ping", "EXPECT OK", "spawn heartbeat").answer("OK PING reply=pong");
    SelfTest.Report report = SelfTest.run(handler, SelfTest.Request.parse("--mode full --no-mutate --timeout 5"));
    assertTrue(report.ok(), report.failure());
    assertEquals(List.of("CAT /proc/tests/selftest_full.coh", "PING"), hive.sent);
    assertEquals(2, report.checks().size());
  }

  @Test
  void aSelfTestThatIsNotServedFailsAndSaysSo() {
    hive.answer("ERR CAT reason=policy detail=invalid-path");
    SelfTest.Report report = SelfTest.run(handler, SelfTest.Request.parse("--mode smp"));
    assertFalse(report.ok());
    assertEquals(1, report.exitCode());
    assertEquals("this hive serves no smp test: ERR CAT reason=policy detail=invalid-path", report.failure());
    hive.answer("OK CAT path=x data=", "EXPECT OK");
    assertEquals(
        "/proc/tests/selftest_quick.coh:1: error: EXPECT stands before any command",
        SelfTest.run(handler, SelfTest.Request.parse("")).failure());
  }

  @Test
  void selfTestOptionsAreBounded() {
    for (String bad : List.of("--mode", "--mode slow", "--timeout 0", "--timeout 121", "--timeout", "--fast")) {
      assertThrows(IllegalArgumentException.class, () -> SelfTest.Request.parse(bad), bad);
    }
    assertEquals(120, SelfTest.Request.parse("--timeout 120").timeoutS());
  }
}
