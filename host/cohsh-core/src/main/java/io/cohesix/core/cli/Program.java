// How every program begins and ends.
package io.cohesix.core.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * A program's frame: UTF-8 on both outputs, {@code --help} from a file, the answers to {@code --help} and {@code --version} of
 * any subcommand, and an exit code for each ending.
 *
 * @param name as it is called
 * @param home a class beside whose class file {@code help.txt} stands: the usage text as picocli prints it, which a test
 *     compares. To read it takes a third of the time to make it
 */
public record Program(String name, Class<?> home) {
  /** What a program does once its command line is read. */
  public interface Body {
    /** Gives the exit code. */
    int run(String[] args, PrintWriter out, PrintWriter err);
  }

  /** Runs and exits. */
  public void main(String[] args, Body body) {
    PrintWriter out = new PrintWriter(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    int code = run(args, out, err, body);
    out.flush();
    err.flush();
    System.exit(code);
  }

  /** Runs without exiting. */
  public int run(String[] args, PrintWriter out, PrintWriter err, Body body) {
    if (args.length == 1 && args[0].equals("--help") && helpFromResource(out)) {
      return ExitCode.OK;
    }
    try {
      return body.run(args, out, err);
    } catch (CommandLine.ParameterException e) {
      err.println(name + ": " + e.getMessage() + "; see " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
      return ExitCode.USAGE;
    } catch (UsageException e) {
      err.println(name + ": " + e.getMessage());
      return ExitCode.USAGE;
    } catch (RuntimeException | Error e) {
      err.println(name + ": internal error: " + e);
      e.printStackTrace(err);
      return ExitCode.INTERNAL;
    } finally {
      out.flush();
    }
  }

  /** Reads the command line. Null: it asked for help or the version, and has it. */
  public static CommandLine.@Nullable ParseResult parse(CommandLine line, String[] args, PrintWriter out) {
    CommandLine.ParseResult parsed = line.parseArgs(args);
    while (parsed.hasSubcommand()) {
      parsed = parsed.subcommand();
    }
    CommandLine last = parsed.commandSpec().commandLine();
    if (last.isUsageHelpRequested()) {
      last.usage(out, CommandLine.Help.Ansi.OFF);
      return null;
    }
    if (last.isVersionHelpRequested()) {
      last.printVersionHelp(out, CommandLine.Help.Ansi.OFF);
      return null;
    }
    return parsed;
  }

  private boolean helpFromResource(PrintWriter out) {
    try (InputStream in = home.getResourceAsStream("help.txt")) {
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
