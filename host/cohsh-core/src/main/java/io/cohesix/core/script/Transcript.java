// Collects what a session showed and masks what may differ from run to run.
package io.cohesix.core.script;

import io.cohesix.core.console.Lines;
import io.cohesix.core.shell.CommandResult;
import java.util.ArrayList;
import java.util.List;

/**
 * A transcript: {@code coh> <command>}, the acknowledgement, the content lines. Lines are masked as they are added, so that
 * transcripts of one script are byte-identical on every platform. Not thread-safe.
 */
public final class Transcript {
  private final List<String> lines = new ArrayList<>();

  /** Adds a command and its result. */
  public void add(String command, CommandResult result) {
    lines.add("coh> " + command);
    String ack = result.ack().isEmpty() ? "ERR - " + result.message() : result.ack();
    lines.add(Lines.visible(Masking.ack(command, ack)));
    for (String line : Masking.content(command, result.lines())) {
      lines.add(Lines.visible(line));
    }
  }

  /** Adds an assertion that was met or not, or any other remark of the runner. */
  public void remark(String text) {
    lines.add(text);
  }

  /** The text, each line with its newline. */
  public String text() {
    return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
  }
}
