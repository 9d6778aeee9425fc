// Entry point: reads the command line, runs the subcommand, turns every ending into one of the exit codes.
package io.cohesix.castool;

import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.upload.UploadException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/** The program {@code cas-tool}. */
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
    try {
      return command(args, out, err);
    } catch (CommandLine.ParameterException e) {
      err.println("cas-tool: " + e.getMessage() + "; see " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
      return ExitCode.USAGE;
    } catch (RuntimeException | Error e) {
      err.println("cas-tool: internal error: " + e);
      e.printStackTrace(err);
      return ExitCode.INTERNAL;
    } finally {
      out.flush();
    }
  }

  private static int command(String[] args, PrintWriter out, PrintWriter err) {
    CasTool root = new CasTool();
    CommandLine line = new CommandLine(root);
    CommandLine.ParseResult parsed = line.parseArgs(args);
    while (parsed.hasSubcommand()) {
      parsed = parsed.subcommand();
    }
    CommandLine last = parsed.commandSpec().commandLine();
    if (last.isUsageHelpRequested()) {
      last.usage(out, CommandLine.Help.Ansi.OFF);
      return ExitCode.OK;
    }
    if (last.isVersionHelpRequested()) {
      last.printVersionHelp(out, CommandLine.Help.Ansi.OFF);
      return ExitCode.OK;
    }
    if (root.bashCompletion) {
      out.print(picocli.AutoComplete.bash("cas-tool", line));
      return ExitCode.OK;
    }
    if (!(last.getCommand() instanceof Work work)) {
      throw new CommandLine.ParameterException(last, "name a command");
    }
    return worked(work, new Output(out, err, work.json));
  }

  private static int worked(Work work, Output output) {
    try {
      return work.run(output);
    } catch (UsageException e) {
      output.failed(e.getMessage() + "");
      return ExitCode.USAGE;
    } catch (BundleException e) {
      output.failed(e.getMessage());
      return ExitCode.FAILED;
    } catch (UploadException e) {
      output.failed(e.getMessage());
      return e.isUnreachable() ? ExitCode.UNREACHABLE : ExitCode.FAILED;
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
}
