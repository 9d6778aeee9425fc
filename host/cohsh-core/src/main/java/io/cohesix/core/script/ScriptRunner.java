// Runs a parsed script with the shell's own handler, and stops at the first thing that is not as the script says.
package io.cohesix.core.script;

import io.cohesix.core.shell.CommandHandler;
import io.cohesix.core.shell.CommandResult;
import io.cohesix.core.shell.Verb;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs scripts. Use one object for one run. */
public final class ScriptRunner {

  /** Told what happens, as it happens. */
  public interface Listener {
    /** A command was run. */
    default void command(Script.Command command, CommandResult result) {}

    /** An assertion was checked. */
    default void expect(Script.Expect expect, boolean met) {}
  }

  /**
   * One command with its assertions.
   *
   * @param name {@code line <n>: <command>}
   * @param ok whether all was as the script says, as far as it was run
   * @param detail the acknowledgement, or what was wrong
   * @param skipped whether it was left out, so that {@code ok} says nothing of it
   */
  public record Check(String name, boolean ok, String detail, boolean skipped) {
    /** A check that was made. */
    public Check(String name, boolean ok, String detail) {
      this(name, ok, detail, false);
    }
  }

  /**
   * How a run ended.
   *
   * @param ok whether every command and assertion passed
   * @param unreachable whether it stopped because no hive answered
   * @param failure line number, command, assertion and last acknowledgement of what failed; empty when ok
   * @param checks one for each command that was run or left out
   */
  public record Result(boolean ok, boolean unreachable, String failure, List<Check> checks) {
    /** 0 passed, 1 failed, 3 no hive. */
    public int exitCode() {
      return ok ? 0 : unreachable ? 3 : 1;
    }
  }

  /**
   * Bounds of a run.
   *
   * @param deadlineNanos {@link System#nanoTime} after which no further command starts; 0 = none
   * @param mutate whether commands that can change the hive are run
   */
  public record Limits(long deadlineNanos, boolean mutate) {
    /** No deadline, everything is run. */
    public static final Limits NONE = new Limits(0, true);
  }

  private final CommandHandler handler;
  private final Listener listener;
  private final Limits limits;
  private final List<Check> checks = new ArrayList<>();
  private Script.@Nullable Command last;
  private String ack = "";
  private boolean skipping;

  /** Prepares a run. */
  public ScriptRunner(CommandHandler handler, Listener listener, Limits limits) {
    this.handler = handler;
    this.listener = listener;
    this.limits = limits;
  }

  /** Runs the script to its end or its first failure. */
  public Result run(Script script) {
    for (Script.Step step : script.steps()) {
      @Nullable Result stop = null;
      if (step instanceof Script.Command command) {
        stop = command(script, command);
      } else if (step instanceof Script.Expect expect) {
        stop = skipping ? null : expect(script, expect);
      } else if (step instanceof Script.Pause pause && !pause(pause.ms())) {
        stop = failed(script, step, "interrupted", false);
      }
      if (stop != null) {
        return stop;
      }
    }
    return new Result(true, false, "", List.copyOf(checks));
  }

  private @Nullable Result command(Script script, Script.Command command) {
    last = command;
    skipping = !limits.mutate() && mutates(command.text());
    if (skipping) {
      checks.add(new Check(name(command), true, "left out: --no-mutate", true));
      return null;
    }
    if (limits.deadlineNanos() != 0 && System.nanoTime() - limits.deadlineNanos() > 0) {
      ack = "";
      return failed(script, command, "the time limit is over", false);
    }
    CommandResult result = handler.run(command.text());
    ack = result.ack();
    listener.command(command, result);
    checks.add(new Check(name(command), true, ack));
    if (result.kind() == CommandResult.Kind.UNREACHABLE) {
      return failed(script, command, result.message(), true);
    }
    return result.ok() || command.mayFail() ? null : failed(script, command, result.message(), false);
  }

  private static boolean mutates(String text) {
    return Verb.find(text.split("\\s+", 2)[0]).map(Verb::mutates).orElse(true);
  }

  private @Nullable Result expect(Script script, Script.Expect expect) {
    boolean met = expect.met(ack);
    listener.expect(expect, met);
    return met ? null : failed(script, expect, "", false);
  }

  private static boolean pause(int ms) {
    try {
      TimeUnit.MILLISECONDS.sleep(ms);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Result failed(Script script, Script.Step step, String why, boolean unreachable) {
    StringBuilder text = new StringBuilder();
    text.append(script.name()).append(':').append(step.line()).append(": failed: ").append(step.text());
    if (step instanceof Script.Expect && last != null) {
      text.append("\n  command: ").append(last.text()).append(" (line ").append(last.line()).append(')');
    }
    text.append("\n  last acknowledgement: ").append(ack.isEmpty() ? "none" : ack);
    if (!why.isEmpty()) {
      text.append("\n  ").append(why);
    }
    if (last != null) {
      Check broken = new Check(name(last), false, step.text() + ": " + (ack.isEmpty() ? why : ack));
      if (!checks.isEmpty() && checks.get(checks.size() - 1).name().equals(broken.name())) {
        checks.set(checks.size() - 1, broken);
      } else {
        checks.add(broken);
      }
    }
    return new Result(false, unreachable, text.toString(), List.copyOf(checks));
  }

  private static String name(Script.Command command) {
    return "line " + command.line() + ": " + command.text();
  }
}
