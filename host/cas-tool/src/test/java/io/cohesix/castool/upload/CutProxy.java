// Stands between a client and a hive, passes frames on, and ends both connections at a chosen write: what a hive sees when a
// client is killed there.
package io.cohesix.castool.upload;

import io.cohesix.core.transport.Endpoint;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

final class CutProxy implements AutoCloseable {
  private static final int TWRITE = 118;

  private final ServerSocket listener;
  private final Endpoint hive;
  private int left = Integer.MAX_VALUE;
  private boolean passOn;

  CutProxy(Endpoint hive) throws IOException {
    this.hive = hive;
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(this::acceptAll, "cut proxy");
    thread.setDaemon(true);
    thread.start();
  }

  Endpoint endpoint() {
    return new Endpoint("127.0.0.1", listener.getLocalPort());
  }

  /**
   * The next connection ends at its n-th write, counted from 1; the first is the token's.
   *
   * @param pass whether the hive gets that write
   */
  synchronized void cutAt(int write, boolean pass) {
    left = write;
    passOn = pass;
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket client = listener.accept();
        Socket server = new Socket(hive.host(), hive.port());
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        aside(() -> requests(client, server));
        aside(() -> replies(client, server));
      }
    } catch (IOException e) {
      // closed by the test
    }
  }

  private static void aside(Runnable work) {
    Thread thread = new Thread(work, "cut proxy connection");
    thread.setDaemon(true);
    thread.start();
  }

  /** Whether this frame is the one to end at. */
  private synchronized boolean last(int type) {
    if (type == TWRITE && --left == 0) {
      left = Integer.MAX_VALUE;
      return true;
    }
    return false;
  }

  private void requests(Socket client, Socket server) {
    try (client;
        server) {
      DataInputStream in = new DataInputStream(client.getInputStream());
      OutputStream out = server.getOutputStream();
      while (true) {
        int size = Integer.reverseBytes(in.readInt());
        byte[] frame = new byte[size];
        for (int i = 0; i < 4; i++) {
          frame[i] = (byte) (size >>> (8 * i));
        }
        in.readFully(frame, 4, size - 4);
        boolean last = last(frame[4] & 0xff);
        if (last) {
          client.close(); // before the hive can answer
        }
        if (!last || passOn) {
          out.write(frame);
        }
        if (last) {
          return;
        }
      }
    } catch (IOException e) {
      // one of them closed
    }
  }

  private static void replies(Socket client, Socket server) {
    try {
      InputStream in = server.getInputStream();
      in.transferTo(client.getOutputStream());
    } catch (IOException e) {
      // one of them closed
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
