// Following a ring: what is appended comes out, with positions, gaps and lost connections accounted for.
package io.cohesix.secure9p;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * An endless iterator over what is appended to a ring node (spec/secure9p.md, "Rings"). It is an iterator and not a {@code
 * Flow.Publisher} because the consumer sets the pace by asking, which is all the back-pressure there is to say, and a
 * thread, a stream or an executor can ask. One consumer thread; {@link #close} may come from any thread and ends a waiting
 * {@link #next} and {@link #hasNext}.
 *
 * <p>Its cursor is an absolute position: after a lost connection a tail of a pool goes on exactly behind the last byte that
 * it gave out, and what was overwritten meanwhile is one {@link TailEvent.Gap}. A position belongs to one life of the
 * hive: when the next connection leads to another one, {@link TailEvent.Restarted} says so, wherever the new ring ends.
 */
public final class Tail implements Iterator<TailEvent>, AutoCloseable {
  private static final Pattern BOUNDS = Pattern.compile("oldest=(\\d+) next=(\\d+)\\s*");

  /** Where sessions come from. */
  interface Source {
    /** The session, made when there is none. */
    Session session();

    /** The session failed: pauses before further attempt {@code n}, or throws. The next session is a new one. */
    void failed(NinePException why, int n, String path);

    void close();
  }

  private record Bounds(long oldest, long next) {}

  private final Source source;
  private final String path;
  private final Duration poll;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile @Nullable CompletableFuture<byte[]> reading;
  private final TailStart start;
  private volatile long position;
  private volatile long life;
  private boolean started;
  private boolean reopened;
  private int failures;
  private @Nullable Fid fid;
  private @Nullable TailEvent ready;

  Tail(Source source, String path, TailStart start, Duration poll) {
    this.source = source;
    this.path = path;
    this.start = start;
    this.poll = poll;
    this.position = start.position();
    this.life = start.life();
  }

  /** Finds the first position, so that "newest" means: as of now. */
  Tail begun() {
    boolean done = false;
    try {
      while (!started) {
        try {
          ready = orient(source.session());
        } catch (NinePException e) {
          source.failed(e, ++failures, path);
        }
      }
      failures = 0;
      done = true;
      return this;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  /** The absolute position behind the last byte that was given out; {@link TailStart#at} goes on there. */
  public long position() {
    return position;
  }

  /** The life of the hive that {@link #position} is of ({@link TailStart#at(long, long)}); 0: the server tells none. */
  public long life() {
    return life;
  }

  /** Waits for the next event; false once the tail is closed. */
  @Override
  public boolean hasNext() {
    if (ready == null) {
      ready = await(Long.MAX_VALUE);
    }
    return ready != null;
  }

  @Override
  public TailEvent next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the tail of " + path + " is closed");
    }
    return take();
  }

  /** The next event, or null when none came in time or the tail is closed. */
  public @Nullable TailEvent poll(Duration time) {
    if (ready == null) {
      ready = await(time.toNanos());
    }
    return ready == null ? null : take();
  }

  private TailEvent take() {
    TailEvent event = ready;
    ready = null;
    if (event == null) {
      throw new AssertionError("no event");
    }
    return event;
  }

  /** The events as a stream; closing it closes the tail. */
  public Stream<TailEvent> stream() {
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(this, Spliterator.ORDERED | Spliterator.NONNULL), false)
        .onClose(this::close);
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  private @Nullable TailEvent await(long nanos) {
    if (!busy.compareAndSet(false, true)) {
      if (isClosed()) {
        return null;
      }
      throw new IllegalStateException("the tail of " + path + " is being read by another thread");
    }
    try {
      long began = System.nanoTime();
      while (!isClosed()) {
        TailEvent event = attempt();
        if (event != null) {
          return event;
        }
        long left = nanos - (System.nanoTime() - began);
        if (left <= 0 || pause(Math.min(left, poll.toNanos()))) {
          return null;
        }
      }
      return null;
    } finally {
      busy.set(false);
      releaseIfClosed();
    }
  }

  /** Waits; true when the tail was closed meanwhile. */
  private boolean pause(long nanos) {
    try {
      return closed.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw NinePException.local(Errno.EINTR, "tail", path, "the waiting thread was interrupted");
    }
  }

  /** One read, repeated as the policy says; null when there is nothing new. */
  private @Nullable TailEvent attempt() {
    while (!isClosed()) {
      try {
        TailEvent event = once();
        failures = 0;
        return event;
      } catch (NinePException e) {
        if (isClosed()) {
          break;
        }
        dropFid();
        reopened = true;
        source.failed(e, ++failures, path);
      }
    }
    return null;
  }

  private @Nullable TailEvent once() {
    Session session = source.session();
    Fid open = fid;
    if (open == null) {
      TailEvent restarted = orient(session);
      open = session.open(path, OpenMode.READ);
      fid = open;
      if (restarted != null) {
        return restarted;
      }
    }
    long at = position;
    byte[] bytes;
    try {
      CompletableFuture<byte[]> read = open.readAsync(Positions.absolute(at), open.ioBytes());
      reading = read;
      if (isClosed()) {
        read.cancel(true);
      }
      bytes = Pending.await(open.connection(), "tail", path, () -> read);
    } catch (CancellationException e) {
      return null;
    } catch (NinePException e) {
      if (e.isFromServer() && e.errno() == Errno.ESTALE) {
        return gap(session, e);
      }
      throw e;
    }
    if (bytes.length == 0) {
      return null;
    }
    position = at + bytes.length;
    return new TailEvent.Data(at, bytes);
  }

  /** Finds the first position, or after a lost connection whether the ring is still the one that was read. */
  private @Nullable TailEvent orient(Session session) {
    if (started && !reopened) {
      return null;
    }
    long now = session.stat(path).life();
    Bounds bounds = bounds(session);
    long before = life;
    boolean resumed = started || start.from() == TailStart.From.POSITION;
    life = now;
    started = true;
    reopened = false;
    if (!resumed) {
      position = start.from() == TailStart.From.OLDEST ? bounds.oldest() : bounds.next();
      return null;
    }
    long reached = position;
    if (bounds.next() >= reached && (before == 0 || before == now)) {
      return null;
    }
    position = bounds.oldest();
    return new TailEvent.Restarted(position, reached);
  }

  private TailEvent gap(Session session, NinePException stale) {
    long oldest = bounds(session).oldest();
    if (oldest <= position) {
      throw stale;
    }
    TailEvent gap = new TailEvent.Gap(position, oldest - position);
    position = oldest;
    return gap;
  }

  private Bounds bounds(Session session) {
    String text = new String(session.readAll(path + ".pos", 256), StandardCharsets.US_ASCII);
    Matcher match = BOUNDS.matcher(text);
    if (!match.matches()) {
      throw NinePException.local(
          Errno.EPROTO, "tail", path, path + ".pos does not say oldest=<number> next=<number>");
    }
    return new Bounds(Long.parseUnsignedLong(match.group(1)), Long.parseUnsignedLong(match.group(2)));
  }

  private void dropFid() {
    Fid open = fid;
    fid = null;
    if (open != null) {
      open.close();
    }
  }

  private void release() {
    dropFid();
    source.close();
  }

  /** Whoever comes last, the one who closes or the one who reads, gives back what the tail holds. */
  private void releaseIfClosed() {
    if (isClosed() && busy.compareAndSet(false, true)) {
      release();
      busy.set(false);
    }
  }

  /** Ends the tail. What is being read is flushed. */
  @Override
  public void close() {
    closed.countDown();
    CompletableFuture<byte[]> read = reading;
    if (read != null) {
      read.cancel(true);
    }
    releaseIfClosed();
  }
}
