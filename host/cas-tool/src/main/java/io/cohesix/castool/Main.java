// Entry point: reads the command line, runs the subcommand, turns every ending into one of the exit codes.
package io.cohesix.castool;

import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.upload.UploadException;
import io.cohesix.core.cli.ExitCode;
import io.cohesix.core.cli.Program;
import io.cohesix.core.cli.UsageException;
import java.io.PrintWriter;
import picocli.CommandLine;

/** The program {@code cas-tool}. */
public final class Main {
  private static final Program PROGRAM = new Program("cas-tool", Main.class);

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
    CasTool root = new CasTool();
    CommandLine line = new CommandLine(root);
    CommandLine.ParseResult parsed = Program.parse(line, args, out);
    if (parsed == null) {
      return ExitCode.OK;
    }
    if (root.bashCompletion) {
      out.print(picocli.AutoComplete.bash("cas-tool", line));
      return ExitCode.OK;
    }
    CommandLine last = parsed.commandSpec().commandLine();
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
}
