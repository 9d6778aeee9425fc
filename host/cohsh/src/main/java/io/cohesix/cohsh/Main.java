// Entry point: reads the command line, picks the mode, turns every ending into one of the exit codes.
package io.cohesix.cohsh;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/** The program {@code cohsh}. */
public final class Main {
  private Main() {}

  /** Runs and exits. */
  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(new java.io.FileOutputStream(java.io.FileDescriptor.out), false, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(new java.io.FileOutputStream(java.io.FileDescriptor.err), true, StandardCharsets.UTF_8);
    int code = run(args, out, err);
    out.flush();
    err.flush();
    System.exit(code);
  }

  /** Runs without exiting; for tests. */
  static int run(String[] args, PrintWriter out, PrintWriter err) {
    if (args.length == 1 && args[0].equals("--help") && helpFromResource(out)) {
      return ExitCode.OK;
    }
    if (args.length > 0 && args[0].equals("trace")) {
      return guarded(() -> TraceCommand.run(args, out, err), out, err);
    }
    if (args.length > 0 && args[0].equals("audit")) {
      return guarded(() -> AuditCommand.run(args, out, err), out, err);
    }
    return guarded(() -> options(args, out, err), out, err);
  }

  private static int options(String[] args, PrintWriter out, PrintWriter err) {
    Options options = new Options();
    CommandLine line = new CommandLine(options);
    line.parseArgs(args);
    if (line.isUsageHelpRequested()) {
      line.usage(out, CommandLine.Help.Ansi.OFF);
      return ExitCode.OK;
    }
    if (line.isVersionHelpRequested()) {
      line.printVersionHelp(out, CommandLine.Help.Ansi.OFF);
      return ExitCode.OK;
    }
    if (options.bashCompletion) {
      out.print(picocli.AutoComplete.bash("cohsh", line));
      return ExitCode.OK;
    }
    return mode(options, out, err);
  }

  private static int guarded(java.util.function.IntSupplier work, PrintWriter out, PrintWriter err) {
    try {
      return work.getAsInt();
    } catch (CommandLine.ParameterException e) {
      err.println("cohsh: " + e.getMessage() + "; see cohsh --help");
      return ExitCode.USAGE;
    } catch (UsageException e) {
      err.println("cohsh: " + e.getMessage());
      return ExitCode.USAGE;
    } catch (RuntimeException | Error e) {
      err.println("cohsh: internal error: " + e);
      e.printStackTrace(err);
      return ExitCode.INTERNAL;
    } finally {
      out.flush();
    }
  }

  /** The usage text as a file beside this class (HelpTest keeps it equal to what picocli prints): a third of the start-up time. */
  private static boolean helpFromResource(PrintWriter out) {
    try (InputStream in = Main.class.getResourceAsStream("help.txt")) {
      if (in == null) {
        return false;
      }
      out.print(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      out.flush();
      return true;
    } catch (IOException e) {
      return false;
    }
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
