// `tail -f`: reads a node again and again, as often as the policy says, until it is interrupted or refused.
package io.cohesix.cohsh;

import io.cohesix.core.shell.CommandResult;
import io.cohesix.core.shell.Words;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Follows a node. */
final class Follow {
  private Follow() {}

  static boolean is(String command) {
    List<String> words = Words.split(command.strip());
    return words.size() == 3 && words.get(0).equalsIgnoreCase("tail") && words.get(1).equals("-f");
  }

  static int run(String command, Session session, Output output) {
    String path = Words.split(command.strip()).get(2);
    boolean first = true;
    while (true) {
      CommandResult result = CommandResult.of(session.hive().tail(path));
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
        TimeUnit.MILLISECONDS.sleep(session.policy().tailPollMs());
      } catch (InterruptedException e) {
        return ExitCode.OK;
      }
    }
  }
}
