// The masking table: what differs between platforms is hidden, everything else stays.
package io.cohesix.core.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cohesix.core.shell.CommandResult;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MaskingTest {
  @Test
  void timesAndDelaysAreHidden() {
    assertEquals("OK CAT path=/x data=since_ms=*", Masking.ack("cat /x", "OK CAT path=/x data=since_ms=123"));
    assertEquals(
        "ERR ATTACH reason=throttled delay_ms=*", Masking.ack("attach", "ERR ATTACH reason=throttled delay_ms=500"));
    assertEquals(
        List.of("{\"tick\":1,\"ts_ms\":*}", "last_seen_ms=*", "issued_ts_ms=*"),
        Masking.content("cat /worker/worker-1/telemetry", List.of("{\"tick\":1,\"ts_ms\":250}", "last_seen_ms=9", "issued_ts_ms=4")));
  }

  @Test
  void otherNumbersStay() {
    String line = "active=3 draining=0 tick_ms=5 bytes=20 expires=7 heartbeat_ms=250";
    assertEquals(List.of(line), Masking.content("cat /x", List.of(line)));
  }

  @Test
  void kernelIdentityIsHiddenAlsoInASummary() {
    assertEquals(
        List.of("kernel=*", "kernel.version=*", "backend=*", "timer=*", "manifest.schema=1.5"),
        Masking.content("cat /proc/boot", List.of("kernel=sim", "kernel.version=16.0.0", "backend=qemu-virt", "timer=counter", "manifest.schema=1.5")));
    assertEquals(
        List.of("attestation=none", "attestation.state=*", "attestation.evidence=*"),
        Masking.content("cat /proc/boot", List.of("attestation=none", "attestation.state=measured", "attestation.evidence=9e10")));
    assertEquals("OK CAT path=/proc/boot data=kernel=*|timer=*|workers.max=1", Masking.ack("cat /proc/boot", "OK CAT path=/proc/boot data=kernel=sim|timer=x|workers.max=1"));
  }

  @Test
  void platformFactsAreHiddenWhole() {
    for (String verb : List.of("bi", "caps", "MEM", "smp", "netstats")) {
      String upper = verb.toUpperCase(java.util.Locale.ROOT);
      assertEquals("* " + upper, Masking.ack(verb, "ERR X reason=unsupported"));
      assertEquals("* " + upper, Masking.ack(verb, "OK X a=1"));
      assertEquals(List.of(), Masking.content(verb, List.of("a=1", "b=2")));
    }
  }

  @Test
  void logLinesLoseTheirTimeAndTheirSummary() {
    assertEquals(
        List.of("* audit op=LS", "as it was sent", "12"),
        Masking.content("tail /log/queen.log", List.of("1234 audit op=LS", "as it was sent", "12")));
    assertEquals(
        "OK CAT path=/log/queen.log data=*", Masking.ack("cat /log/queen.log", "OK CAT path=/log/queen.log data=1 a|2 b"));
    assertEquals(List.of("* audit"), Masking.content("cachelog 3", List.of("99 audit")));
    assertEquals(List.of("42 is content"), Masking.content("cat /queen/ctl", List.of("42 is content")));
  }

  @Test
  void howFarAWorkerCameIsHiddenWhereSomebodyEndedIt() {
    assertEquals(
        List.of("* worker ended id=worker-1 role=worker-heartbeat reason=killed tick=*",
            "* worker ended id=worker-2 role=worker-heartbeat reason=ticks tick=5"),
        Masking.content("tail /log/queen.log", List.of("12 worker ended id=worker-1 role=worker-heartbeat reason=killed tick=0",
            "13 worker ended id=worker-2 role=worker-heartbeat reason=ticks tick=5")));
    assertEquals(List.of("reason=killed tick=3"), Masking.content("cat /x", List.of("reason=killed tick=3")));
  }

  @Test
  void aTranscriptIsCommandAcknowledgementAndContent() {
    Transcript transcript = new Transcript();
    transcript.add(
        "cat /x", new CommandResult(CommandResult.Kind.OK, "OK CAT path=/x data=a", List.of("a\u0007"), ""));
    transcript.add("ping", new CommandResult(CommandResult.Kind.UNREACHABLE, "", List.of(), "gone"));
    assertEquals("coh> cat /x\nOK CAT path=/x data=a\na\\x07\ncoh> ping\nERR - gone\n", transcript.text());
    assertEquals("", new Transcript().text());
  }
}
