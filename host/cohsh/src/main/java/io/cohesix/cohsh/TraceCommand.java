// `cohsh trace show|verify FILE`: looks at a trace without a hive.
package io.cohesix.cohsh;

import io.cohesix.core.Json;
import io.cohesix.core.cli.ExitCode;
import io.cohesix.core.cli.UsageException;
import io.cohesix.core.trace.Trace;
import io.cohesix.core.trace.TraceException;
import io.cohesix.core.trace.TraceTranscript;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows and checks traces. */
final class TraceCommand {
  /** Far above client_policies.trace.max_bytes; a larger file is no trace of ours. */
  private static final long MAX_BYTES = 1L << 30;

  /** What to do. */
  enum What {
    show,
    verify
  }

  @Command(
      name = "cohsh trace",
      sortOptions = false,
      synopsisHeading = "Usage: ",
      customSynopsis = {
        "cohsh trace show [--masked | --records] [--json] FILE",
        "       cohsh trace verify [--json] FILE"
      },
      description = {"%nShows a recorded session, or checks that every byte of it is as it was recorded.%n"},
      footerHeading = "%nExit codes: ",
      footer = "0 ok, 1 refused as damaged, 2 usage")
  static final class Arguments {
    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
    boolean help;

    @Option(names = "--masked", description = "Times and platform facts masked, as in transcripts.")
    boolean masked;

    @Option(names = "--records", description = "Every record with its time and direction; 9P frames in hex.")
    boolean records;

    @Option(names = "--json", description = "As JSON on standard output.")
    boolean json;

    @Parameters(index = "0", hidden = true)
    @Nullable What what;

    @Parameters(index = "1", hidden = true)
    @Nullable Path file;
  }

  private TraceCommand() {}

  static int run(String[] args, PrintWriter out, PrintWriter err) {
    Arguments given = new Arguments();
    CommandLine line = new CommandLine(given);
    line.parseArgs(java.util.Arrays.copyOfRange(args, 1, args.length));
    if (line.isUsageHelpRequested()) {
      line.usage(out, CommandLine.Help.Ansi.OFF);
      return ExitCode.OK;
    }
    Path file = given.file;
    if (given.what == null || file == null || (given.masked && given.records)) {
      throw new UsageException("use cohsh trace show [--masked | --records] FILE or cohsh trace verify FILE");
    }
    Trace trace;
    try {
      trace = read(file);
    } catch (TraceException e) {
      if (given.json) {
        out.println("{\"ok\":false,\"error\":%s}".formatted(Json.quote(e.getMessage() + "")));
      }
      err.println("cohsh: " + refusal(file, e));
      return ExitCode.FAILED;
    }
    if (given.what == What.verify) {
      out.println(given.json ? json(trace) : file + ": ok, " + summary(trace));
      return ExitCode.OK;
    }
    List<String> lines = given.records ? TraceTranscript.records(trace) : TraceTranscript.commands(trace, given.masked);
    if (given.json) {
      out.println("{\"ok\":true,\"lines\":%s}".formatted(Json.array(lines)));
    } else {
      lines.forEach(out::println);
    }
    return ExitCode.OK;
  }

  static Trace read(Path file) throws TraceException {
    return Trace.parse(Inputs.file(file, "the trace", MAX_BYTES));
  }

  static String refusal(Path file, TraceException e) {
    return "the trace " + file + " is refused: " + e.getMessage();
  }

  private static String summary(Trace trace) {
    return "%s, %d records in %d ms%s\nmanifest %s\nchain head %s"
        .formatted(
            trace.transport().text(),
            trace.records().size(),
            trace.durationMs(),
            trace.whole() ? "" : ", recorded up to its bound",
            trace.manifestSha256(),
            trace.head());
  }

  private static String json(Trace trace) {
    return "{\"ok\":true,\"transport\":%s,\"records\":%d,\"duration_ms\":%d,\"whole\":%s,\"manifest_sha256\":%s,\"head\":%s}"
        .formatted(
            Json.quote(trace.transport().text()),
            trace.records().size(),
            trace.durationMs(),
            trace.whole(),
            Json.quote(trace.manifestSha256()),
            Json.quote(trace.head()));
  }
}
