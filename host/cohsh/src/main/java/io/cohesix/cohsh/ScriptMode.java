// `--script` and `--check`: the syntax of all of a script first, then line by line.
package io.cohesix.cohsh;

import io.cohesix.core.Json;
import io.cohesix.core.Tty;
import io.cohesix.core.cli.ExitCode;
import io.cohesix.core.cli.UsageException;
import io.cohesix.core.script.Script;
import io.cohesix.core.script.ScriptParser;
import io.cohesix.core.script.ScriptRunner;
import io.cohesix.core.script.Transcript;
import io.cohesix.core.shell.CommandResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs and checks scripts. */
final class ScriptMode {
  private ScriptMode() {}

  static int check(List<Path> files, PrintWriter out, PrintWriter err) {
    int code = ExitCode.OK;
    for (Path file : files) {
      Script script = parse(file, err);
      if (script == null) {
        code = ExitCode.USAGE;
      } else {
        out.println(file + ": ok, " + script.steps().size() + " steps");
      }
    }
    return code;
  }

  static int run(Options options, Path file, PrintWriter out, PrintWriter err) {
    Script script = parse(file, err);
    if (script == null) {
      return ExitCode.USAGE;
    }
    long start = System.nanoTime();
    try (Session session = Session.open(options, err)) {
      Output output = new Output(out, err, false, Tty.output());
      Transcript transcript = new Transcript();
      ScriptRunner.Listener listener =
          new ScriptRunner.Listener() {
            @Override
            public void command(Script.Command command, CommandResult result) {
              transcript.add(command.text(), result);
              if (!options.json) {
                output.data("coh> " + command.text());
                output.result(command.text(), result);
              }
            }
          };
      ScriptRunner.Result result =
          new ScriptRunner(session.handler().withBase(folder(file)), listener, ScriptRunner.Limits.NONE).run(script);
      record(options, transcript);
      if (options.json) {
        long elapsedMs = (System.nanoTime() - start) / 1_000_000;
        out.println(
            "{\"ok\":%s,\"script\":%s,\"elapsed_ms\":%d,\"checks\":%s,\"failure\":%s,\"version\":\"1\"}"
                .formatted(
                    result.ok(),
                    Json.quote(script.name()),
                    elapsedMs,
                    TestCommand.checks(result.checks()),
                    Json.quote(result.failure())));
      }
      if (!result.ok()) {
        out.flush();
        err.println(result.failure());
      }
      return result.exitCode();
    }
  }

  /** Local files that a script names are looked for beside it. */
  private static Path folder(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    return folder == null ? Path.of("") : folder;
  }

  static void record(Options options, Transcript transcript) {
    Path file = options.transcript;
    if (file == null) {
      return;
    }
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.writeString(file, transcript.text());
    } catch (IOException e) {
      throw new UsageException("can't write the transcript " + file + ": " + e.getMessage());
    }
  }

  private static @Nullable Script parse(Path file, PrintWriter err) {
    try {
      return ScriptParser.parse(file.toString(), Inputs.file(file, "the script"));
    } catch (ScriptParser.SyntaxException e) {
      err.println(e.getMessage());
      return null;
    }
  }
}
