// The shell's verbs: the one table behind help, completion and dispatch.
package io.cohesix.core.shell;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A shell command.
 *
 * @param name as typed, lower case
 * @param usage its form
 * @param what what it does, one clause
 * @param argument what its first argument is, for completion
 * @param mutates whether it can change the hive, so that {@code test --no-mutate} leaves it out
 */
public record Verb(String name, String usage, String what, Argument argument, boolean mutates) {

  /** What completion offers for the first argument. */
  public enum Argument {
    /** Nothing. */
    NONE,
    /** A path in the hive. */
    PATH,
    /** Text, then {@code >} and a path. */
    REDIRECT,
    /** A role. */
    ROLE,
    /** A worker id. */
    WORKER,
    /** A worker's kind. */
    KIND,
    /** A lifecycle command. */
    LIFECYCLE
  }

  private static Verb read(String name, String usage, String what, Argument argument) {
    return new Verb(name, usage, what, argument, false);
  }

  private static Verb change(String name, String usage, String what, Argument argument) {
    return new Verb(name, usage, what, argument, true);
  }

  /** All verbs, in the order of help. */
  public static final List<Verb> ALL =
      List.of(
          read("help", "help [hive]", "this list; with 'hive', the hive's own verbs", Argument.NONE),
          read("ls", "ls [path]", "names in a directory", Argument.PATH),
          read("cat", "cat <path>", "a node's content", Argument.PATH),
          read("tail", "tail [-f] <path>", "what was appended since the last look; -f follows", Argument.PATH),
          read("log", "log", "tail of the hive's log", Argument.NONE),
          change("echo", "echo <text> > <path>", "append a line to a node", Argument.REDIRECT),
          change("spawn", "spawn <kind> [key=value ...]", "start a worker: heartbeat, gpu, bus, lora", Argument.KIND),
          change("kill", "kill <worker>|newest", "end a worker; newest is the one that was spawned last", Argument.WORKER),
          read("ping", "ping", "ask for a sign of life", Argument.NONE),
          read("attach", "attach [role] [ticket]", "attach the session, as queen by default", Argument.ROLE),
          read("detach", "detach", "end the session, keep the shell", Argument.NONE),
          change("bind", "bind <src> <dst>", "show a path at a second place, for this session", Argument.PATH),
          change("mount", "mount <service> <path>", "mount a service, for this session", Argument.NONE),
          change("lifecycle", "lifecycle <command>", "cordon, drain, resume, quiesce or reset", Argument.LIFECYCLE),
          change("telemetry", TelemetryCommand.USAGE, "a local file into a device's segments", Argument.NONE),
          change("pool", PoolBench.USAGE, "an operation many times over several sessions", Argument.NONE),
          read(
              "test",
              "test [--mode quick|full|negative|smp] [--json] [--timeout s] [--no-mutate]",
              "run the self-tests that the hive serves",
              Argument.NONE),
          read("bi", "bi", "the kernel's boot information", Argument.NONE),
          read("caps", "caps", "the root task's capabilities", Argument.NONE),
          read("mem", "mem", "memory that the kernel handed over", Argument.NONE),
          read("smp", "smp", "facts about each core", Argument.NONE),
          read("cachelog", "cachelog [n]", "newest n lines of the log", Argument.NONE),
          read("netstats", "netstats", "network counters", Argument.NONE),
          read("nettest", "nettest", "network self-test", Argument.NONE),
          read("quit", "quit", "end the session and the shell", Argument.NONE));

  /** Finds a verb in any case; {@code exit} is {@code quit}. */
  public static Optional<Verb> find(String word) {
    String name = word.toLowerCase(Locale.ROOT);
    String wanted = name.equals("exit") ? "quit" : name;
    return ALL.stream().filter(verb -> verb.name.equals(wanted)).findFirst();
  }

  /** The verb that was probably meant. */
  public static Optional<Verb> near(String word) {
    String name = word.toLowerCase(Locale.ROOT);
    return ALL.stream().filter(verb -> distance(verb.name, name) == 1).findFirst();
  }

  /** 0, 1 or 2 (= more than one) insertions, deletions, replacements or swaps of neighbours. */
  private static int distance(String a, String b) {
    if (a.equals(b)) {
      return 0;
    }
    int i = 0;
    int shorter = Math.min(a.length(), b.length());
    while (i < shorter && a.charAt(i) == b.charAt(i)) {
      i++;
    }
    boolean near =
        rest(a, i + 1).equals(rest(b, i + 1))
            || rest(a, i).equals(rest(b, i + 1))
            || rest(a, i + 1).equals(rest(b, i))
            || (i + 1 < shorter
                && a.charAt(i) == b.charAt(i + 1)
                && a.charAt(i + 1) == b.charAt(i)
                && rest(a, i + 2).equals(rest(b, i + 2)));
    return near ? 1 : 2;
  }

  private static String rest(String text, int from) {
    return from >= text.length() ? "" : text.substring(from);
  }
}
