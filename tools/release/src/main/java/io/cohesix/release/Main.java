// Entry point: the two commands that scripts/release_bundle.sh calls.
package io.cohesix.release;

import io.cohesix.release.man.ManCommand;
import io.cohesix.release.sbom.SbomCommand;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program {@code coh-release}. Exit codes: 0 done, 1 refused (the reason is on standard error), 2 usage. */
@Command(
    name = "coh-release",
    version = "coh-release 0.1.0",
    mixinStandardHelpOptions = true,
    description = "Makes what a release has beside its programs.",
    subcommands = {ManCommand.class, SbomCommand.class},
    synopsisSubcommandLabel = "COMMAND")
public final class Main {
  private Main() {}

  /** Runs and exits. */
  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    System.exit(run(out, err, args));
  }

  /** Runs without exiting; for tests. */
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    return new CommandLine(new Main())
        .setOut(out)
        .setErr(err)
        .setExecutionExceptionHandler(
            (e, command, parsed) -> {
              if (e instanceof Refused || e instanceof IOException) {
                err.println("coh-release: " + (e instanceof Refused ? e.getMessage() : e));
                return 1;
              }
              throw e;
            })
        .execute(args);
  }
}
