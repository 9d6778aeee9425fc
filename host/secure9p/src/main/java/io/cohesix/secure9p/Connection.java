// One connection and whoever leads it: the only thread at a time that touches the socket, the tags and the fid numbers.
package io.cohesix.secure9p;

import java.io.IOException;
import java.nio.BufferOverflowException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Callers put requests into the inbox and wake the leader ({@link Leadership}) only if it sleeps; the leader sends as many as
 * the window and the buffer take in one system call, reads what came, and completes futures. A future so costs one hop to the
 * connection's own thread and one back; a blocking call leads by itself when it can and costs none. Whatever is wrong with
 * the peer ends the connection: nothing that depends on a broken stream can be trusted.
 */
final class Connection implements Runnable {
  /** Why a connection is no more. */
  record Loss(int errno, String detail, @Nullable Throwable cause) {}

  /** The stream can't be used any further. */
  private static final class BrokenException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    final int errno;

    BrokenException(int errno, String detail) {
      super(detail, null, false, false);
      this.errno = errno;
    }
  }

  private final ClientOptions options;
  private final String peer;
  private final FrameChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final Thread keeper;
  private final Leadership leadership;
  private final Inbox inbox = new Inbox();
  private final AtomicBoolean asleep = new AtomicBoolean();
  private final CompletableFuture<Void> negotiated = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private volatile @Nullable Loss loss;
  private volatile int msize;

  // The leader's own.
  private final TagWindow window;
  private final FidTable fids = new FidTable(this);
  private final ArrayDeque<Op<?>> waiting = new ArrayDeque<>();
  /** Nothing that waits is late before this time. */
  private long waitingDue;

  private boolean versionAnswered;
  private boolean closing;
  private long closeBy;
  private boolean attached;
  private boolean heartbeatOut;
  private long lastSent = System.nanoTime();
  private final Vigil vigil = new Vigil(System::nanoTime, Thread::yield);

  Connection(SocketChannel socket, ClientOptions options, String peer, FrameTap tap) throws IOException {
    this.options = options;
    this.peer = peer;
    this.msize = options.msize();
    this.window = new TagWindow(options.window());
    this.channel = new FrameChannel(socket, options.msize(), tap);
    socket.configureBlocking(false);
    this.selector = Selector.open();
    this.key = socket.register(selector, SelectionKey.OP_READ);
    this.keeper = new Thread(this, "secure9p " + peer);
    keeper.setDaemon(true);
    this.leadership = new Leadership(keeper);
  }

  /** A reply that the protocol does not allow. */
  static RuntimeException violation(String what) {
    return new BrokenException(Errno.EPROTO, "the server broke the protocol: " + what);
  }

  /** A server that does not answer any more. */
  static RuntimeException silent(String what) {
    return new BrokenException(Errno.ETIMEDOUT, "the server does not answer: " + what);
  }

  void start() {
    channel.put(new Request.Version(Wire.NOTAG, options.msize(), Wire.VERSION));
    keeper.start();
  }

  /** Done when the version is agreed upon; fails with the reason. */
  CompletableFuture<Void> negotiated() {
    return negotiated;
  }

  /** Done when the connection is no more, whoever ended it. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  ClientOptions options() {
    return options;
  }

  String peer() {
    return peer;
  }

  int msize() {
    return msize;
  }

  boolean isOpen() {
    return loss == null;
  }

  Loss loss() {
    Loss known = loss;
    return known != null ? known : new Loss(Errno.ESHUTDOWN, "the connection is closed", null);
  }

  /** For a blocking call: gives the lead to the calling thread when it is free. */
  boolean tryLead() {
    if (leadership.isMine()) {
      throw new IllegalStateException(
          "a blocking call in a callback would wait for itself; use the async methods");
    }
    return leadership.tryTake();
  }

  /** Leads until the future is done, the connection is no more, or the thread is interrupted. */
  void lead(CompletableFuture<?> until) {
    while (!until.isDone() && isOpen() && !Thread.currentThread().isInterrupted()) {
      step(true);
    }
  }

  /** Ends {@link #tryLead}. */
  void follow() {
    leadership.give(hasMore());
  }

  /** Is there anything to do for the next leader? */
  private boolean hasMore() {
    return !isOpen() || !window.isEmpty() || !waiting.isEmpty() || !inbox.isEmpty();
  }

  /** Hands a command to the leader; false when the connection is no more. */
  boolean submit(Command command) {
    if (!inbox.put(command)) {
      return false;
    }
    wake();
    return true;
  }

  private void wake() {
    if (leadership.isMine()) {
      return;
    }
    if (asleep.get() && asleep.compareAndSet(true, false)) {
      selector.wakeup();
    } else {
      leadership.alert();
    }
  }

  /** Ends the connection: what waits is refused, what is in flight may finish until its deadline. */
  void close() {
    submit(
        new Command() {
          @Override
          void run(Connection connection) {
            connection.closing = true;
            connection.closeBy = System.nanoTime() + options.requestTimeout().toNanos();
          }
        });
  }

  /** Waits until the connection is no more, unless a callback asks. */
  void awaitEnd() {
    if (leadership.isMine()) {
      return;
    }
    try {
      ended.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  // From here on: the leader only.

  TagWindow window() {
    return window;
  }

  FidTable fids() {
    return fids;
  }

  void enqueue(Op<?> op) {
    waitingDue = waiting.isEmpty() ? op.deadline : TagWindow.earlier(waitingDue, op.deadline);
    waiting.addLast(op);
  }

  /** Heartbeats make sense from now on: a server answers them to those who attached. */
  void attached() {
    attached = true;
  }

  /** Keeps the connection going while no blocking call does. */
  @Override
  public void run() {
    boolean open = true;
    while (open) {
      leadership.keep(inbox);
      try {
        open = isOpen() && step(false);
      } finally {
        leadership.leave(hasMore());
      }
    }
  }

  /** One round of the leader, in a blocking call or not; false: the connection is no more. */
  private boolean step(boolean blocking) {
    Loss why;
    try {
      if (!closing || !window.isEmpty()) {
        turn(blocking);
        return true;
      }
      why = new Loss(Errno.ESHUTDOWN, "the connection was closed on this side", null);
    } catch (BrokenException e) {
      why = new Loss(e.errno, e.getMessage() + "", null);
    } catch (FrameException e) {
      why = new Loss(Errno.EPROTO, "the server broke the protocol: " + e.getMessage(), e);
    } catch (IOException e) {
      why = new Loss(Errno.ECONNRESET, "the connection to " + peer + " was lost: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      why = new Loss(Errno.EIO, "the connection's thread failed: " + e, e);
    }
    end(why);
    return false;
  }

  /** Takes calls, sends, sleeps, receives. */
  private void turn(boolean blocking) throws IOException {
    for (Command each = inbox.takeAll(); each != null; ) {
      Command following = each.next;
      each.next = null;
      each.run(this);
      each = following;
    }
    fids.reclaim();
    long now = System.nanoTime();
    window.putFlushes(channel, now);
    fill(now);
    key.interestOps(channel.flush() ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    long wake = expire(now);
    if (closing && window.isEmpty()) {
      return;
    }
    // Once: what does not fit now makes the next sleep end at once.
    if ((blocking && awake()) || sleptUntilInput(now, wake)) {
      vigil.moved();
      for (Reply reply = channel.next(); reply != null; reply = channel.next()) {
        accept(reply);
      }
    }
  }

  /** Looks for input without sleeping; true when there is some. */
  private boolean awake() throws IOException {
    while (inbox.isEmpty() && vigil.again()) {
      if (!window.isEmpty() && channel.fill()) {
        return true;
      }
    }
    return false;
  }

  private boolean sleptUntilInput(long now, long wake) throws IOException {
    asleep.set(true);
    if (inbox.isEmpty()) {
      // At least a millisecond: zero would mean for ever.
      selector.select(Math.max(1, (wake - now + 999_999) / 1_000_000));
    }
    asleep.set(false);
    selector.selectedKeys().clear();
    return channel.fill();
  }

  /** Sends what waits, as far as tags and buffer go. */
  private void fill(long now) {
    if (!versionAnswered) {
      return;
    }
    while (!closing && !waiting.isEmpty() && !window.isFull() && channel.hasRoom()) {
      Op<?> op = waiting.removeFirst();
      if (op.result.isDone()) {
        continue;
      }
      try {
        channel.put(op.request(window.nextTag()));
      } catch (FrameException e) {
        op.refuse(Errno.EINVAL, e.getMessage() + "");
        continue;
      } catch (BufferOverflowException e) {
        op.refuse(Errno.EMSGSIZE, "the request is larger than msize, " + msize + " bytes");
        continue;
      }
      window.sent(op);
      lastSent = now;
    }
    if (attached && !closing && !heartbeatOut && !options.heartbeat().isZero() && now - heartbeatAt() >= 0 && channel.hasRoom()) {
      channel.put(new Request.Flush(heartbeatTag(), heartbeatTag() + 1));
      heartbeatOut = true;
      lastSent = now;
    }
  }

  private int heartbeatTag() {
    return 2 * options.window();
  }

  private long heartbeatAt() {
    return lastSent + options.heartbeat().toNanos();
  }

  /** Ends what is late; gives the next time at which something can be. */
  private long expire(long now) {
    long next = closing ? closeBy : now + options.requestTimeout().toNanos();
    if (closing && now - closeBy >= 0) {
      throw new BrokenException(Errno.ESHUTDOWN, "the connection was closed on this side with requests unanswered");
    }
    if (attached && !options.heartbeat().isZero()) {
      long answer = lastSent + options.requestTimeout().toNanos();
      if (heartbeatOut && now - answer >= 0) {
        throw silent("no sign of life within " + options.requestTimeout().toMillis() + " ms");
      }
      next = TagWindow.earlier(next, heartbeatOut ? answer : heartbeatAt());
    }
    if (!waiting.isEmpty()) {
      if (now - waitingDue >= 0) {
        waitingDue = now + options.requestTimeout().toNanos();
        waiting.removeIf(op -> isOver(op, now));
      }
      next = TagWindow.earlier(next, waitingDue);
    }
    return window.expire(now, next);
  }

  private boolean isOver(Op<?> op, long now) {
    if (now - op.deadline >= 0) {
      op.late(false);
    }
    if (op.result.isDone()) {
      return true;
    }
    waitingDue = TagWindow.earlier(waitingDue, op.deadline);
    return false;
  }

  private void accept(Reply reply) {
    if (!versionAnswered) {
      version(reply);
    } else if (heartbeatOut && reply.tag() == heartbeatTag()) {
      heartbeatOut = false;
    } else {
      window.accept(reply);
    }
  }

  private void version(Reply reply) {
    if (reply.tag() != Wire.NOTAG || !(reply instanceof Reply.Version version)) {
      throw violation("the first reply is no Rversion with NOTAG");
    }
    if (!version.version().equals(Wire.VERSION)) {
      throw new BrokenException(
          Errno.EOPNOTSUPP, "the server does not speak " + Wire.VERSION + " (Rversion says " + printable(version) + ")");
    }
    if (Integer.compareUnsigned(version.msize(), options.msize()) > 0 || version.msize() < 256) {
      throw violation(
          "msize was offered as " + options.msize() + " and answered as " + Integer.toUnsignedString(version.msize()));
    }
    msize = version.msize();
    channel.msize(msize);
    versionAnswered = true;
    negotiated.complete(null);
  }

  private static String printable(Reply.Version version) {
    String text = version.version().replaceAll("[^ -~]", "?");
    return text.length() > 32 ? text.substring(0, 32) + "…" : text;
  }

  private void end(Loss why) {
    loss = why;
    Command rest = inbox.close();
    try {
      channel.close();
      selector.close();
    } catch (IOException e) {
      // The socket is given up; there is nobody to tell.
    }
    negotiated.completeExceptionally(
        new ConnectionLostException(why.errno(), "connect", peer, why.detail(), why.cause()));
    window.lost();
    waiting.forEach(op -> op.lost(false));
    waiting.clear();
    for (Command each = rest; each != null; each = each.next) {
      if (each instanceof Op<?> op) {
        op.lost(false);
      }
    }
    ended.complete(null);
  }
}
