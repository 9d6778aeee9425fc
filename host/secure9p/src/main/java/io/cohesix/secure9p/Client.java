// The door: a connection to a 9P2000.L server.
package io.cohesix.secure9p;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a 9P2000.L server (spec/secure9p.md). Any number of threads may use it and what came from it; up to
 * {@link ClientOptions#window} requests are in flight at a time, the others wait their turn. When the connection is lost,
 * everything of it fails and stays failed: connect anew, or use a pool.
 */
public final class Client implements AutoCloseable {
  private final Connection connection;

  private Client(Connection connection) {
    this.connection = connection;
  }

  /** Connects over TCP and agrees on the version. */
  public static Client connect(InetSocketAddress address, ClientOptions options) {
    return connect(address, options, FrameTap.NONE);
  }

  /** As {@link #connect(InetSocketAddress, ClientOptions)}; {@code tap} sees every frame. */
  public static Client connect(InetSocketAddress address, ClientOptions options, FrameTap tap) {
    String peer = address.getHostString() + ":" + address.getPort();
    SocketChannel socket = null;
    try {
      socket = SocketChannel.open();
      socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
      socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      InetSocketAddress resolved =
          address.isUnresolved() ? new InetSocketAddress(address.getHostString(), address.getPort()) : address;
      if (resolved.isUnresolved()) {
        throw new IOException("no address is known for the name");
      }
      socket.socket().connect(resolved, Math.toIntExact(options.connectTimeout().toMillis()));
      return over(socket, peer, options, tap);
    } catch (IOException e) {
      closeQuietly(socket);
      throw new ConnectionLostException(Errno.EHOSTUNREACH, "connect", peer, "no connection: " + e.getMessage(), e);
    }
  }

  /**
   * Agrees on the version over a socket that is connected already, for example a Unix domain socket. The socket is the
   * client's from then on.
   *
   * @param peer how errors call the other end
   */
  public static Client over(SocketChannel socket, String peer, ClientOptions options) {
    return over(socket, peer, options, FrameTap.NONE);
  }

  private static Client over(SocketChannel socket, String peer, ClientOptions options, FrameTap tap) {
    Connection connection;
    try {
      connection = new Connection(socket, options, peer, tap);
    } catch (IOException e) {
      closeQuietly(socket);
      throw new ConnectionLostException(Errno.EIO, "connect", peer, "no selector: " + e.getMessage(), e);
    }
    connection.start();
    try {
      connection.negotiated().get(options.connectTimeout().toNanos(), TimeUnit.NANOSECONDS);
      return new Client(connection);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof NinePException known) {
        known.fillInStackTrace();
        throw known;
      }
      throw new AssertionError(e);
    } catch (TimeoutException e) {
      connection.close();
      throw new ConnectionLostException(
          Errno.ETIMEDOUT,
          "connect",
          peer,
          "no Rversion within " + options.connectTimeout().toMillis() + " ms",
          e);
    } catch (InterruptedException e) {
      connection.close();
      Thread.currentThread().interrupt();
      throw NinePException.local(Errno.EINTR, "connect", peer, "the waiting thread was interrupted");
    }
  }

  private static void closeQuietly(@Nullable SocketChannel socket) {
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        // It is of no use anyway.
      }
    }
  }

  /** Attaches: a session with its own identity. A connection may have several. */
  public Session attach(Login login) {
    return Pending.await(connection, "attach", "/", () -> attachAsync(login));
  }

  /** As {@link #attach}. */
  public CompletableFuture<Session> attachAsync(Login login) {
    Steps<Session> steps = new Steps<>();
    String token = login.token;
    if (token == null) {
      attach(steps, login, null);
      return steps;
    }
    steps.then(
        new Ops.Auth(connection, login).submit(),
        afid -> {
          steps.closingAtEnd(afid);
          ByteBuffer proof = ByteBuffer.wrap(token.getBytes(StandardCharsets.UTF_8));
          steps.then(new Ops.Prove(afid, proof).submit(), written -> attach(steps, login, afid));
        });
    return steps;
  }

  private void attach(Steps<Session> steps, Login login, @Nullable Fid afid) {
    steps.then(
        new Ops.Attach(connection, login, afid).submit(),
        root -> {
          Session session = new Session(root);
          if (!steps.complete(session)) {
            root.close();
          }
        });
  }

  /** Asks whether this is the hive's token, as an attach with it would, but opens no session. */
  public void prove(String token) {
    Pending.await(connection, "auth", "", () -> proveAsync(token));
  }

  /** As {@link #prove}. */
  public CompletableFuture<Void> proveAsync(String token) {
    Steps<Void> steps = new Steps<>();
    steps.then(
        new Ops.Auth(connection, Login.token("", token, null)).submit(),
        afid -> {
          steps.closingAtEnd(afid);
          ByteBuffer proof = ByteBuffer.wrap(token.getBytes(StandardCharsets.UTF_8));
          steps.then(new Ops.Prove(afid, proof).submit(), written -> steps.complete(null));
        });
    return steps;
  }

  /** Bytes of a largest frame, as negotiated. */
  public int msize() {
    return connection.msize();
  }

  /** Whether the connection stands. */
  public boolean isOpen() {
    return connection.isOpen();
  }

  /** Done when the connection is no more, whoever ended it. */
  public CompletableFuture<Void> ended() {
    return connection.ended().copy();
  }

  Connection connection() {
    return connection;
  }

  /**
   * Ends the connection: requests that wait are refused, those in flight may finish, at most for the request timeout.
   * Waits for that, unless called by the thread that leads the connection, in a callback.
   */
  @Override
  public void close() {
    connection.close();
    connection.awaitEnd();
  }
}
