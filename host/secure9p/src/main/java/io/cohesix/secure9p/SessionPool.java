// Sessions that are made once and lent many times, and the retries that a lost connection calls for.
package io.cohesix.secure9p;

import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A pool of sessions with one identity, each on a connection of its own (milestone 15; spec/manifest.md,
 * {@code client_policies}). Sessions are made when they are first needed and replaced when their connection is lost.
 *
 * <p>What has no side effect is repeated when its connection was lost, and on EBUSY and EAGAIN, within the bounds of the
 * {@link RetryPolicy}. A write is repeated only when it certainly was not done: it was never sent, or the server refused it
 * with EBUSY or EAGAIN. One that was sent and not answered fails with {@link UnknownOutcomeException} and is never sent
 * again. Safe for use by several threads.
 */
public final class SessionPool implements AutoCloseable {
  /** What a session is for. */
  public enum Kind {
    /** Commands. */
    CONTROL,
    /** Reading and tails. */
    TELEMETRY
  }

  private record Member(Client client, Session session) {}

  private static final class Shelf {
    final Kind kind;
    final int size;
    final Semaphore permits;
    final ConcurrentLinkedDeque<Member> idle = new ConcurrentLinkedDeque<>();

    Shelf(Kind kind, int size) {
      this.kind = kind;
      this.size = size;
      this.permits = new Semaphore(size);
    }
  }

  private final InetSocketAddress address;
  private final Login login;
  private final PoolPolicy policy;
  private final Consumer<String> log;
  private final Shelf control;
  private final Shelf telemetry;
  private final LongAdder retries = new LongAdder();
  private volatile boolean closed;

  /**
   * A pool; nothing is connected yet.
   *
   * @param address the hive
   * @param login who attaches
   * @param policy how many sessions, how patient
   * @param log takes one line for each retry; safe to show
   */
  public SessionPool(InetSocketAddress address, Login login, PoolPolicy policy, Consumer<String> log) {
    this.address = address;
    this.login = login;
    this.policy = policy;
    this.log = log;
    control = new Shelf(Kind.CONTROL, policy.controlSessions());
    telemetry = new Shelf(Kind.TELEMETRY, policy.telemetrySessions());
  }

  /** A session that is the holder's until it is closed; closing it gives the session back. */
  public final class Lease implements AutoCloseable {
    private final Shelf shelf;
    private final Member member;
    private final AtomicBoolean returned = new AtomicBoolean();

    private Lease(Shelf shelf, Member member) {
      this.shelf = shelf;
      this.member = member;
    }

    /** The session. Must not be closed: it is the pool's. */
    public Session session() {
      return member.session();
    }

    @Override
    public void close() {
      if (!returned.compareAndSet(false, true)) {
        return;
      }
      if (member.client().isOpen() && !closed) {
        shelf.idle.addFirst(member);
        if (closed) {
          drain(shelf);
        }
      } else {
        member.client().close();
      }
      shelf.permits.release();
    }
  }

  /**
   * Lends a session, connecting when none is idle. Tried once: what is lent is not repeated by the pool.
   *
   * @throws PoolExhaustedException when none is free within {@link PoolPolicy#leaseWait}
   */
  public Lease lease(Kind kind) {
    Shelf shelf = kind == Kind.CONTROL ? control : telemetry;
    acquire(shelf);
    boolean lent = false;
    try {
      if (closed) {
        throw new ConnectionLostException(Errno.ESHUTDOWN, "lease", "", "the pool was closed", null);
      }
      Member member = shelf.idle.pollFirst();
      while (member != null && !member.client().isOpen()) {
        member.client().close();
        member = shelf.idle.pollFirst();
      }
      Lease lease = new Lease(shelf, member != null ? member : connect());
      lent = true;
      return lease;
    } finally {
      if (!lent) {
        shelf.permits.release();
      }
    }
  }

  private void acquire(Shelf shelf) {
    try {
      if (shelf.permits.tryAcquire(policy.leaseWait().toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw NinePException.local(Errno.EINTR, "lease", "", "the waiting thread was interrupted");
    }
    String kind = shelf.kind.name().toLowerCase(Locale.ROOT);
    throw new PoolExhaustedException(
        "all " + shelf.size + " " + kind + " sessions are in use; close one, or raise client_policies.cohsh.pool."
            + kind + "_sessions");
  }

  private Member connect() {
    Client client = Client.connect(address, policy.client());
    boolean attached = false;
    try {
      Member member = new Member(client, client.attach(login));
      attached = true;
      return member;
    } finally {
      if (!attached) {
        client.close();
      }
    }
  }

  /** Runs something with a session, again when it changed nothing and may go better. */
  private <T> T attempts(Kind kind, String operation, String path, Function<Session, T> work) {
    for (int attempt = 1; ; attempt++) {
      NinePException why;
      try (Lease lease = lease(kind)) {
        return work.apply(lease.session());
      } catch (NinePException e) {
        why = e;
      }
      retryOrThrow(why, attempt, operation, path);
    }
  }

  /** Pauses before further attempt {@code n}, or throws when there is none. */
  void retryOrThrow(NinePException why, int n, String operation, String path) {
    if (n > policy.retry().maxAttempts() || !RetryPolicy.repeatable(why)) {
      throw why;
    }
    retries.increment();
    log.accept(
        "retry " + n + " of " + policy.retry().maxAttempts() + " in " + policy.retry().pause(n).toMillis() + " ms after "
            + why.getMessage());
    policy.retry().sleep(n, operation, path);
  }

  /**
   * Runs something that has no side effect with a telemetry session, several times if need be.
   *
   * @param work must not write: it is repeated as a whole
   */
  public <T> T read(Function<Session, T> work) {
    return attempts(Kind.TELEMETRY, "read", "", work);
  }

  /** A whole file, as {@link Session#readAll(String)}. */
  public byte[] readAll(String path) {
    return attempts(Kind.TELEMETRY, "read", path, session -> session.readAll(path));
  }

  /** Writes one record with a control session, as {@link Session#write(String, byte[])}; done once or not at all. */
  public void write(String path, byte[] record) {
    write(Kind.CONTROL, path, 0, record);
  }

  /** Writes one record, as {@link Session#write(String, long, byte[])}; done once or not at all. */
  public void write(Kind kind, String path, long offset, byte[] record) {
    Boolean done =
        attempts(
            kind,
            "write",
            path,
            session -> {
              session.write(path, offset, record);
              return true;
            });
    assert done;
  }

  /** What is appended to a ring, from now on across lost connections; takes a telemetry session until it is closed. */
  public Tail tail(String path, TailStart start) {
    return new Tail(new Source(), path, start, policy.tailPoll()).begun();
  }

  /** A tail's session: a lease, replaced when its connection is lost. */
  private final class Source implements Tail.Source {
    private @Nullable Lease lease;

    @Override
    public Session session() {
      Lease held = lease;
      if (held == null) {
        held = lease(Kind.TELEMETRY);
        lease = held;
      }
      return held.session();
    }

    @Override
    public void failed(NinePException why, int n, String path) {
      close();
      retryOrThrow(why, n, "tail", path);
    }

    @Override
    public void close() {
      Lease held = lease;
      lease = null;
      if (held != null) {
        held.close();
      }
    }
  }

  /** How often something was tried again since the pool was made. */
  public long retries() {
    return retries.sum();
  }

  /** Sessions of a kind that are lent now. */
  public int inUse(Kind kind) {
    Shelf shelf = kind == Kind.CONTROL ? control : telemetry;
    return shelf.size - shelf.permits.availablePermits();
  }

  private static void drain(Shelf shelf) {
    for (Member each = shelf.idle.pollFirst(); each != null; each = shelf.idle.pollFirst()) {
      each.client().close();
    }
  }

  /** Closes the idle sessions; those that are lent are closed when they come back. */
  @Override
  public void close() {
    closed = true;
    drain(control);
    drain(telemetry);
  }
}
