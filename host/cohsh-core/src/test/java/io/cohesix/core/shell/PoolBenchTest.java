// `pool bench` counts what happened, opens no more sessions than the policy allows, and gives them all back.
package io.cohesix.core.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.core.Ack;
import io.cohesix.core.Hive;
import io.cohesix.core.Outcome;
import io.cohesix.core.policy.ClientPolicy;
import io.cohesix.core.script.CannedHive;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class PoolBenchTest {
  private final List<String> calls = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger appended = new AtomicInteger();
  private int refuseFrom = Integer.MAX_VALUE;
  private int sessions;

  private static Outcome outcome(String ack) {
    Ack parsed = Ack.parse(ack).orElseThrow();
    return parsed.ok() ? new Outcome.Accepted(parsed, List.of()) : new Outcome.Refused(parsed);
  }

  private Hive session() throws IOException {
    if (++sessions > 5) {
      throw new IOException("no more sessions today");
    }
    return (Hive)
        Proxy.newProxyInstance(
            PoolBenchTest.class.getClassLoader(),
            new Class<?>[] {Hive.class},
            (self, method, args) -> {
              calls.add(method.getName());
              return switch (method.getName()) {
                case "connect" -> outcome("OK CONNECT");
                case "cat" -> outcome("OK CAT path=/p data=");
                case "echo" -> outcome(appended.incrementAndGet() >= refuseFrom ? "ERR ECHO reason=busy" : "OK ECHO path=/p bytes=1");
                default -> null;
              };
            });
  }

  private CommandResult run(String arguments) {
    return new CommandHandler(new CannedHive(), new ShellContext(ClientPolicy.defaults(), Path.of(""), line -> {}, this::session))
        .run("pool bench " + arguments);
  }

  private long count(String call) {
    return calls.stream().filter(call::equals).count();
  }

  @Test
  void everyOperationIsDoneOnceOverAllSessions() {
    CommandResult result = run("sessions=4 ops=101 drop=10 path=/p payload=\"a b\"");
    assertEquals("OK POOL sessions=4 ops=101 accepted=101 refused=0 lost=0", result.ack());
    assertTrue(result.message().contains("operations a second"), result.message());
    assertEquals(101, count("echo"));
    assertTrue(count("drop") >= 7 && count("drop") <= 10, calls.toString());
    assertEquals(4, count("close"));
    assertEquals(0, count("cat"));
  }

  @Test
  void readingIsTheDefault() {
    assertEquals("OK POOL sessions=2 ops=100 accepted=100 refused=0 lost=0", run("").ack());
    assertEquals(100, count("cat"));
  }

  @Test
  void refusalsAreCountedAndTheFirstIsTold() {
    refuseFrom = 8;
    CommandResult result = run("sessions=1 ops=10 payload=x");
    assertEquals("ERR POOL reason=policy detail=incomplete sessions=1 ops=10 accepted=7 refused=3 lost=0", result.ack());
    assertEquals(CommandResult.Kind.REFUSED, result.kind());
    assertTrue(result.message().endsWith("first that was not accepted: ERR ECHO reason=busy"), result.message());
  }

  @Test
  void thePolicysSessionsAreTheLimitAndWhatCanNotBeOpenedIsGivenBack() {
    assertEquals("ERR POOL reason=policy detail=sessions limit=6", run("sessions=7").ack());
    assertEquals(0, sessions);
    CommandResult result = run("sessions=6");
    assertEquals("ERR POOL reason=policy detail=sessions", result.ack());
    assertEquals("no more sessions today", result.message());
    assertEquals(5, count("close"));
  }

  @Test
  void wrongSettingsAreNamed() {
    for (String wrong : List.of("ops=0", "ops=x", "ops=1 ops=2", "speed=1", "=1", "ops", "sessions=1025", "drop=-1")) {
      assertEquals(CommandResult.Kind.USAGE, run(wrong).kind(), wrong);
    }
    assertEquals(CommandResult.Kind.USAGE, new CommandHandler(new CannedHive(), ClientPolicy.defaults()).run("pool swim").kind());
  }
}
