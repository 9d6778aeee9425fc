// The prompt: line editing, history, completion of verbs and of the hive's live paths.
package io.cohesix.cohsh;

import io.cohesix.core.Outcome;
import io.cohesix.core.Tty;
import io.cohesix.core.cli.ExitCode;
import io.cohesix.core.cli.UsageException;
import io.cohesix.core.script.Transcript;
import io.cohesix.core.shell.CommandResult;
import io.cohesix.core.shell.Words;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.history.DefaultHistory;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** The interactive shell. */
final class Prompt {
  private static final String PROMPT = "coh> ";

  private Prompt() {}

  static int run(Options options, PrintWriter out, PrintWriter err) {
    try (Session session = Session.open(options, err)) {
      Output output = new Output(out, err, options.json, Tty.output());
      Outcome connected = session.hive().connect();
      if (!connected.accepted()) {
        CommandResult result = CommandResult.of(connected);
        output.result("attach", result);
        if (result.kind() == CommandResult.Kind.UNREACHABLE) {
          return ExitCode.UNREACHABLE;
        }
      } else {
        err.println("cohsh: attached as " + options.hive.role() + "; 'help' lists the commands");
      }
      return !Tty.present() ? plain(options, session, output) : edited(options, session, output);
    }
  }

  /** With a terminal. */
  private static int edited(Options options, Session session, Output output) {
    try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
      DefaultParser parser = new DefaultParser();
      parser.setEscapeChars(new char[0]);
      parser.setQuoteChars(new char[0]);
      LineReader reader =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .appName("cohsh")
              .parser(parser)
              .history(new DefaultHistory())
              .completer(new Completion(session.hive()))
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .variable(LineReader.HISTORY_FILE, history())
              // A ticket typed after attach must not be kept on disk.
              .variable(LineReader.HISTORY_IGNORE, "attach * *")
              .build();
      Transcript transcript = new Transcript();
      while (true) {
        String line;
        try {
          line = reader.readLine(PROMPT);
        } catch (UserInterruptException e) {
          continue;
        } catch (EndOfFileException e) {
          break;
        }
        if (!step(line, session, output, transcript, terminal)) {
          break;
        }
      }
      ScriptMode.record(options, transcript);
      return ExitCode.OK;
    } catch (IOException e) {
      throw new UsageException("the terminal failed: " + e.getMessage());
    }
  }

  private static Path history() {
    String home = System.getenv("HOME");
    return Path.of(home == null || home.isEmpty() ? System.getProperty("user.home") : home, ".cohsh_history");
  }

  /** Commands from a pipe: the exit code is that of the worst of them. */
  private static int plain(Options options, Session session, Output output) {
    Transcript transcript = new Transcript();
    int worst = ExitCode.OK;
    java.util.Scanner lines = new java.util.Scanner(System.in, java.nio.charset.StandardCharsets.UTF_8);
    while (lines.hasNextLine()) {
      String line = Words.stripComment(lines.nextLine());
      if (line.isEmpty()) {
        continue;
      }
      int code = one(line, session, output, transcript);
      worst = Math.max(worst, code);
      if (quits(line)) {
        break;
      }
    }
    ScriptMode.record(options, transcript);
    return worst;
  }

  private static boolean step(String typed, Session session, Output output, Transcript transcript, Terminal terminal) {
    String line = Words.stripComment(typed);
    if (line.isEmpty()) {
      return true;
    }
    Thread worker = Thread.currentThread();
    Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, signal -> worker.interrupt());
    try {
      one(line, session, output, transcript);
    } finally {
      terminal.handle(Terminal.Signal.INT, before);
      // Ctrl-C ended the command, not the shell.
      Thread.interrupted();
    }
    return !quits(line);
  }

  private static int one(String line, Session session, Output output, Transcript transcript) {
    if (TestCommand.is(line)) {
      return TestCommand.run(line, session, output);
    }
    if (Follow.is(line)) {
      return Follow.run(line, session, output);
    }
    CommandResult result = session.handler().run(line);
    output.result(line, result);
    transcript.add(line, result);
    return result.exitCode();
  }

  private static boolean quits(String line) {
    return line.equalsIgnoreCase("quit") || line.equalsIgnoreCase("exit");
  }
}
