// The frame codec: `size[4] payload[size-4]`, little-endian, size counts itself (spec/console.md "TCP framing").
package io.cohesix.core.console;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Encodes lines to frames and decodes bytes to lines. */
public final class Frames {
  private Frames() {}

  /**
   * One line as a frame.
   *
   * @param line 1 … {@link ConsoleLimits#CONSOLE_SKIP_MAX} − 4 bytes of UTF-8. A line beyond
   *     {@link ConsoleLimits#CONSOLE_LINE_BYTES} is sent as it is: the refusal is the hive's to make.
   * @throws IllegalArgumentException when the line is empty or so long that the session would end
   */
  public static ByteBuffer encode(String line) {
    byte[] payload = requireFits(line);
    int size = payload.length + ConsoleLimits.CONSOLE_HEADER_BYTES;
    ByteBuffer frame = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    frame.putInt(size).put(payload).flip();
    return frame;
  }

  static byte[] requireFits(String line) {
    byte[] payload = line.getBytes(StandardCharsets.UTF_8);
    int size = payload.length + ConsoleLimits.CONSOLE_HEADER_BYTES;
    if (size < ConsoleLimits.CONSOLE_FRAME_MIN || size > ConsoleLimits.CONSOLE_SKIP_MAX) {
      throw new IllegalArgumentException(
          "a console line must have 1 to "
              + (ConsoleLimits.CONSOLE_SKIP_MAX - ConsoleLimits.CONSOLE_HEADER_BYTES)
              + " bytes, this one has "
              + payload.length);
    }
    return payload;
  }

  /** The peer broke the framing; the connection can't be used any more. */
  public static final class FramingException extends Exception {
    FramingException(String message) {
      super(message);
    }
  }

  /** A state machine over bytes: frames may share a segment and span segments. Not thread-safe. */
  public static final class Decoder {
    private final ByteBuffer head =
        ByteBuffer.allocate(ConsoleLimits.CONSOLE_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private @Nullable ByteBuffer body;
    private final Deque<String> lines = new ArrayDeque<>();

    /**
     * Takes all bytes of {@code in}.
     *
     * @throws FramingException when a size is outside 5 … 260
     */
    public void feed(ByteBuffer in) throws FramingException {
      while (in.hasRemaining()) {
        ByteBuffer target = body == null ? head : body;
        while (in.hasRemaining() && target.hasRemaining()) {
          target.put(in.get());
        }
        if (target.hasRemaining()) {
          return;
        }
        target.flip();
        if (body == null) {
          startBody();
        } else {
          lines.add(StandardCharsets.UTF_8.decode(target).toString());
          body = null;
          head.clear();
        }
      }
    }

    private void startBody() throws FramingException {
      long size = Integer.toUnsignedLong(head.getInt());
      if (size < ConsoleLimits.CONSOLE_FRAME_MIN || size > ConsoleLimits.CONSOLE_FRAME_MAX) {
        throw new FramingException(
            "the peer announced a frame of "
                + size
                + " bytes, allowed are "
                + ConsoleLimits.CONSOLE_FRAME_MIN
                + " to "
                + ConsoleLimits.CONSOLE_FRAME_MAX
                + ": it does not speak the console protocol");
      }
      body = ByteBuffer.allocate((int) size - ConsoleLimits.CONSOLE_HEADER_BYTES);
    }

    /** The next whole line, or null. */
    public @Nullable String poll() {
      return lines.poll();
    }

    /** True when bytes of an unfinished frame are held. */
    public boolean midFrame() {
      return body != null || head.position() > 0;
    }
  }
}
