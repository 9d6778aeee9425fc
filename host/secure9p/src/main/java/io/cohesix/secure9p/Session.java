// An identity's view of the tree: whole operations by path.
package io.cohesix.secure9p;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One attach (spec/secure9p.md, "session"). Each call walks, opens, does its work and clunks. Faces, errors and threads as
 * with {@link Fid}. Closing it clunks the root; handles that came from it live on as long as the server lets them.
 */
public final class Session implements AutoCloseable {
  /** What {@link #readAll(String)} takes before it gives up: more than any bounded node of a hive has. */
  public static final int READ_ALL_BYTES = 16 * 1024 * 1024;

  private final Fid root;

  Session(Fid root) {
    this.root = root;
  }

  /** The root of the tree. */
  public Fid root() {
    return root;
  }

  /** Sets the time that each later request of this session may take. */
  public void setTimeout(Duration time) {
    root.setTimeout(time);
  }

  private <T> T await(String operation, String path, Supplier<CompletableFuture<T>> call) {
    return Pending.await(root.connection(), operation, path, call);
  }

  /** A handle on a file that is not open. */
  public Fid walk(String path) {
    return root.walk(path);
  }

  /** As {@link #walk}. */
  public CompletableFuture<Fid> walkAsync(String path) {
    return root.walkAsync(path);
  }

  /** A handle on an open file. */
  public Fid open(String path, OpenMode mode) {
    return await("open", path, () -> openAsync(path, mode));
  }

  /** As {@link #open}. */
  public CompletableFuture<Fid> openAsync(String path, OpenMode mode) {
    Steps<Fid> steps = new Steps<>();
    steps.then(
        root.walkAsync(path),
        fid -> {
          steps.closingOnFailure(fid);
          steps.then(
              fid.openAsync(mode),
              open -> {
                if (!steps.complete(open)) {
                  open.close();
                }
              });
        });
    return steps;
  }

  /** Opens, works, clunks. */
  private <T> Steps<T> with(String path, OpenMode mode, BiConsumer<Steps<T>, Fid> work) {
    Steps<T> steps = new Steps<>();
    steps.then(
        openAsync(path, mode),
        fid -> {
          steps.closingAtEnd(fid);
          work.accept(steps, fid);
        });
    return steps;
  }

  /** A whole file of at most {@link #READ_ALL_BYTES}; a longer one is refused with EFBIG. */
  public byte[] readAll(String path) {
    return readAll(path, READ_ALL_BYTES);
  }

  /**
   * A whole file.
   *
   * @param limit the most bytes; a longer file is refused with EFBIG
   */
  public byte[] readAll(String path, int limit) {
    return await("read", path, () -> readAllAsync(path, limit));
  }

  /** As {@link #readAll(String, int)}. */
  public CompletableFuture<byte[]> readAllAsync(String path, int limit) {
    return with(path, OpenMode.READ, (steps, fid) -> more(steps, fid, new ByteArrayOutputStream(), limit));
  }

  private static void more(Steps<byte[]> steps, Fid fid, ByteArrayOutputStream so, int limit) {
    steps.then(
        fid.readAsync(so.size(), fid.ioBytes()),
        bytes -> {
          if (bytes.length == 0) {
            steps.complete(so.toByteArray());
            return;
          }
          if (bytes.length > limit - so.size()) {
            throw NinePException.local(
                Errno.EFBIG, "read", fid.path(), "the file is longer than the limit of " + limit + " bytes");
          }
          so.writeBytes(bytes);
          more(steps, fid, so, limit);
        });
  }

  /** Reads once at an offset, as {@link Fid#read(long, int)}. */
  public byte[] read(String path, long offset, int count) {
    return await("read", path, () -> readAsync(path, offset, count));
  }

  /** As {@link #read}. */
  public CompletableFuture<byte[]> readAsync(String path, long offset, int count) {
    return with(path, OpenMode.READ, (steps, fid) -> steps.then(fid.readAsync(offset, count), steps::complete));
  }

  /**
   * Writes one record at offset 0, which append-only files take as their end. Sent once, whole or not at all; a server
   * that takes less makes it fail with EIO.
   */
  public void write(String path, byte[] record) {
    write(path, 0, record);
  }

  /** As {@link #write(String, byte[])}, at an offset. */
  public void write(String path, long offset, byte[] record) {
    await("write", path, () -> writeAsync(path, offset, record));
  }

  /** As {@link #write(String, long, byte[])}. */
  public CompletableFuture<Void> writeAsync(String path, long offset, byte[] record) {
    return with(
        path,
        OpenMode.WRITE,
        (steps, fid) ->
            steps.act(
                fid.writeAsync(offset, ByteBuffer.wrap(record)),
                taken -> {
                  if (taken < record.length) {
                    throw NinePException.local(
                        Errno.EIO, "write", fid.path(), "the server took " + taken + " of " + record.length + " bytes");
                  }
                  steps.complete(null);
                }));
  }

  /**
   * Writes several records to one file, all in flight together as far as the window goes. Each is written once or refused
   * on its own; a hive takes them in their order.
   *
   * @return what became of each record, in the order of the records
   */
  public List<BatchResult> writeBatch(String path, List<byte[]> records) {
    List<CompletableFuture<Integer>> writes = new ArrayList<>(records.size());
    try (Fid fid = open(path, OpenMode.WRITE)) {
      for (byte[] record : records) {
        writes.add(fid.writeAsync(0, ByteBuffer.wrap(record)));
      }
      List<BatchResult> results = new ArrayList<>(records.size());
      for (CompletableFuture<Integer> each : writes) {
        try {
          results.add(new BatchResult(await("write", path, () -> each), null));
        } catch (NinePException e) {
          results.add(new BatchResult(0, e));
        }
      }
      return results;
    }
  }

  /**
   * What became of one record of a batch.
   *
   * @param taken the bytes that the server took
   * @param failure why it took none, or null when it did
   */
  public record BatchResult(int taken, @Nullable NinePException failure) {}

  /** A directory's entries, in the server's order. */
  public List<DirEntry> list(String path) {
    return await("readdir", path, () -> listAsync(path));
  }

  /** As {@link #list}. */
  public CompletableFuture<List<DirEntry>> listAsync(String path) {
    return with(path, OpenMode.LIST, (steps, fid) -> page(steps, fid, new ArrayList<>(), 0));
  }

  private static void page(Steps<List<DirEntry>> steps, Fid fid, List<DirEntry> so, long cookie) {
    steps.then(
        fid.readDirAsync(cookie),
        entries -> {
          if (entries.isEmpty()) {
            steps.complete(so);
            return;
          }
          so.addAll(entries);
          page(steps, fid, so, entries.get(entries.size() - 1).cookie());
        });
  }

  /** A directory's entries, fetched as they are asked for. The stream must be closed. */
  public Stream<DirEntry> entries(String path) {
    Fid fid = open(path, OpenMode.LIST);
    return fid.entries().onClose(fid::close);
  }

  /** A file's attributes. */
  public Stat stat(String path) {
    return await("stat", path, () -> statAsync(path));
  }

  /** As {@link #stat}. */
  public CompletableFuture<Stat> statAsync(String path) {
    return walked(path, Fid::statAsync);
  }

  /** The figures of the file system that holds a file. */
  public StatFs statFs(String path) {
    return await("statfs", path, () -> walked(path, Fid::statFsAsync));
  }

  private <T> CompletableFuture<T> walked(String path, Function<Fid, CompletableFuture<T>> work) {
    Steps<T> steps = new Steps<>();
    steps.then(
        root.walkAsync(path),
        fid -> {
          steps.closingAtEnd(fid);
          steps.then(work.apply(fid), steps::complete);
        });
    return steps;
  }

  /**
   * What is appended to a ring. It ends with this session's connection; {@link SessionPool#tail} makes one that goes on.
   *
   * @param poll the pause between two reads when there is nothing new
   */
  public Tail tail(String path, TailStart start, Duration poll) {
    Tail.Source source =
        new Tail.Source() {
          @Override
          public Session session() {
            return Session.this;
          }

          @Override
          public void failed(NinePException why, int n, String at) {
            throw why;
          }

          @Override
          public void close() {}
        };
    return new Tail(source, path, start, poll).begun();
  }

  /** Ends the session. Does not wait. */
  @Override
  public void close() {
    root.close();
  }
}
