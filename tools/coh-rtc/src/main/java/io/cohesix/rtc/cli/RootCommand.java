// The root command: help, version, and the list of subcommands.
package io.cohesix.rtc.cli;

import io.cohesix.rtc.image.DoctorCommand;
import io.cohesix.rtc.image.ImageCommand;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code coh-rtc}. */
@Command(
    name = "coh-rtc",
    version = "coh-rtc 0.1.0",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Compiles configs/root_task.toml into everything that is derived from it.",
    footer = {
      "",
      "Exit codes: 0 ok, 1 findings or stale artefacts, 2 usage.",
      "Example: coh-rtc compile configs/root_task.toml --check"
    },
    subcommands = {
      CompileCommand.class, CheckCommand.class, ExplainCommand.class, DiffCommand.class, ProvisionCommand.class,
      CapacityCommand.class, ImageCommand.class, DoctorCommand.class
    })
public final class RootCommand implements Runnable {
  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec
  private RootCommand() {}

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "name a command");
  }

  /** Parses and runs; returns the exit code. */
  public static int run(String... args) {
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), false, StandardCharsets.UTF_8);
    return run(new PrintWriter(out, true, StandardCharsets.UTF_8), new PrintWriter(err, true, StandardCharsets.UTF_8), args);
  }

  /** As {@link #run(String...)}, with the given outputs. */
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    int code = new CommandLine(new RootCommand())
        .setOut(out)
        .setErr(err)
        .setExecutionExceptionHandler((e, cmd, parse) -> Failure.report(e, cmd))
        .execute(args);
    out.flush();
    err.flush();
    return code;
  }
}
