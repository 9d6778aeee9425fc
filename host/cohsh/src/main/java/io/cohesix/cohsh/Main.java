// Entry point: reads the command line, picks the mode, turns every ending into one of the exit codes.
package io.cohesix.cohsh;

import io.cohesix.core.cli.ExitCode;
import io.cohesix.core.cli.Program;
import io.cohesix.core.cli.UsageException;
import java.io.PrintWriter;
import picocli.CommandLine;

/** The program {@code cohsh}. */
public final class Main {
  private static final Program PROGRAM = new Program("cohsh", Main.class);

  private Main() {}

  /** Runs and exits. */
  public static void main(String[] args) {
    PROGRAM.main(args, Main::body);
  }

  /** Runs without exiting; for tests. */
  static int run(String[] args, PrintWriter out, PrintWriter err) {
    return PROGRAM.run(args, out, err, Main::body);
  }

  private static int body(String[] args, PrintWriter out, PrintWriter err) {
    if (args.length > 0 && args[0].equals("trace")) {
      return TraceCommand.run(args, out, err);
    }
    if (args.length > 0 && args[0].equals("audit")) {
      return AuditCommand.run(args, out, err);
    }
    Options options = new Options();
    CommandLine line = new CommandLine(options);
    if (Program.parse(line, args, out) == null) {
      return ExitCode.OK;
    }
    if (options.bashCompletion) {
      out.print(picocli.AutoComplete.bash("cohsh", line));
      return ExitCode.OK;
    }
    return mode(options, out, err);
  }

  private static int mode(Options options, PrintWriter out, PrintWriter err) {
    int modes =
        (options.mintTicket ? 1 : 0)
            + (options.check.isEmpty() ? 0 : 1)
            + (options.script == null ? 0 : 1)
            + (options.replayTrace == null ? 0 : 1)
            + (options.commands.isEmpty() ? 0 : 1);
    if (modes > 1) {
      throw new UsageException("use only one of -c, --script, --check, --replay-trace and --mint-ticket");
    }
    if (options.mintTicket) {
      return MintTicket.run(options, out, err);
    }
    if (!options.check.isEmpty()) {
      return ScriptMode.check(options.check, out, err);
    }
    if (options.script != null) {
      return ScriptMode.run(options, options.script, out, err);
    }
    if (options.replayTrace != null) {
      return ReplayMode.run(options, options.replayTrace, out, err);
    }
    return options.commands.isEmpty() ? Prompt.run(options, out, err) : CommandMode.run(options, out, err);
  }
}
