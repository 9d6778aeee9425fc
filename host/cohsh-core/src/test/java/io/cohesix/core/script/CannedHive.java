// Answers from a list, so that the runner's own rules can be tested. It knows nothing of what a hive means.
package io.cohesix.core.script;

import io.cohesix.core.Ack;
import io.cohesix.core.Hive;
import io.cohesix.core.Outcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

public final class CannedHive implements Hive {
  public final Deque<Outcome> answers = new ArrayDeque<>();
  public final List<String> sent = new ArrayList<>();

  public CannedHive answer(String ack, String... lines) {
    Ack parsed = Ack.parse(ack).orElseThrow();
    answers.add(parsed.ok() ? new Outcome.Accepted(parsed, List.of(lines)) : new Outcome.Refused(parsed));
    return this;
  }

  private Outcome next(String line) {
    sent.add(line);
    Outcome outcome = answers.poll();
    return outcome == null ? new Outcome.Unreachable("nothing listens") : outcome;
  }

  @Override
  public Outcome attach(String role, @Nullable String ticket) {
    return next("ATTACH " + role + " " + (ticket == null ? "" : ticket));
  }

  @Override
  public Outcome connect() {
    return next("AUTH t");
  }

  @Override
  public Outcome detach() {
    return next("QUIT");
  }

  @Override
  public void drop() {}

  @Override
  public boolean attached() {
    return true;
  }

  @Override
  public Outcome ls(String path) {
    return next("LS " + path);
  }

  @Override
  public Outcome cat(String path) {
    return next("CAT " + path);
  }

  @Override
  public Outcome tail(String path) {
    return next("TAIL " + path);
  }

  @Override
  public Outcome log() {
    return next("LOG");
  }

  @Override
  public Outcome echo(String path, String payload) {
    return next("ECHO " + path + " " + payload);
  }

  @Override
  public int maxPayload(String path) {
    return 200;
  }

  @Override
  public Outcome spawn(String json) {
    return next("SPAWN " + json);
  }

  @Override
  public Outcome kill(String worker) {
    return next("KILL " + worker);
  }

  @Override
  public Outcome ping() {
    return next("PING");
  }

  @Override
  public Outcome help() {
    return next("HELP");
  }

  @Override
  public Outcome console(String line) {
    return next(line);
  }

  @Override
  public void close() {}
}
