// A trace as people read it, without a hive.
package io.cohesix.core.trace;

import io.cohesix.core.console.Lines;
import io.cohesix.core.script.Masking;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Renders traces. */
public final class TraceTranscript {
  private TraceTranscript() {}

  /**
   * Commands and answers, in the form of a transcript.
   *
   * @param masked whether the masking table is applied, so that the text compares with other runs
   */
  public static List<String> commands(Trace trace, boolean masked) {
    List<String> out = new ArrayList<>();
    for (Exchange command : Exchange.of(trace)) {
      out.add("coh> " + Lines.visible(command.line()));
      if (command.ack() != null) {
        String ack = command.ack().line();
        out.add(Lines.visible(masked ? Masking.ack(command.line(), ack) : ack));
      }
      for (String line : masked ? Masking.content(command.line(), command.lines()) : command.lines()) {
        out.add(Lines.visible(line));
      }
      if (!command.finished()) {
        out.add("(the answer was not recorded to its end)");
      }
    }
    if (!trace.whole()) {
      out.add("(the recording reached its bound here)");
    }
    return out;
  }

  /** Every record: time, direction, bytes. */
  public static List<String> records(Trace trace) {
    List<String> out = new ArrayList<>();
    for (TraceRecord record : trace.records()) {
      String what =
          switch (record.kind()) {
            case OPENED -> "connection opened";
            case CLOSED -> "connection closed";
            case SENT -> "> " + content(record);
            case RECEIVED -> "< " + content(record);
          };
      out.add("%9d ms %s%s".formatted(record.offsetMs(), what, record.redacted() ? " (redacted)" : ""));
    }
    return out;
  }

  private static String hex(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return HexFormat.of().formatHex(copy);
  }

  private static String content(TraceRecord record) {
    return record.layer() == TraceRecord.Layer.CONSOLE
        ? Lines.visible(record.line())
        : record.layer().text() + " " + hex(record.bytes().duplicate());
  }
}
