// `test`: runs the self-tests that the hive serves, and reports them.
package io.cohesix.cohsh;

import io.cohesix.core.Json;
import io.cohesix.core.cli.ExitCode;
import io.cohesix.core.script.ScriptRunner;
import io.cohesix.core.script.SelfTest;
import java.util.List;

/** The self-test command of prompt and {@code -c}. */
final class TestCommand {
  private TestCommand() {}

  static boolean is(String command) {
    String text = command.strip();
    return text.equalsIgnoreCase("test") || text.regionMatches(true, 0, "test ", 0, 5);
  }

  static int run(String command, Session session, Output output) {
    SelfTest.Request request;
    try {
      request = SelfTest.Request.parse(command.strip().substring(4));
    } catch (IllegalArgumentException e) {
      output.say("cohsh: " + e.getMessage());
      return ExitCode.USAGE;
    }
    SelfTest.Report report = SelfTest.run(session.handler(), request);
    show(request, report, output);
    return report.exitCode();
  }

  /** What was left out is neither passed nor failed. */
  static void show(SelfTest.Request request, SelfTest.Report report, Output output) {
    long skipped = report.checks().stream().filter(ScriptRunner.Check::skipped).count();
    if (request.json() || output.json()) {
      output.data(
          "{\"ok\":%s,\"mode\":%s,\"elapsed_ms\":%d,\"checks\":%s%s,\"version\":\"1\"}"
              .formatted(
                  report.ok(),
                  Json.quote(request.mode()),
                  report.elapsedMs(),
                  checks(report),
                  skipped == 0 ? "" : ",\"skipped\":" + skipped));
      return;
    }
    for (ScriptRunner.Check check : report.checks()) {
      String word = check.skipped() ? "skip " : check.ok() ? "pass " : "FAIL ";
      output.data(word + check.name() + (check.ok() ? "" : " - " + check.detail()));
    }
    long passed = report.checks().stream().filter(ScriptRunner.Check::ok).count() - skipped;
    output.data(
        "test %s: %s, %d of %d checks in %d ms%s"
            .formatted(
                request.mode(),
                report.ok() ? "ok" : "FAILED",
                passed,
                report.checks().size(),
                report.elapsedMs(),
                skipped == 0 ? "" : ", " + skipped + " left out: --no-mutate"));
    if (!report.ok()) {
      output.say(report.failure());
    }
  }

  /** Checks as JSON; what failed carries the failure's text as its excerpt. */
  private static String checks(SelfTest.Report report) {
    return checks(report.checks(), report.failure());
  }

  static String checks(List<ScriptRunner.Check> checks) {
    return checks(checks, "");
  }

  private static String checks(List<ScriptRunner.Check> checks, String failure) {
    StringBuilder text = new StringBuilder("[");
    for (ScriptRunner.Check check : checks) {
      text.append(text.length() > 1 ? "," : "")
          .append("{\"name\":")
          .append(Json.quote(check.name()))
          .append(",\"ok\":")
          .append(check.ok())
          .append(",\"detail\":")
          .append(Json.quote(check.detail()));
      if (check.skipped()) {
        text.append(",\"skipped\":true");
      }
      if (!check.ok() && !failure.isEmpty()) {
        text.append(",\"transcript_excerpt\":").append(Json.quote(failure));
      }
      text.append('}');
    }
    return text.append(']').toString();
  }
}
