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
    if (request.json() || output.json()) {
      output.data(
          "{\"ok\":%s,\"mode\":%s,\"elapsed_ms\":%d,\"checks\":%s,\"version\":\"1\"}"
              .formatted(report.ok(), Json.quote(request.mode()), report.elapsedMs(), checks(report)));
    } else {
      for (ScriptRunner.Check check : report.checks()) {
        output.data((check.ok() ? "pass " : "FAIL ") + check.name() + (check.ok() ? "" : " - " + check.detail()));
      }
      long passed = report.checks().stream().filter(ScriptRunner.Check::ok).count();
      output.data(
          "test %s: %s, %d of %d checks in %d ms"
              .formatted(
                  request.mode(), report.ok() ? "ok" : "FAILED", passed, report.checks().size(), report.elapsedMs()));
      if (!report.ok()) {
        output.say(report.failure());
      }
    }
    return report.exitCode();
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
      if (!check.ok() && !failure.isEmpty()) {
        text.append(",\"transcript_excerpt\":").append(Json.quote(failure));
      }
      text.append('}');
    }
    return text.append(']').toString();
  }
}
