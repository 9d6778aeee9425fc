// Shows results: data on standard output, messages on standard error.
package io.cohesix.castool;

import java.io.PrintWriter;

/** Where a subcommand's words go. */
final class Output {
  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean json;

  Output(PrintWriter out, PrintWriter err, boolean json) {
    this.out = out;
    this.err = err;
    this.json = json;
  }

  boolean json() {
    return json;
  }

  /** The result: a word and its facts, or the facts as JSON with {@code "ok":true} in front. */
  void result(String word, Facts facts) {
    data(json ? "{\"ok\":true," + facts.json().substring(1) : word + " " + facts.line());
  }

  void data(String line) {
    out.println(line);
    out.flush();
  }

  /** A message for people. */
  void say(String message) {
    err.println("cas-tool: " + message);
  }

  /** Why it failed; with --json on standard output too, for programs. */
  void failed(String message) {
    if (json) {
      Facts facts = new Facts().add("ok", false).add("error", message);
      data(facts.json());
    }
    say(message);
  }

  /** Standard error, for what is drawn there. */
  PrintWriter messages() {
    return err;
  }
}
