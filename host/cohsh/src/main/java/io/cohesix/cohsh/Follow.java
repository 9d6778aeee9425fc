// `tail -f`: reads a node again and again, as often as the policy says, until it is interrupted or refused.
package io.cohesix.cohsh;

import io.cohesix.core.Ack;
import io.cohesix.core.Hive;
import io.cohesix.core.cli.ExitCode;
import io.cohesix.core.shell.CommandResult;
import io.cohesix.core.shell.Words;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Follows a node. */
final class Follow {
  private Follow() {}

  static boolean is(String command) {
    List<String> words = Words.split(command.strip());
    return words.size() == 3 && words.get(0).equalsIgnoreCase("tail") && words.get(1).equals("-f");
  }

  /** Where a cursor stands that the ring has overtaken; empty for any other answer. */
  private static Optional<String> gap(CommandResult result) {
    return result.ok()
        ? Optional.empty()
        : Ack.parse(result.ack())
            .filter(ack -> "stale-cursor".equals(ack.fields().get("detail")))
            .flatMap(ack -> ack.field("oldest"));
  }

  static int run(String command, Session session, Output output) {
    return run(command, session.hive(), session.policy().tailPollMs(), output);
  }

  static int run(String command, Hive hive, int pollMs, Output output) {
    String path = Words.split(command.strip()).get(2);
    boolean first = true;
    while (true) {
      CommandResult result = CommandResult.of(hive.tail(path));
      Optional<String> gap = gap(result);
      if (gap.isPresent()) {
        // Said once by the hive; its cursor stands at the oldest record now.
        output.say("cohsh: " + path + ": records were overwritten before they were read; going on at position " + gap.get());
        continue;
      }
      if (first || !result.ok()) {
        output.result(command, result);
      } else {
        output.lines(command, result);
      }
      if (!result.ok()) {
        return result.exitCode();
      }
      first = false;
      try {
        TimeUnit.MILLISECONDS.sleep(pollMs);
      } catch (InterruptedException e) {
        return ExitCode.OK;
      }
    }
  }
}
