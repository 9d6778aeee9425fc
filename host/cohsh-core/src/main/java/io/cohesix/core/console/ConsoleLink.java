// One TCP connection to a console: sends a line, waits for its answer, never longer than the deadline. Used by exactly one
// thread, the owner of the selector; non-blocking underneath, so that a peer that neither reads nor writes can't hold it.
package io.cohesix.core.console;

import io.cohesix.core.Ack;
import io.cohesix.core.transport.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

final class ConsoleLink {
  /** A stream longer than this is a defect of the peer: the largest node is far smaller. */
  private static final int STREAM_MAX_CHARS = 16 << 20;

  /** A stream may take this many deadlines in all; each line renews only its own. */
  private static final int STREAM_DEADLINES = 12;

  /** An answer and its content. */
  record Reply(Ack ack, List<String> lines) {}

  private final Selector selector;
  private final SocketChannel channel;
  private final SelectionKey key;
  private final int timeoutMs;
  private final LinkTap tap;
  private final Frames.Decoder decoder = new Frames.Decoder();
  private final ByteBuffer in = ByteBuffer.allocate(16 * 1024);

  private ConsoleLink(Selector selector, SocketChannel channel, int timeoutMs, LinkTap tap) throws IOException {
    this.selector = selector;
    this.channel = channel;
    this.timeoutMs = timeoutMs;
    this.tap = tap;
    channel.configureBlocking(false);
    this.key = channel.register(selector, SelectionKey.OP_READ);
  }

  static ConsoleLink connect(Selector selector, Endpoint endpoint, int timeoutMs, LinkTap tap)
      throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.socket().connect(new InetSocketAddress(endpoint.host(), endpoint.port()), timeoutMs);
      return new ConsoleLink(selector, channel, timeoutMs, tap);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Sends the line and waits for all of its answer. */
  Reply exchange(Request request) throws LinkLostException {
    return exchange(request, false);
  }

  /** As {@link #exchange}; lines before the answer that are no acknowledgement are a greeting of an older server. */
  Reply authenticate(String token) throws LinkLostException {
    return exchange(Request.read("AUTH " + token), true);
  }

  private Reply exchange(Request request, boolean greeting) throws LinkLostException {
    send(request.line());
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos((long) timeoutMs * STREAM_DEADLINES);
    Ack ack = awaitAck(end, greeting);
    List<String> lines = new ArrayList<>();
    if (!request.stream() || !ack.ok()) {
      return new Reply(ack, lines);
    }
    int chars = 0;
    while (true) {
      String line = receive(end);
      if (line.equals(Lines.END)) {
        return new Reply(ack, lines);
      }
      if (line.startsWith("ERR ")) {
        // Content never looks like this: the hive cut the stream.
        return new Reply(Ack.parse(line).orElse(ack), lines);
      }
      chars += line.length() + 1;
      if (chars > STREAM_MAX_CHARS) {
        throw new LinkLostException("a stream went beyond " + STREAM_MAX_CHARS + " characters without END", true);
      }
      lines.add(Lines.unescape(line));
    }
  }

  private Ack awaitAck(long end, boolean greeting) throws LinkLostException {
    while (true) {
      String line = receive(end);
      if (line.equals("PONG")) {
        continue;
      }
      Optional<Ack> ack = Ack.parse(line);
      if (ack.isPresent()) {
        return ack.get();
      }
      if (!greeting) {
        throw new LinkLostException("the hive sent '" + Lines.visible(line) + "' where OK or ERR must come", true);
      }
    }
  }

  private void send(String line) throws LinkLostException {
    ByteBuffer frame = Frames.encode(line);
    long deadline = deadline();
    try {
      while (frame.hasRemaining()) {
        if (channel.write(frame) == 0) {
          // A peer that is sending may be full of output for us: read it, then go on.
          await(SelectionKey.OP_WRITE | SelectionKey.OP_READ, deadline, frame.position() > 0);
          fill(frame.position() > 0);
        }
      }
    } catch (IOException e) {
      throw new LinkLostException("the connection broke while sending: " + text(e), frame.position() > 0);
    }
    tap.sent(line);
  }

  private String receive(long end) throws LinkLostException {
    long deadline = Math.min(deadline(), end);
    while (true) {
      String line = decoder.poll();
      if (line != null) {
        tap.received(line);
        return line;
      }
      await(SelectionKey.OP_READ, deadline, true);
      fill(true);
    }
  }

  /** Waits for readiness; a wake-up for other reasons just waits on. */
  private void await(int ops, long deadline, boolean sent) throws LinkLostException {
    key.interestOps(ops);
    try {
      while (true) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          throw new LinkLostException("no answer within " + timeoutMs + " ms", sent);
        }
        selector.select(left);
        boolean ready = selector.selectedKeys().remove(key);
        if (ready) {
          return;
        }
        if (Thread.currentThread().isInterrupted()) {
          throw new LinkLostException("interrupted", sent);
        }
      }
    } catch (IOException e) {
      throw new LinkLostException("waiting for the connection failed: " + text(e), sent);
    } finally {
      if (key.isValid()) {
        key.interestOps(SelectionKey.OP_READ);
      }
    }
  }

  private void fill(boolean sent) throws LinkLostException {
    try {
      in.clear();
      int n = channel.read(in);
      if (n < 0) {
        throw new LinkLostException("the hive closed the connection", sent);
      }
      in.flip();
      decoder.feed(in);
    } catch (IOException e) {
      throw new LinkLostException("the connection broke: " + text(e), sent);
    } catch (Frames.FramingException e) {
      throw new LinkLostException(text(e), sent);
    }
  }

  /** Takes what arrived while no command ran. Nothing should; the end of the connection may. */
  void idle() throws LinkLostException {
    if (selector.selectedKeys().remove(key)) {
      fill(false);
    }
    String line;
    @Nullable String last = null;
    while ((line = decoder.poll()) != null) {
      tap.received(line);
      last = line;
    }
    if (last != null && last.startsWith("ERR ")) {
      throw new LinkLostException("the hive said: " + Lines.visible(last), false);
    }
  }

  void close() {
    try {
      key.cancel();
      channel.close();
      selector.selectNow();
    } catch (IOException e) {
      // Closing is all that can be done with it.
    }
  }

  private long deadline() {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
  }

  private static String text(Exception e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }
}
