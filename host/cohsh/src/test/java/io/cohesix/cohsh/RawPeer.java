// A bare client connection for tests: whatever bytes, whenever, and what comes back line by line.
package io.cohesix.cohsh;

import io.cohesix.core.console.Frames;
import io.cohesix.core.transport.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

final class RawPeer implements AutoCloseable {
  private final Socket socket = new Socket();
  private final Frames.Decoder decoder = new Frames.Decoder();
  private final byte[] in = new byte[4096];

  RawPeer(Endpoint endpoint) throws IOException {
    socket.setTcpNoDelay(true);
    socket.connect(new java.net.InetSocketAddress(endpoint.host(), endpoint.port()), 15_000);
    socket.setSoTimeout(15_000);
  }

  RawPeer send(byte... bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  RawPeer line(String line) throws IOException {
    return send(frame(line));
  }

  static byte[] frame(String line) {
    ByteBuffer frame = Frames.encode(line);
    byte[] bytes = new byte[frame.remaining()];
    frame.get(bytes);
    return bytes;
  }

  /** A size field and as many payload bytes as asked for. */
  RawPeer size(int size, int payload) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4 + payload).order(ByteOrder.LITTLE_ENDIAN).putInt(size);
    while (bytes.hasRemaining()) {
      bytes.put((byte) 'x');
    }
    return send(bytes.array());
  }

  /** The next line; null at the connection's end. */
  String read() throws Exception {
    while (true) {
      String line = decoder.poll();
      if (line != null) {
        return line;
      }
      int n;
      try {
        n = socket.getInputStream().read(in);
      } catch (SocketException e) {
        n = -1; // a reset is an end, too
      }
      if (n < 0) {
        return null;
      }
      decoder.feed(ByteBuffer.wrap(in, 0, n));
    }
  }

  /** Sends a command and gives the line that acknowledges it. */
  String ask(String line) throws Exception {
    line(line);
    String answer = read();
    return "PONG".equals(answer) ? read() : answer;
  }

  /** Sends commands in one go, so that no time passes between them. */
  RawPeer together(String... lines) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String line : lines) {
      all.writeBytes(frame(line));
    }
    return send(all.toByteArray());
  }

  /** Everything up to END, without it. */
  List<String> stream() throws Exception {
    List<String> lines = new ArrayList<>();
    for (String line = read(); line != null && !line.equals("END"); line = read()) {
      lines.add(line);
    }
    return lines;
  }

  RawPeer queen() throws Exception {
    String auth = ask("AUTH changeme");
    if (!"OK AUTH".equals(auth)) {
      throw new IOException("AUTH was answered with " + auth);
    }
    String attach = ask("ATTACH queen ");
    if (!"OK ATTACH role=queen".equals(attach)) {
      throw new IOException("ATTACH was answered with " + attach);
    }
    return this;
  }

  Socket socket() {
    return socket;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
