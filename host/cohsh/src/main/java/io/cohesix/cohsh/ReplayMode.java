// `--replay-trace`: verifies a trace, sends its commands to the hive that the options name, and shows what differs.
package io.cohesix.cohsh;

import io.cohesix.core.Json;
import io.cohesix.core.cli.ExitCode;
import io.cohesix.core.console.Lines;
import io.cohesix.core.policy.ClientPolicy;
import io.cohesix.core.trace.Trace;
import io.cohesix.core.trace.TraceException;
import io.cohesix.core.trace.TraceReplay;
import io.cohesix.core.transport.OneHive;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/** Replays traces. */
final class ReplayMode {
  private ReplayMode() {}

  static int run(Options options, Path file, PrintWriter out, PrintWriter err) {
    ClientPolicy policy = options.hive.policy();
    String token = options.hive.token();
    String ticket = options.hive.ticket();
    try (OneHive shared = new OneHive(options.hive.transport())) {
      Trace trace = TraceCommand.read(file);
      if (!trace.manifestSha256().equals(policy.manifestSha256())) {
        err.println(
            "cohsh: note: the trace was recorded with manifest " + trace.manifestSha256() + ", this is " + policy.manifestSha256());
      }
      Session.Maker maker =
          new Session.Maker(options, shared, token, policy.withoutRetry(), line -> err.println("cohsh: " + line));
      TraceReplay.Connector connector = () -> maker.hive(null, null, null);
      try (TraceReplay replay = new TraceReplay(trace, connector, ticket)) {
        return report(replay.run(), options.json, out, err);
      }
    } catch (TraceException e) {
      err.println("cohsh: " + TraceCommand.refusal(file, e));
      return ExitCode.FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      err.println("cohsh: interrupted");
      return ExitCode.FAILED;
    }
  }

  private static int report(TraceReplay.Report report, boolean json, PrintWriter out, PrintWriter err) {
    if (json) {
      out.println(json(report));
    } else {
      for (TraceReplay.Difference difference : report.differences()) {
        out.println("command " + difference.index() + ": " + Lines.visible(difference.line()));
        difference.recorded().forEach(line -> out.println("- " + Lines.visible(line)));
        difference.replayed().forEach(line -> out.println("+ " + Lines.visible(line)));
      }
      out.println(
          "replay: %s, %d of %d answers compared, %d different"
              .formatted(
                  report.exitCode() == 0 ? "identical" : report.unreachable() != null ? "no hive" : "DIFFERENT",
                  report.compared(),
                  report.commands(),
                  report.differences().size()));
    }
    if (report.unreachable() != null) {
      out.flush();
      err.println("cohsh: " + report.unreachable());
    }
    return report.exitCode();
  }

  private static String json(TraceReplay.Report report) {
    List<String> items =
        report.differences().stream()
            .map(
                d ->
                    "{\"index\":%d,\"command\":%s,\"recorded\":%s,\"replayed\":%s}"
                        .formatted(d.index(), Json.quote(d.line()), Json.array(d.recorded()), Json.array(d.replayed())))
            .toList();
    return "{\"ok\":%s,\"commands\":%d,\"compared\":%d,\"differences\":[%s]}"
        .formatted(report.exitCode() == 0, report.commands(), report.compared(), String.join(",", items));
  }
}
