// A handle on a file of the server: a resource, clunked when closed and, at the latest, when forgotten.
package io.cohesix.secure9p;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fid (spec/secure9p.md, "Messages"). Each operation has a blocking face and one that gives a future; both throw or
 * fail with {@link NinePException}. Cancelling a future flushes its request. Callbacks of futures run on the
 * thread that leads the connection, its own or that of somebody's blocking call, and must not block. Safe for use by several threads; requests of one thread are sent in the order of its calls.
 */
public final class Fid implements AutoCloseable {
  /** What the header of a data message may take: convention of 9P clients, it leaves 4096 bytes of the smallest msize. */
  static final int DATA_HEADER_BYTES = 24;

  private final Connection connection;
  private final int number;
  private final String path;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile Qid qid;
  private volatile int iounit;
  private volatile long timeoutNanos;
  private volatile @Nullable Reference<Fid> handle;

  Fid(Connection connection, int number, String path, Qid qid, long timeoutNanos) {
    this.connection = connection;
    this.number = number;
    this.path = path;
    this.qid = qid;
    this.timeoutNanos = timeoutNanos;
  }

  Connection connection() {
    return connection;
  }

  int number() {
    return number;
  }

  long timeoutNanos() {
    return timeoutNanos;
  }

  void moved(Qid to) {
    qid = to;
  }

  void opened(Qid as, int unit) {
    qid = as;
    iounit = unit;
  }

  void handle(Reference<Fid> reference) {
    handle = reference;
  }

  /** The path from the root that it was walked to. */
  public String path() {
    return path;
  }

  /** The file's identity when it was walked to or opened. */
  public Qid qid() {
    return qid;
  }

  /** The most bytes of one read or write. */
  public int ioBytes() {
    int most = connection.msize() - DATA_HEADER_BYTES;
    int unit = iounit;
    return unit > 0 && unit < most ? unit : most;
  }

  /** Sets the time that each later request of this handle may take; handles walked to from here on inherit it. */
  public void setTimeout(Duration time) {
    timeoutNanos = time.toNanos();
  }

  private void check(String operation) {
    if (closed.get()) {
      throw NinePException.local(Errno.EBADF, operation, path, "the handle was closed");
    }
  }

  private <T> CompletableFuture<T> submit(Op<T> op) {
    if (closed.get()) {
      return CompletableFuture.failedFuture(
          NinePException.local(Errno.EBADF, op.operation, path, "the handle was closed"));
    }
    return op.submit();
  }

  private <T> T await(String operation, Supplier<CompletableFuture<T>> call) {
    return Pending.await(connection, operation, path, call);
  }

  /**
   * A new handle on a file below this one.
   *
   * @param relative names separated by {@code /}; one in front is ignored, empty means this file. Names are sent as they
   *     are: what is no good name is refused by the server
   */
  public Fid walk(String relative) {
    return await("walk", () -> walkAsync(relative));
  }

  /** As {@link #walk}. */
  public CompletableFuture<Fid> walkAsync(String relative) {
    List<String> names = split(relative);
    String target = join(path, names);
    Steps<Fid> steps = new Steps<>();
    int first = Math.min(names.size(), connection.options().walkNames());
    steps.then(
        submit(new Ops.Walk(this, target, names.subList(0, first))),
        walked -> {
          if (walked.fid() == null) {
            probe(steps, target, names, walked.names());
          } else {
            further(steps, walked.fid(), names, first);
          }
        });
    return steps;
  }

  /**
   * As {@link #walk}, in one message and never asked again: of a walk that ends behind its first name a server doesn't
   * say why, and one that counts refusals counts each. Such an end is ENOENT here, whatever the reason.
   *
   * @param relative at most {@link ClientOptions#walkNames} names; more are walked as {@link #walk} does
   */
  public Fid walkAtOnce(String relative) {
    return await("walk", () -> walkAtOnceAsync(relative));
  }

  /** As {@link #walkAtOnce}. */
  public CompletableFuture<Fid> walkAtOnceAsync(String relative) {
    List<String> names = split(relative);
    if (names.size() > connection.options().walkNames()) {
      return walkAsync(relative);
    }
    String target = join(path, names);
    Steps<Fid> steps = new Steps<>();
    steps.then(
        submit(new Ops.Walk(this, target, names)),
        walked -> {
          Fid fid = walked.fid();
          if (fid == null) {
            throw NinePException.refused(Errno.ENOENT, "walk", target);
          }
          if (!steps.complete(fid)) {
            fid.close();
          }
        });
    return steps;
  }

  /** Goes on from a fid that stands at {@code names[done]}. */
  private void further(Steps<Fid> steps, Fid fid, List<String> names, int done) {
    if (done == names.size()) {
      if (!steps.complete(fid)) {
        fid.close();
      }
      return;
    }
    steps.closingOnFailure(fid);
    int end = Math.min(names.size(), done + connection.options().walkNames());
    steps.then(
        fid.submit(new Ops.WalkOn(fid, names.subList(done, end))),
        walked -> {
          if (walked == end - done) {
            further(steps, fid, names, end);
          } else {
            steps.then(
                fid.submit(new Ops.WalkOn(fid, names.subList(done, done + walked))),
                again -> oneMore(steps, fid, names, done + walked));
          }
        });
  }

  /** A walk that ends early doesn't say why; walking the missing name alone does. */
  private void probe(Steps<Fid> steps, String target, List<String> names, int reached) {
    steps.then(
        submit(new Ops.Walk(this, target, names.subList(0, reached))),
        walked -> {
          Fid fid = walked.fid();
          if (fid == null) {
            throw NinePException.refused(Errno.ENOENT, "walk", target);
          }
          steps.closingOnFailure(fid);
          oneMore(steps, fid, names, reached);
        });
  }

  private void oneMore(Steps<Fid> steps, Fid fid, List<String> names, int at) {
    steps.then(
        fid.submit(new Ops.WalkOn(fid, names.subList(at, at + 1))), walked -> further(steps, fid, names, at + 1));
  }

  private static List<String> split(String path) {
    String rest = path.startsWith("/") ? path.substring(1) : path;
    if (rest.isEmpty()) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    int from = 0;
    for (int slash = rest.indexOf('/'); slash >= 0; slash = rest.indexOf('/', from)) {
      names.add(rest.substring(from, slash));
      from = slash + 1;
    }
    names.add(rest.substring(from));
    return names;
  }

  private static String join(String base, List<String> names) {
    if (names.isEmpty()) {
      return base;
    }
    return (base.endsWith("/") ? base : base + "/") + String.join("/", names);
  }

  /** Opens the file; the handle stays the same and is returned. */
  public Fid open(OpenMode mode) {
    return await("open", () -> openAsync(mode));
  }

  /** As {@link #open(OpenMode)}. */
  public CompletableFuture<Fid> openAsync(OpenMode mode) {
    return openAsync(mode.flags());
  }

  /** As {@link #open(OpenMode)}, with the flags of Linux's {@code open}. */
  public CompletableFuture<Fid> openAsync(int flags) {
    return submit(new Ops.Open(this, flags));
  }

  /**
   * Reads once.
   *
   * @param offset where, unsigned; a ring's absolute position is {@link Positions#absolute}
   * @param count the most bytes; no more than {@link #ioBytes} come
   * @return what was there; empty at the end
   */
  public byte[] read(long offset, int count) {
    return await("read", () -> readAsync(offset, count));
  }

  /** As {@link #read(long, int)}. */
  public CompletableFuture<byte[]> readAsync(long offset, int count) {
    if (count < 0) {
      throw new IllegalArgumentException("count is " + count + ", must not be negative");
    }
    return submit(new Ops.ReadBytes(this, offset, count));
  }

  /**
   * Reads once into a buffer, which moves on; no more than {@link #ioBytes} come.
   *
   * @return the bytes read; 0 at the end
   */
  public int read(long offset, ByteBuffer into) {
    return await("read", () -> readAsync(offset, into));
  }

  /**
   * As {@link #read(long, ByteBuffer)}. The buffer is the connection's until the future is done; when it ends by a
   * cancellation or in an error, a reply may still be on its way into it, so let it go.
   */
  public CompletableFuture<Integer> readAsync(long offset, ByteBuffer into) {
    return submit(new Ops.Read(this, offset, into));
  }

  /**
   * Writes once: a record goes whole in one message or not at all. Never sent twice; when the answer does not come, {@link
   * UnknownOutcomeException} says so.
   *
   * @param offset where, unsigned; append-only files mostly ignore it, 2⁶⁴−1 ({@code -1}) is the end
   * @param data the record, at most {@link #ioBytes}; more is refused with EMSGSIZE before anything is sent
   * @return the bytes that the server took
   */
  public int write(long offset, byte[] data) {
    return await("write", () -> writeAsync(offset, ByteBuffer.wrap(data)));
  }

  /** As {@link #write}. The buffer must not change until the future is done; its position stays. */
  public CompletableFuture<Integer> writeAsync(long offset, ByteBuffer data) {
    if (data.remaining() > ioBytes()) {
      return CompletableFuture.failedFuture(
          NinePException.local(
              Errno.EMSGSIZE,
              "write",
              path,
              "the record has " + data.remaining() + " bytes and one write takes " + ioBytes()));
    }
    return submit(new Ops.Write(this, offset, data));
  }

  /**
   * One page of a directory that is open.
   *
   * @param cookie 0, or the cookie of the last entry seen
   * @return the next entries; none at the end
   */
  public CompletableFuture<List<DirEntry>> readDirAsync(long cookie) {
    return submit(new Ops.ReadDir(this, cookie));
  }

  /** The entries of a directory that is open, fetched page by page as they are asked for. Closing it does not close this. */
  public Stream<DirEntry> entries() {
    check("readdir");
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(new Pages(), Spliterator.ORDERED | Spliterator.NONNULL), false);
  }

  private final class Pages implements Iterator<DirEntry> {
    private List<DirEntry> page = List.of();
    private int at;
    private long cookie;
    private boolean end;

    @Override
    public boolean hasNext() {
      if (at == page.size() && !end) {
        page = await("readdir", () -> readDirAsync(cookie));
        at = 0;
        end = page.isEmpty();
      }
      return !end;
    }

    @Override
    public DirEntry next() {
      if (!hasNext()) {
        throw new NoSuchElementException("the listing of " + path + " is at its end");
      }
      DirEntry entry = page.get(at++);
      cookie = entry.cookie();
      return entry;
    }
  }

  /** The file's attributes. */
  public Stat stat() {
    return await("stat", this::statAsync);
  }

  /** As {@link #stat}. */
  public CompletableFuture<Stat> statAsync() {
    return submit(new Ops.GetAttr(this));
  }

  /** Changes attributes, as far as the server does. */
  public CompletableFuture<Void> setAttrAsync(SetAttr wish) {
    return submit(new Ops.SetAttrs(this, wish)).thenApply(done -> null);
  }

  /** The figures of the file system. */
  public StatFs statFs() {
    return await("statfs", this::statFsAsync);
  }

  /** As {@link #statFs}. */
  public CompletableFuture<StatFs> statFsAsync() {
    return submit(new Ops.StatFsOf(this));
  }

  /** Asks the server to make the file's content durable. */
  public CompletableFuture<Void> fsyncAsync() {
    return submit(new Ops.Fsync(this)).thenApply(done -> null);
  }

  /** Gives the fid back. Does not wait; a second call does nothing. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      forgetHandle();
      var unused = new Ops.Clunk(connection, path, number).submit();
    }
  }

  /** As {@link #close}, telling when the server has answered. */
  public CompletableFuture<Void> clunkAsync() {
    if (!closed.compareAndSet(false, true)) {
      return CompletableFuture.failedFuture(
          NinePException.local(Errno.EBADF, "clunk", path, "the handle was closed"));
    }
    forgetHandle();
    return new Ops.Clunk(connection, path, number).submit().thenApply(done -> null);
  }

  /** As {@link #clunkAsync}, waiting for it. */
  public void clunk() {
    await("clunk", this::clunkAsync);
  }

  /** Removes the file, where the server allows that (a hive does not), and gives the fid back in any case. */
  public CompletableFuture<Void> removeAsync() {
    if (!closed.compareAndSet(false, true)) {
      return CompletableFuture.failedFuture(
          NinePException.local(Errno.EBADF, "remove", path, "the handle was closed"));
    }
    forgetHandle();
    return new Ops.Remove(this).submit().thenApply(done -> null);
  }

  /** From here on the clunk is ours, not the garbage collector's. */
  private void forgetHandle() {
    try {
      Reference<Fid> mine = handle;
      if (mine != null) {
        mine.clear();
      }
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public String toString() {
    return "Fid[" + Integer.toUnsignedString(number) + " " + path + (closed.get() ? " closed" : "") + "]";
  }
}
