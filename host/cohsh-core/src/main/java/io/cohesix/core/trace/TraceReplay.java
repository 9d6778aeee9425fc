// Sends a recorded session's requests to a hive again and compares the answers. The core is deterministic, so a fresh hive of
// the same manifest answers alike, but for what the one masking table hides.
package io.cohesix.core.trace;

import io.cohesix.core.Hive;
import io.cohesix.core.Outcome;
import io.cohesix.core.console.ConsoleLimits;
import io.cohesix.core.script.Masking;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Replays a trace once. */
public final class TraceReplay implements AutoCloseable {
  /** A pause of the recorded session is repeated up to here: as long as a script may wait. */
  public static final int MAX_PAUSE_MS = 2000;

  /** Makes connections to the hive that the trace is replayed on. */
  public interface Connector {
    /** A session that is neither connected nor attached, and repeats nothing. */
    Hive open() throws IOException;
  }

  /**
   * An answer that is not the recorded one.
   *
   * @param index which command of the trace, from 1
   * @param line the command
   * @param recorded acknowledgement and content as recorded, masked
   * @param replayed the same as answered now
   */
  public record Difference(int index, String line, List<String> recorded, List<String> replayed) {
    /** Copies the lists. */
    public Difference {
      recorded = List.copyOf(recorded);
      replayed = List.copyOf(replayed);
    }
  }

  /**
   * What a replay came to.
   *
   * @param commands commands in the trace
   * @param compared how many answers were compared; the others were not recorded whole
   * @param differences what was not equal
   * @param unreachable why no hive could be asked; null when all were
   */
  public record Report(int commands, int compared, List<Difference> differences, @Nullable String unreachable) {
    /** Copies the list. */
    public Report {
      differences = List.copyOf(differences);
    }

    /** 0 identical, 1 different, 3 no hive. */
    public int exitCode() {
      return unreachable != null ? 3 : differences.isEmpty() ? 0 : 1;
    }
  }

  private final List<Exchange> commands;
  private final Connector connector;
  private final @Nullable String ticket;
  private @Nullable Hive hive;

  /**
   * Prepares a replay; nothing is sent yet.
   *
   * @param ticket for each ATTACH whose ticket the trace leaves out; or null
   * @throws TraceException when the trace asks for what can't be sent again
   */
  public TraceReplay(Trace trace, Connector connector, @Nullable String ticket) throws TraceException {
    this.commands = Exchange.of(trace);
    this.connector = connector;
    this.ticket = ticket;
    for (int i = 0; i < commands.size(); i++) {
      check(i + 1, commands.get(i));
    }
  }

  private void check(int number, Exchange command) throws TraceException {
    int bytes = command.line().getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > ConsoleLimits.CONSOLE_SKIP_MAX - ConsoleLimits.CONSOLE_HEADER_BYTES) {
      throw new TraceException("command " + number + " has " + bytes + " bytes, which no connection survives");
    }
    String verb = verb(command.line());
    if (command.redacted() && verb.equals("ATTACH") && ticket == null) {
      throw new TraceException(
          "command " + number + " attached with a ticket, which a trace never holds: give one with --ticket-file or COHESIX_TICKET");
    }
    if (command.redacted() && !verb.equals("ATTACH") && !verb.equals("AUTH")) {
      throw new TraceException(
          "command " + number + " (" + verb + ") held a token or ticket, which a trace never holds: it can be shown, not replayed");
    }
  }

  /** Sends everything, with the recorded pauses up to {@link #MAX_PAUSE_MS}. */
  public Report run() throws InterruptedException {
    List<Difference> differences = new ArrayList<>();
    int compared = 0;
    int connection = -1;
    long before = 0;
    for (int i = 0; i < commands.size(); i++) {
      Exchange command = commands.get(i);
      pause(command.sentMs() - before);
      before = command.answeredMs();
      Outcome outcome;
      try {
        if (command.connection() != connection || hive == null) {
          connection = command.connection();
          close();
          hive = connector.open();
        }
        outcome = send(hive, command);
      } catch (IOException e) {
        outcome = new Outcome.Unreachable(e.getMessage() + "");
      }
      if (outcome instanceof Outcome.Unreachable unreachable) {
        return new Report(commands.size(), compared, differences, unreachable.why());
      }
      if (!command.finished()) {
        continue;
      }
      compared++;
      List<String> recorded = recorded(command);
      List<String> replayed = replayed(command.line(), outcome);
      if (!recorded.equals(replayed)) {
        differences.add(new Difference(i + 1, command.line(), recorded, replayed));
      }
    }
    return new Report(commands.size(), compared, differences, null);
  }

  private Outcome send(Hive target, Exchange command) {
    String[] word = command.line().strip().split("\\s+", 3);
    return switch (verb(command.line())) {
      case "AUTH" -> target.connect();
      case "ATTACH" ->
          word.length < 2
              ? target.console(command.line())
              : target.attach(word[1], command.redacted() ? ticket : word.length > 2 ? word[2] : null);
      case "QUIT" -> target.detach();
      default -> target.console(command.line());
    };
  }

  private static void pause(long ms) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(Math.min(ms, MAX_PAUSE_MS));
  }

  private static List<String> recorded(Exchange command) {
    List<String> all = new ArrayList<>();
    if (command.ack() != null) {
      all.add(Masking.ack(command.line(), command.ack().line()));
    }
    all.addAll(Masking.content(command.line(), command.lines()));
    return all;
  }

  private static List<String> replayed(String line, Outcome outcome) {
    List<String> all = new ArrayList<>();
    if (outcome instanceof Outcome.Accepted accepted) {
      // That the connection stands is all that a session says of its authentication.
      all.add(verb(line).equals("AUTH") ? "OK AUTH" : Masking.ack(line, accepted.ack().line()));
      all.addAll(Masking.content(line, accepted.lines()));
    } else if (outcome instanceof Outcome.Refused refused) {
      all.add(Masking.ack(line, refused.ack().line()));
    } else if (outcome instanceof Outcome.Lost lost) {
      all.add("(no answer: " + lost.why() + ")");
    }
    return all;
  }

  private static String verb(String line) {
    return line.strip().split("\\s+", 2)[0].toUpperCase(Locale.ROOT);
  }

  /** Ends the connection that is open. */
  @Override
  public void close() {
    Hive open = hive;
    hive = null;
    if (open != null) {
      open.close();
    }
  }
}
