// `-c`: runs the given commands in one session; ends with the first that is not accepted.
package io.cohesix.cohsh;

import io.cohesix.core.Tty;
import io.cohesix.core.cli.ExitCode;
import io.cohesix.core.script.Transcript;
import io.cohesix.core.shell.CommandResult;
import java.io.PrintWriter;

/** Runs single commands. */
final class CommandMode {
  private CommandMode() {}

  static int run(Options options, PrintWriter out, PrintWriter err) {
    try (Session session = Session.open(options, err)) {
      Output output = new Output(out, err, options.json, Tty.output());
      Transcript transcript = new Transcript();
      int code = ExitCode.OK;
      for (String command : options.commands) {
        if (TestCommand.is(command)) {
          code = TestCommand.run(command, session, output);
        } else if (Follow.is(command)) {
          code = Follow.run(command, session, output);
        } else {
          CommandResult result = session.handler().run(command);
          output.result(command, result);
          transcript.add(command, result);
          code = result.exitCode();
        }
        if (code != ExitCode.OK) {
          break;
        }
      }
      ScriptMode.record(options, transcript);
      return code;
    }
  }
}
