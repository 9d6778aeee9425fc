// One record of a trace.
package io.cohesix.core.trace;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What went over a connection at one moment.
 *
 * @param kind what happened
 * @param layer what the bytes are
 * @param redacted whether a token or ticket was taken out of the bytes
 * @param offsetMs milliseconds since the recording began, up to 2^32-1
 * @param bytes a console line without newline, or one 9P frame with its size field; empty for a connection's begin and end
 */
public record TraceRecord(Kind kind, Layer layer, boolean redacted, long offsetMs, ByteBuffer bytes) {

  /** Copies nothing, but lets nobody write. */
  public TraceRecord {
    bytes = bytes.asReadOnlyBuffer();
  }

  /** What happened. The numbers stand in the file. */
  public enum Kind {
    /** The client sent it. */
    SENT(1),
    /** The hive sent it. */
    RECEIVED(2),
    /** A connection was made. */
    OPENED(3),
    /** The connection ended. */
    CLOSED(4);

    private final int number;

    Kind(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }

  /** What the bytes are. The numbers stand in the file. */
  public enum Layer {
    /** A console line; in a Secure9P trace the one that the client composed for what it did with frames. */
    CONSOLE(1, "console"),
    /** A 9P frame. */
    SECURE9P(2, "secure9p");

    private final int number;
    private final String text;

    Layer(int number, String text) {
      this.number = number;
      this.text = text;
    }

    int number() {
      return number;
    }

    /** The name as users write it. */
    public String text() {
      return text;
    }
  }

  /** The bytes as text. */
  public String line() {
    return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
  }
}
