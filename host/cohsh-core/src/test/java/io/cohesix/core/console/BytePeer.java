// A TCP peer that plays a fixed script of bytes, one connection after the other. It checks what it is told to read and
// knows nothing of what lines mean.
package io.cohesix.core.console;

import io.cohesix.core.transport.Endpoint;
import io.cohesix.core.transport.TcpTransport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

final class BytePeer implements AutoCloseable {
  /** One connection's part. */
  interface Part {
    void play(Wire wire) throws Exception;
  }

  /** One connection. */
  record Wire(InputStream in, OutputStream out) {
    /** Reads one frame and demands that it is this line. */
    void expect(String line) throws IOException {
      byte[] head = in.readNBytes(4);
      if (head.length < 4) {
        throw new IOException("end of connection where '" + line + "' was expected");
      }
      int size = ByteBuffer.wrap(head).order(java.nio.ByteOrder.LITTLE_ENDIAN).getInt();
      String got = new String(in.readNBytes(size - 4), java.nio.charset.StandardCharsets.UTF_8);
      if (!got.equals(line)) {
        throw new IOException("expected '" + line + "', got '" + got + "'");
      }
    }

    void say(String... lines) throws IOException {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (String line : lines) {
        ByteBuffer frame = Frames.encode(line);
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        all.write(bytes);
      }
      raw(all.toByteArray());
    }

    void raw(byte[] bytes) throws IOException {
      out.write(bytes);
      out.flush();
    }

    void attach() throws IOException {
      expect("AUTH t");
      say("OK AUTH");
      expect("ATTACH queen ");
      say("OK ATTACH role=queen");
    }

    /** Waits until the other side closes. */
    void awaitEnd() throws IOException {
      in.readAllBytes();
    }
  }

  private final ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
  private final CompletableFuture<Void> played = new CompletableFuture<>();

  BytePeer(Part... parts) throws IOException {
    Thread thread =
        new Thread(
            () -> {
              try {
                for (Part part : parts) {
                  try (Socket socket = server.accept()) {
                    socket.setSoTimeout(10_000);
                    socket.setTcpNoDelay(true);
                    part.play(new Wire(socket.getInputStream(), socket.getOutputStream()));
                  }
                }
                server.close();
                played.complete(null);
              } catch (Throwable e) {
                played.completeExceptionally(e);
              }
            },
            "byte-peer");
    thread.setDaemon(true);
    thread.start();
  }

  TcpTransport transport() {
    return new TcpTransport(new Endpoint("127.0.0.1", server.getLocalPort()));
  }

  /** All parts were played as written. */
  void verify() throws Exception {
    played.get(10, TimeUnit.SECONDS);
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
