// `pool bench k=v…`: the same operation many times over several sessions at once, counted. Times go to the message, so that the
// acknowledgement is the same in every run.
package io.cohesix.core.shell;

import io.cohesix.core.Hive;
import io.cohesix.core.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** The pool command. */
final class PoolBench {
  static final String USAGE = "pool bench [sessions=n] [ops=n] [path=p] [payload=text] [drop=n]";

  private static final int MAX_OPS = 100_000;

  /**
   * What was typed.
   *
   * @param sessions sessions at once
   * @param ops operations in all
   * @param path of the node
   * @param payload what is appended; empty: the node is read
   * @param drop after how many operations each session's connection is dropped; 0: never
   */
  private record Request(int sessions, int ops, String path, String payload, int drop) {}

  /** Counters of a run. */
  private static final class Tally {
    final AtomicInteger next = new AtomicInteger();
    final AtomicInteger accepted = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();
    final AtomicInteger lost = new AtomicInteger();
    final AtomicReference<String> first = new AtomicReference<>("");
  }

  private final ShellContext context;

  PoolBench(ShellContext context) {
    this.context = context;
  }

  CommandResult run(String rest) {
    Request request;
    try {
      request = parse(rest);
    } catch (IllegalArgumentException e) {
      return CommandResult.usage(e.getMessage() + "; usage: " + USAGE);
    }
    int most = context.policy().pool().controlSessions() + context.policy().pool().telemetrySessions();
    if (request.sessions() > most) {
      return CommandResult.refused(
          "ERR POOL reason=policy detail=sessions limit=" + most,
          "client_policies.cohsh.pool allows " + most + " sessions, " + request.sessions() + " were asked for");
    }
    List<Hive> pool = new ArrayList<>();
    try {
      for (int i = 0; i < request.sessions(); i++) {
        Hive hive = context.opener().open();
        pool.add(hive);
        Outcome connected = hive.connect();
        if (!connected.accepted()) {
          CommandResult result = CommandResult.of(connected);
          return new CommandResult(
              result.kind(), result.ack(), List.of(), "session " + (i + 1) + " of " + request.sessions() + ": " + result.message());
        }
      }
      return measure(request, pool);
    } catch (IOException e) {
      return CommandResult.refused("ERR POOL reason=policy detail=sessions", e.getMessage() + "");
    } finally {
      pool.forEach(Hive::close);
    }
  }

  private static CommandResult measure(Request request, List<Hive> pool) {
    Tally tally = new Tally();
    List<Thread> threads = new ArrayList<>();
    long start = System.nanoTime();
    for (Hive hive : pool) {
      Thread thread = new Thread(() -> work(request, hive, tally), "pool-bench");
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      boolean interrupted = false;
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          tally.next.set(request.ops());
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    String counts =
        "sessions=%d ops=%d accepted=%d refused=%d lost=%d"
            .formatted(request.sessions(), request.ops(), tally.accepted.get(), tally.refused.get(), tally.lost.get());
    boolean all = tally.accepted.get() == request.ops();
    String speed =
        "%.0f operations a second, %.3f s".formatted(tally.accepted.get() / seconds, seconds)
            + (all ? "" : "; first that was not accepted: " + tally.first.get());
    return new CommandResult(
        all ? CommandResult.Kind.OK : CommandResult.Kind.REFUSED, (all ? "OK POOL " : "ERR POOL reason=policy detail=incomplete ") + counts, List.of(), speed);
  }

  private static void work(Request request, Hive hive, Tally tally) {
    for (int mine = 1; tally.next.getAndIncrement() < request.ops(); mine++) {
      Outcome outcome = request.payload().isEmpty() ? hive.cat(request.path()) : hive.echo(request.path(), request.payload());
      if (outcome.accepted()) {
        tally.accepted.incrementAndGet();
      } else {
        (outcome instanceof Outcome.Refused ? tally.refused : tally.lost).incrementAndGet();
        CommandResult result = CommandResult.of(outcome);
        tally.first.compareAndSet("", result.ack().isEmpty() ? result.message() : result.ack());
      }
      if (request.drop() > 0 && mine % request.drop() == 0) {
        hive.drop();
      }
    }
  }

  private static Request parse(String rest) {
    Map<String, String> given = new TreeMap<>();
    for (String word : Words.split(rest)) {
      int equals = word.indexOf('=');
      String key = equals < 0 ? word : word.substring(0, equals);
      if (equals < 1 || !List.of("sessions", "ops", "path", "payload", "drop").contains(key)) {
        throw new IllegalArgumentException("'" + word + "' is no setting of pool bench");
      }
      if (given.putIfAbsent(key, Words.unquote(word.substring(equals + 1))) != null) {
        throw new IllegalArgumentException("'" + key + "' is given twice");
      }
    }
    return new Request(
        number(given, "sessions", 2, 1, 1024),
        number(given, "ops", 100, 1, MAX_OPS),
        given.getOrDefault("path", "/proc/lifecycle/state"),
        given.getOrDefault("payload", ""),
        number(given, "drop", 0, 0, MAX_OPS));
  }

  private static int number(Map<String, String> given, String key, int fallback, int min, int max) {
    String text = given.getOrDefault(key, String.valueOf(fallback));
    int value = text.matches("[0-9]{1,7}") ? Integer.parseInt(text) : -1;
    if (value < min || value > max) {
      throw new IllegalArgumentException("'" + key + "=" + text + "' must be a number from " + min + " to " + max);
    }
    return value;
  }
}
