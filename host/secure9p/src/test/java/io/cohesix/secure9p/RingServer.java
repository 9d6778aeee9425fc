// A small server in memory for pools and tails: one ring with absolute positions, one file that counts its writes, and
// faults on request. It serves no more of 9P than that needs.
package io.cohesix.secure9p;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

final class RingServer implements AutoCloseable {
  /** What to do with a request instead of serving it. */
  enum Fault {
    NONE,
    /** The connection ends before the request is served. */
    DROP,
    /** The request is served and the connection ends before the reply. */
    SERVE_AND_DROP,
    /** Rlerror EBUSY. */
    BUSY
  }

  private final ServerSocket listener;
  private final Thread accepting;
  private final List<Socket> sockets = new ArrayList<>();
  private final StringBuilder ring = new StringBuilder();
  final List<String> written = new ArrayList<>();
  int connections;
  private long oldest;
  private long life = 7;
  private boolean tellsLife = true;
  private Function<Request, Fault> faults = request -> Fault.NONE;

  RingServer() throws IOException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    accepting = new Thread(this::acceptAll, "ring server");
    accepting.setDaemon(true);
    accepting.start();
  }

  InetSocketAddress address() {
    return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
  }

  synchronized void faults(Function<Request, Fault> on) {
    faults = on;
  }

  /** The next {@code n} requests of a type have a fault. */
  synchronized void fail(int n, Class<? extends Request> type, Fault fault) {
    int[] left = {n};
    faults = request -> type.isInstance(request) && left[0]-- > 0 ? fault : Fault.NONE;
  }

  synchronized void append(String text) {
    ring.append(text);
  }

  /** Overwrites the oldest bytes. */
  synchronized void forget(long upTo) {
    ring.delete(0, (int) (upTo - oldest));
    oldest = upTo;
  }

  /** As if the server had been started anew. */
  synchronized void restart() {
    ring.setLength(0);
    oldest = 0;
    life++;
    dropAll();
  }

  /** As a server that knows no generations. */
  synchronized void keepLifeSecret() {
    tellsLife = false;
  }

  synchronized void dropAll() {
    for (Socket each : sockets) {
      try {
        each.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    sockets.clear();
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket socket = listener.accept();
        synchronized (this) {
          sockets.add(socket);
          connections++;
        }
        Thread thread = new Thread(() -> serveAll(socket), "ring connection");
        thread.setDaemon(true);
        thread.start();
      }
    } catch (IOException e) {
      // closed by the test
    }
  }

  private void serveAll(Socket socket) {
    Map<Integer, String> fids = new HashMap<>();
    try (socket;
        DataInputStream in = new DataInputStream(socket.getInputStream())) {
      while (true) {
        byte[] size = new byte[4];
        in.readFully(size);
        ByteBuffer frame = ByteBuffer.allocate(Integer.reverseBytes(ByteBuffer.wrap(size).getInt())).put(size);
        in.readFully(frame.array(), 4, frame.remaining());
        Reply reply = answer(Codec.decodeRequest(frame.rewind()), fids);
        if (reply == null) {
          return;
        }
        socket.getOutputStream().write(Peer.frame(reply));
      }
    } catch (EOFException e) {
      // the client closed
    } catch (IOException e) {
      // dropped by the test
    }
  }

  private synchronized Reply answer(Request request, Map<Integer, String> fids) {
    Fault fault = faults.apply(request);
    if (fault == Fault.DROP) {
      return null;
    }
    if (fault == Fault.BUSY) {
      return new Reply.Refused(request.tag(), Errno.EBUSY);
    }
    Reply reply = serve(request, fids);
    return fault == Fault.SERVE_AND_DROP ? null : reply;
  }

  private Reply serve(Request request, Map<Integer, String> fids) {
    int tag = request.tag();
    if (request instanceof Request.Version m) {
      return new Reply.Version(tag, m.msize(), m.version());
    }
    if (request instanceof Request.Attach) {
      return new Reply.Attach(tag, Peer.DIR);
    }
    if (request instanceof Request.Walk m) {
      fids.put(m.newFid(), String.join("/", m.names()));
      return new Reply.Walk(tag, m.names().stream().map(each -> Peer.FILE).toList());
    }
    if (request instanceof Request.Open) {
      return new Reply.Open(tag, Peer.FILE, 0);
    }
    if (request instanceof Request.Read m) {
      return read(tag, fids.getOrDefault(m.fid(), ""), m);
    }
    if (request instanceof Request.Write m) {
      written.add(StandardCharsets.UTF_8.decode(m.data()).toString());
      return new Reply.Write(tag, written.get(written.size() - 1).length());
    }
    if (request instanceof Request.Clunk m) {
      fids.remove(m.fid());
      return new Reply.Clunk(tag);
    }
    if (request instanceof Request.GetAttr m) {
      long valid = Wire.GETATTR_BASIC | (tellsLife ? m.mask() & Wire.GETATTR_GEN : 0);
      return new Reply.GetAttr(
          tag, new Stat(valid, Peer.FILE, 0100400, 0, 0, 1, 0, ring.length(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, life, 0));
    }
    if (request instanceof Request.Flush) {
      return new Reply.Flush(tag);
    }
    return new Reply.Refused(tag, Errno.EOPNOTSUPP);
  }

  private Reply read(int tag, String name, Request.Read m) {
    long next = oldest + ring.length();
    String content;
    long at = m.offset();
    if (name.equals("ring.pos")) {
      content = "oldest=" + oldest + " next=" + next + "\n";
    } else if (name.equals("ring")) {
      content = ring.toString();
      at -= Positions.ABSOLUTE_BASE + oldest;
      if (at < 0) {
        return new Reply.Refused(tag, Errno.ESTALE);
      }
    } else {
      content = "content of " + name;
    }
    int from = (int) Math.min(at, content.length());
    int to = Math.min(content.length(), from + m.count());
    return new Reply.Read(tag, Peer.text(content.substring(from, to)));
  }

  /** A thread that waits in accept may still be given a connection while its listener closes: it has ended when this returns. */
  @Override
  public void close() throws IOException {
    listener.close();
    try {
      accepting.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    dropAll();
  }
}
