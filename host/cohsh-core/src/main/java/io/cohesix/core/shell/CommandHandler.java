// Runs one typed command on a hive. The prompt, -c, scripts and the self-test all use this one handler.
package io.cohesix.core.shell;

import io.cohesix.core.Hive;
import io.cohesix.core.Json;
import io.cohesix.core.Outcome;
import io.cohesix.core.generated.Defaults;
import io.cohesix.core.policy.ClientPolicy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The shell's commands (spec/coh-script.md). As thread-safe as its hive. */
public final class CommandHandler {
  /** Stands in a payload for one byte more than the negotiated message size allows. */
  public static final String OVERFLOW = "{{msize_overflow}}";

  /** Stands for the worker that was spawned last. */
  public static final String NEWEST = "newest";

  private final Hive hive;
  private final ShellContext context;

  /** For one hive and nothing else. */
  public CommandHandler(Hive hive, ClientPolicy policy) {
    this(hive, ShellContext.plain(policy));
  }

  /** For one hive in its surroundings. */
  public CommandHandler(Hive hive, ShellContext context) {
    this.hive = hive;
    this.context = context;
  }

  /** The same with local files below another folder. */
  public CommandHandler withBase(Path folder) {
    return new CommandHandler(hive, context.withBase(folder));
  }

  /** The hive that commands go to. */
  public Hive hive() {
    return hive;
  }

  /** Runs one command line, without comment. An empty line does nothing. */
  public CommandResult run(String typed) {
    String line = typed.strip();
    if (Words.unbalanced(line)) {
      return CommandResult.usage("a quote is opened and not closed");
    }
    int space = 0;
    while (space < line.length() && !Character.isWhitespace(line.charAt(space))) {
      space++;
    }
    String word = line.substring(0, space);
    String rest = line.substring(space).strip();
    Optional<Verb> verb = Verb.find(word);
    if (verb.isEmpty()) {
      return unknown(line, word);
    }
    return dispatch(verb.get(), rest, Words.split(rest));
  }

  private CommandResult dispatch(Verb verb, String rest, List<String> words) {
    return switch (verb.name()) {
      case "help" -> help(words, verb);
      case "ls" -> words.size() > 1 ? usage(verb) : of(hive.ls(words.isEmpty() ? "/" : words.get(0)));
      case "cat" -> words.size() != 1 ? usage(verb) : of(hive.cat(words.get(0)));
      case "tail" -> words.size() != 1 ? usage(verb) : of(hive.tail(words.get(0)));
      case "log" -> words.isEmpty() ? of(hive.log()) : usage(verb);
      case "echo" -> echo(rest, verb);
      case "spawn" -> spawn(rest, words, verb);
      case "kill" -> words.size() != 1 ? usage(verb) : kill(words.get(0));
      case "ping" -> words.isEmpty() ? of(hive.ping()) : usage(verb);
      case "attach" -> attach(words, verb);
      case "detach", "quit" -> words.isEmpty() ? of(hive.detach()) : usage(verb);
      case "bind" -> words.size() != 2 ? usage(verb) : control("bind", "from", words.get(0), "to", words.get(1));
      case "mount" -> words.size() != 2 ? usage(verb) : control("mount", "service", words.get(0), "at", words.get(1));
      case "lifecycle" -> words.size() != 1 ? usage(verb) : lifecycle(words.get(0).toLowerCase(Locale.ROOT));
      case "telemetry" -> new TelemetryCommand(hive, context).run(words);
      case "pool" -> words.isEmpty() || !words.get(0).equals("bench") ? usage(verb) : new PoolBench(context).run(rest.substring(5));
      case "test" -> CommandResult.usage("test runs scripts itself and can't stand in one");
      case "cachelog" -> words.size() > 1 ? usage(verb) : of(hive.console(plain("CACHELOG", words)));
      default -> words.isEmpty() ? of(hive.console(verb.name().toUpperCase(Locale.ROOT))) : usage(verb);
    };
  }

  /** A newer hive may know more verbs than this program, so the hive decides; the hint is for typing errors. */
  private CommandResult unknown(String line, String word) {
    if (word.isEmpty()) {
      return CommandResult.ok("", List.of());
    }
    if (tooLong(line)) {
      return CommandResult.usage("the line is longer than any frame");
    }
    CommandResult result = of(hive.console(line));
    if (!result.ack().startsWith("ERR PARSE")) {
      return result;
    }
    String hint =
        Verb.near(word).map(near -> "did you mean '" + near.name() + "'?").orElse("'help' lists the commands");
    return CommandResult.refused(result.ack(), "unknown command '" + word + "': " + hint);
  }

  private CommandResult help(List<String> words, Verb verb) {
    if (words.size() == 1 && words.get(0).equals("hive")) {
      return of(hive.help());
    }
    if (!words.isEmpty()) {
      return usage(verb);
    }
    List<String> lines = new ArrayList<>();
    for (Verb each : Verb.ALL) {
      lines.add(each.usage() + " - " + each.what());
    }
    return CommandResult.ok("OK HELP", lines);
  }

  /** A script can't name a worker that it has spawned, since ids differ from run to run: {@code newest} is the last one. */
  private CommandResult kill(String worker) {
    if (!worker.equals(NEWEST)) {
      return of(hive.kill(worker));
    }
    CommandResult workers = of(hive.ls("/worker"));
    if (!workers.ok()) {
      return workers;
    }
    Optional<String> newest =
        workers.lines().stream()
            .filter(name -> name.matches("worker-[0-9]{1,18}"))
            .max(Comparator.comparingLong(name -> Long.parseLong(name.substring("worker-".length()))));
    return newest.isPresent() ? of(hive.kill(newest.get())) : CommandResult.refused("ERR KILL reason=policy detail=no-worker", "no worker is alive");
  }

  private CommandResult echo(String rest, Verb verb) {
    String text;
    String path;
    Optional<Words.Redirect> redirect = Words.redirect(rest);
    if (redirect.isPresent()) {
      text = redirect.get().text();
      path = redirect.get().path();
    } else if (rest.startsWith("/")) {
      // The console's own spelling: path first, then the payload as it is.
      int space = rest.indexOf(' ');
      path = space < 0 ? rest : rest.substring(0, space);
      text = space < 0 ? "" : rest.substring(space + 1);
    } else {
      return usage(verb);
    }
    if (text.contains(OVERFLOW)) {
      text = text.replace(OVERFLOW, "x".repeat(Defaults.SECURE9P_MSIZE + 1));
    }
    if (tooLong("ECHO " + path + " " + text)) {
      return CommandResult.refused("ERR ECHO reason=invalid-length", "the payload is longer than any frame");
    }
    return of(hive.echo(path, text));
  }

  private CommandResult spawn(String rest, List<String> words, Verb verb) {
    if (words.isEmpty()) {
      return usage(verb);
    }
    try {
      String json = rest.startsWith("{") ? rest : SpawnJson.build(words);
      return tooLong("SPAWN " + json)
          ? CommandResult.refused("ERR SPAWN reason=invalid-length", "the payload is longer than any frame")
          : of(hive.spawn(json));
    } catch (SpawnJson.SpawnException e) {
      return CommandResult.usage(e.getMessage() + "");
    }
  }

  private CommandResult attach(List<String> words, Verb verb) {
    if (words.size() > 2) {
      return usage(verb);
    }
    String role = words.isEmpty() ? "queen" : words.get(0);
    return of(hive.attach(role, words.size() == 2 ? words.get(1) : null));
  }

  private CommandResult control(String op, String key1, String value1, String key2, String value2) {
    String json =
        "{%s:{%s:%s,%s:%s}}"
            .formatted(Json.quote(op), Json.quote(key1), Json.quote(value1), Json.quote(key2), Json.quote(value2));
    return of(hive.echo(context.policy().paths().queenCtl(), json));
  }

  private CommandResult lifecycle(String command) {
    if (!Lifecycle.COMMANDS.contains(command)) {
      return CommandResult.usage("lifecycle command '" + command + "' is none of " + Lifecycle.COMMANDS);
    }
    Outcome read = hive.cat("/proc/lifecycle/state");
    if (!(read instanceof Outcome.Accepted accepted)) {
      return of(read);
    }
    for (String line : accepted.lines()) {
      if (line.startsWith("state=") && !Lifecycle.allowed(line.substring(6), command)) {
        return CommandResult.refused(
            "ERR LIFECYCLE reason=policy detail=invalid-transition action=" + command + " " + line,
            "'" + command + "' makes no sense while " + line + "; nothing was sent");
      }
    }
    return of(hive.echo(context.policy().paths().lifecycleCtl(), command));
  }

  private static String plain(String verb, List<String> words) {
    return words.isEmpty() ? verb : verb + " " + words.get(0);
  }

  private static boolean tooLong(String line) {
    return line.length() > io.cohesix.core.console.ConsoleLimits.CONSOLE_SKIP_MAX / 4
        && line.getBytes(StandardCharsets.UTF_8).length > io.cohesix.core.console.ConsoleLimits.CONSOLE_SKIP_MAX - 4;
  }

  private static CommandResult usage(Verb verb) {
    return CommandResult.usage("usage: " + verb.usage());
  }

  private static CommandResult of(Outcome outcome) {
    return CommandResult.of(outcome);
  }
}
