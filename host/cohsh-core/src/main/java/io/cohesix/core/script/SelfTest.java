// The `test` command: fetches a script that the hive itself serves, and runs it with the shell's handler.
package io.cohesix.core.script;

import io.cohesix.core.Outcome;
import io.cohesix.core.shell.CommandHandler;
import io.cohesix.core.shell.CommandResult;
import io.cohesix.core.shell.Words;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Runs /proc/tests/selftest_&lt;mode&gt;.coh (spec/coh-script.md). */
public final class SelfTest {
  /** Longest time limit, seconds. */
  public static final int MAX_TIMEOUT_S = 120;

  private static final Set<String> MODES = Set.of("quick", "full", "negative", "smp");

  /**
   * What was asked for.
   *
   * @param mode which script
   * @param json whether the report is to be JSON
   * @param timeoutS time limit in seconds
   * @param mutate whether commands that can change the hive are run
   */
  public record Request(String mode, boolean json, int timeoutS, boolean mutate) {

    /**
     * Parses the command's arguments.
     *
     * @throws IllegalArgumentException when they are wrong; the message says how
     */
    public static Request parse(String arguments) {
      String mode = "quick";
      boolean json = false;
      boolean mutate = true;
      int timeoutS = MAX_TIMEOUT_S;
      List<String> words = Words.split(arguments);
      for (int i = 0; i < words.size(); i++) {
        String word = words.get(i);
        String value = i + 1 < words.size() ? words.get(i + 1) : "";
        switch (word) {
          case "--json" -> json = true;
          case "--no-mutate" -> mutate = false;
          case "--mode" -> {
            if (!MODES.contains(value)) {
              throw new IllegalArgumentException("--mode takes quick, full, negative or smp, found '" + value + "'");
            }
            mode = value;
            i++;
          }
          case "--timeout" -> {
            timeoutS = value.matches("[0-9]{1,3}") ? Integer.parseInt(value) : 0;
            if (timeoutS < 1 || timeoutS > MAX_TIMEOUT_S) {
              throw new IllegalArgumentException(
                  "--timeout takes 1 to " + MAX_TIMEOUT_S + " seconds, found '" + value + "'");
            }
            i++;
          }
          default -> throw new IllegalArgumentException("test does not know '" + word + "'");
        }
      }
      return new Request(mode, json, timeoutS, mutate);
    }
  }

  /**
   * What it came to.
   *
   * @param ok whether all passed
   * @param exitCode 0 passed, 1 failed or not served, 3 no hive
   * @param elapsedMs how long it took
   * @param checks one for each command
   * @param failure why it stopped; empty when ok
   */
  public record Report(
      boolean ok, int exitCode, long elapsedMs, List<ScriptRunner.Check> checks, String failure) {
    /** Copies the checks. */
    public Report {
      checks = List.copyOf(checks);
    }
  }

  private SelfTest() {}

  /** Fetches and runs. */
  public static Report run(CommandHandler handler, Request request) {
    long start = System.nanoTime();
    String path = "/proc/tests/selftest_" + request.mode() + ".coh";
    Outcome fetched = handler.hive().cat(path);
    if (!(fetched instanceof Outcome.Accepted accepted)) {
      CommandResult result = CommandResult.of(fetched);
      String answer = result.ack().isEmpty() ? result.message() : result.ack();
      String why = result.ack().contains("detail=invalid-path") ? "this hive serves no " + request.mode() + " test: " + answer : answer;
      return report(start, false, result.exitCode(), List.of(new ScriptRunner.Check("fetch " + path, false, why)), why);
    }
    Script script;
    try {
      script = ScriptParser.parse(path, String.join("\n", accepted.lines()));
    } catch (ScriptParser.SyntaxException e) {
      String why = e.getMessage() + "";
      return report(start, false, 1, List.of(new ScriptRunner.Check("parse " + path, false, why)), why);
    }
    long deadline = start + TimeUnit.SECONDS.toNanos(request.timeoutS());
    ScriptRunner.Result result =
        new ScriptRunner(
                handler, new ScriptRunner.Listener() {}, new ScriptRunner.Limits(deadline, request.mutate()))
            .run(script);
    return report(start, result.ok(), result.exitCode(), result.checks(), result.failure());
  }

  private static Report report(
      long start, boolean ok, int exitCode, List<ScriptRunner.Check> checks, String failure) {
    return new Report(ok, exitCode, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start), checks, failure);
  }
}
