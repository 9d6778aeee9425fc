// The other end of a connection, played by a test byte by byte.
package io.cohesix.secure9p;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

final class Peer implements AutoCloseable {
  static final Qid DIR = new Qid(Wire.QTDIR, 0, 1);
  static final Qid FILE = new Qid(Wire.QTFILE, 0, 2);

  final ServerSocket listener;
  /** Handles that a test lets go of: the garbage collector would have them clunked in the middle of it. */
  private final List<Object> kept = new ArrayList<>();

  private Socket socket = new Socket();
  private DataInputStream in = new DataInputStream(DataInputStream.nullInputStream());

  Peer() throws IOException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    listener.setSoTimeout(10_000);
  }

  InetSocketAddress address() {
    return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
  }

  /** Runs something beside the test's thread. */
  static <T> CompletableFuture<T> aside(Callable<T> work) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return work.call();
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        });
  }

  /** A result that must come soon. */
  static <T> T soon(CompletableFuture<T> future) throws Exception {
    return future.get(10, TimeUnit.SECONDS);
  }

  void accept() throws IOException {
    socket = listener.accept();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(10_000);
    in = new DataInputStream(socket.getInputStream());
  }

  /** Accepts and answers Tversion as asked. */
  void handshake() throws IOException {
    accept();
    Request.Version version = next(Request.Version.class);
    assertEquals(Wire.NOTAG, version.tag());
    assertEquals("9P2000.L", version.version());
    reply(new Reply.Version(Wire.NOTAG, version.msize(), version.version()));
  }

  /** A client that is connected to this. */
  Client client(ClientOptions options) throws Exception {
    CompletableFuture<Client> client = aside(() -> Client.connect(address(), options));
    handshake();
    return soon(client);
  }

  /** A session on a client that is connected to this. */
  Session session(Client client) throws Exception {
    CompletableFuture<Session> session = client.attachAsync(Login.plain("u", "", 0));
    reply(new Reply.Attach(next(Request.Attach.class).tag(), DIR));
    kept.add(soon(session));
    return soon(session);
  }

  /** A file of a session, open. */
  Fid open(Session session, String name) throws Exception {
    CompletableFuture<Fid> fid = session.openAsync(name, OpenMode.READ_WRITE);
    Request.Walk walk = next(Request.Walk.class);
    reply(new Reply.Walk(walk.tag(), walk.names().stream().map(each -> FILE).toList()));
    reply(new Reply.Open(next(Request.Open.class).tag(), FILE, 0));
    kept.add(soon(fid));
    return soon(fid);
  }

  /** The client's next frame. */
  Request next() throws IOException {
    byte[] size = new byte[4];
    in.readFully(size);
    int length = Integer.reverseBytes(ByteBuffer.wrap(size).getInt());
    ByteBuffer frame = ByteBuffer.allocate(length).put(size);
    in.readFully(frame.array(), 4, length - 4);
    return Codec.decodeRequest(frame.rewind());
  }

  <R extends Request> R next(Class<R> type) throws IOException {
    Request request = next();
    assertEquals(type, request.getClass(), request::toString);
    return type.cast(request);
  }

  /** Whether bytes of the client wait to be read. */
  boolean available() throws IOException {
    return in.available() > 0;
  }

  /** Whether the client has closed. */
  boolean atEnd() throws IOException {
    try {
      in.readByte();
      return false;
    } catch (EOFException | java.net.SocketException e) {
      return true;
    }
  }

  /** Frames in one segment. */
  void reply(Reply... replies) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (Reply each : replies) {
      all.writeBytes(frame(each));
    }
    raw(all.toByteArray());
  }

  static byte[] frame(Reply reply) {
    ByteBuffer out = ByteBuffer.allocate(70_000);
    Codec.encode(reply, out);
    byte[] bytes = new byte[out.flip().remaining()];
    out.get(bytes);
    return bytes;
  }

  void raw(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  static ByteBuffer text(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  void hangUp() throws IOException {
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
    listener.close();
  }
}
