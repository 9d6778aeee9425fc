// What `test` prints: what passed, what failed and what was left out, for people and for programs.
package io.cohesix.cohsh;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cohesix.core.script.ScriptRunner.Check;
import io.cohesix.core.script.SelfTest;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TestCommandTest {
  private static final Check PING = new Check("line 1: ping", true, "OK PING reply=pong");
  private static final Check KILL = new Check("line 2: kill newest", true, "left out: --no-mutate", true);
  private static final Check LS = new Check("line 3: ls /", false, "ERR LS reason=busy");

  private static String shown(String arguments, boolean ok, Check... checks) {
    StringWriter out = new StringWriter();
    SelfTest.Report report = new SelfTest.Report(ok, ok ? 0 : 1, 7, List.of(checks), ok ? "" : "why");
    PrintWriter err = new PrintWriter(new StringWriter());
    TestCommand.show(SelfTest.Request.parse(arguments), report, new Output(new PrintWriter(out), err, false, false));
    return out.toString();
  }

  @Test
  void whatWasLeftOutIsNotCountedAsPassed() {
    assertEquals(
        "pass line 1: ping\nskip line 2: kill newest\ntest smp: ok, 1 of 2 checks in 7 ms, 1 left out: --no-mutate\n",
        shown("--mode smp --no-mutate", true, PING, KILL));
    assertEquals(
        "skip line 2: kill newest\nFAIL line 3: ls / - ERR LS reason=busy\n"
            + "test smp: FAILED, 0 of 2 checks in 7 ms, 1 left out: --no-mutate\n",
        shown("--mode smp --no-mutate", false, KILL, LS));
    assertEquals("pass line 1: ping\ntest quick: ok, 1 of 1 checks in 7 ms\n", shown("--no-mutate", true, PING));
  }

  @Test
  void programsAreToldWhatWasLeftOutAndNothingMoreWhereNothingWas() {
    String ping = "{\"name\":\"line 1: ping\",\"ok\":true,\"detail\":\"OK PING reply=pong\"}";
    assertEquals(
        "{\"ok\":true,\"mode\":\"smp\",\"elapsed_ms\":7,\"checks\":[" + ping
            + ",{\"name\":\"line 2: kill newest\",\"ok\":true,\"detail\":\"left out: --no-mutate\",\"skipped\":true}]"
            + ",\"skipped\":1,\"version\":\"1\"}\n",
        shown("--mode smp --json --no-mutate", true, PING, KILL));
    assertEquals(
        "{\"ok\":true,\"mode\":\"quick\",\"elapsed_ms\":7,\"checks\":[" + ping + "],\"version\":\"1\"}\n",
        shown("--json", true, PING));
  }
}
