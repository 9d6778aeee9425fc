// Following a node: a gap is told and survived, a refusal ends it.
package io.cohesix.cohsh;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cohesix.core.Ack;
import io.cohesix.core.Hive;
import io.cohesix.core.Outcome;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FollowTest {
  private static Outcome outcome(String ack, String... lines) {
    Ack parsed = Ack.parse(ack).orElseThrow();
    return parsed.ok() ? new Outcome.Accepted(parsed, List.of(lines)) : new Outcome.Refused(parsed);
  }

  private static Hive hive(Deque<Outcome> answers) {
    return (Hive)
        Proxy.newProxyInstance(
            FollowTest.class.getClassLoader(), new Class<?>[] {Hive.class}, (self, method, args) -> answers.remove());
  }

  @Test
  void anOvertakenCursorIsToldOnStandardErrorAndFollowingGoesOn() {
    Deque<Outcome> answers = new ArrayDeque<>();
    answers.add(outcome("OK TAIL path=/w", "one"));
    answers.add(outcome("ERR TAIL reason=policy detail=stale-cursor oldest=42 path=/w"));
    answers.add(outcome("OK TAIL path=/w", "nine"));
    answers.add(outcome("ERR TAIL reason=policy detail=invalid-path path=/w error=invalid path"));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Output output = new Output(new PrintWriter(out), new PrintWriter(err, true), false, false);
    assertEquals(1, Follow.run("tail -f /w", hive(answers), 1, output));
    assertEquals(
        "OK TAIL path=/w\none\nnine\nERR TAIL reason=policy detail=invalid-path path=/w error=invalid path\n", out.toString());
    assertEquals("cohsh: /w: records were overwritten before they were read; going on at position 42\n", err.toString());
  }
}
