// Shows results: data on standard output, messages on standard error, colours only for a terminal that wants them.
package io.cohesix.cohsh;

import io.cohesix.core.Json;
import io.cohesix.core.console.Lines;
import io.cohesix.core.shell.CommandResult;
import java.io.PrintWriter;

/** Prints command results. */
final class Output {
  private static final String GREEN = "\u001b[32m";
  private static final String RED = "\u001b[31m";
  private static final String RESET = "\u001b[0m";

  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean colour;
  private final boolean json;

  Output(PrintWriter out, PrintWriter err, boolean json, boolean terminal) {
    this.out = out;
    this.err = err;
    this.json = json;
    this.colour = terminal && !json && System.getenv("NO_COLOR") == null && !"dumb".equals(System.getenv("TERM"));
  }

  void result(String command, CommandResult result) {
    if (json) {
      out.println(
          "{\"command\":%s,\"ok\":%s,\"ack\":%s,\"lines\":%s,\"message\":%s}"
              .formatted(
                  Json.quote(command),
                  result.ok(),
                  Json.quote(result.ack()),
                  Json.array(result.lines()),
                  Json.quote(result.message())));
      out.flush();
      return;
    }
    if (!result.ack().isEmpty()) {
      out.println(paint(Lines.visible(result.ack()), result.ok() ? GREEN : RED));
    }
    for (String line : result.lines()) {
      out.println(Lines.visible(line));
    }
    out.flush();
    if (!result.message().isEmpty()) {
      err.println("cohsh: " + Lines.visible(result.message()));
    }
  }

  /** Content lines only. */
  void lines(String command, CommandResult result) {
    if (json) {
      result(command, result);
      return;
    }
    for (String line : result.lines()) {
      out.println(Lines.visible(line));
    }
    out.flush();
  }

  /** A message for people. */
  void say(String message) {
    err.println(message);
  }

  /** Data. */
  void data(String line) {
    out.println(line);
    out.flush();
  }

  boolean json() {
    return json;
  }

  private String paint(String text, String code) {
    return colour ? code + text + RESET : text;
  }
}
