// A trace's records put together again: one command and its whole answer.
package io.cohesix.core.trace;

import io.cohesix.core.Ack;
import io.cohesix.core.console.Lines;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One command of a recorded session.
 *
 * @param connection which connection it went over, counted from 0
 * @param line the command as it was recorded
 * @param redacted whether a secret was taken out of the line
 * @param sentMs when it was sent
 * @param answeredMs when the last line of the answer came; sentMs when none came
 * @param ack the acknowledgement; null when none was recorded
 * @param lines content lines, unescaped
 * @param finished whether the answer was recorded to its end
 */
public record Exchange(
    int connection,
    String line,
    boolean redacted,
    long sentMs,
    long answeredMs,
    @Nullable Ack ack,
    List<String> lines,
    boolean finished) {

  /** Copies the lines. */
  public Exchange {
    lines = List.copyOf(lines);
  }

  /** The commands of a trace, in order. Lines that came unasked belong to none. */
  public static List<Exchange> of(Trace trace) {
    Builder builder = new Builder();
    for (TraceRecord record : trace.records()) {
      if (record.layer() == TraceRecord.Layer.CONSOLE) {
        builder.add(record);
      }
    }
    builder.flush(false);
    return builder.done;
  }

  private static final class Builder {
    private final List<Exchange> done = new ArrayList<>();
    private int connection = -1;
    private @Nullable TraceRecord sent;
    private @Nullable Ack ack;
    private List<String> lines = new ArrayList<>();
    private long last;

    void add(TraceRecord record) {
      switch (record.kind()) {
        case OPENED -> {
          flush(false);
          connection++;
        }
        case CLOSED -> flush(false);
        case SENT -> {
          flush(false);
          sent = record;
          last = record.offsetMs();
        }
        case RECEIVED -> received(record);
      }
    }

    private void received(TraceRecord record) {
      TraceRecord asked = sent;
      if (asked == null) {
        return;
      }
      last = record.offsetMs();
      String line = record.line();
      if (ack == null) {
        // PONG stands before its acknowledgement.
        ack = Ack.parse(line).orElse(null);
        if (ack != null && !(ack.ok() && Lines.streams(asked.line()))) {
          flush(true);
        }
      } else if (line.equals(Lines.END)) {
        flush(true);
      } else if (line.startsWith("ERR ")) {
        // Content never looks like this: the hive cut the stream.
        ack = Ack.parse(line).orElse(ack);
        flush(true);
      } else {
        lines.add(Lines.unescape(line));
      }
    }

    void flush(boolean finished) {
      TraceRecord asked = sent;
      if (asked != null) {
        done.add(
            new Exchange(
                Math.max(connection, 0), asked.line(), asked.redacted(), asked.offsetMs(), last, ack, lines, finished));
      }
      sent = null;
      ack = null;
      lines = new ArrayList<>();
    }
  }
}
