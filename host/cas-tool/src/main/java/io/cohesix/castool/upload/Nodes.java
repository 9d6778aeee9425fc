// Byte streams on a hive: how much is there, what is there, and the rest appended with several writes in flight.
package io.cohesix.castool.upload;

import io.cohesix.secure9p.Errno;
import io.cohesix.secure9p.Fid;
import io.cohesix.secure9p.NinePException;
import io.cohesix.secure9p.OpenMode;
import io.cohesix.secure9p.Session;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Operations on append-only byte streams. */
final class Nodes {
  /** Appends in flight at a time: enough to fill the way, few enough that a refusal is not followed by many more. */
  static final int IN_FLIGHT = 8;

  private Nodes() {}

  /** Bytes that are there; 0 when the node does not exist. */
  static long size(Session session, String path) {
    try {
      return session.stat(path).size();
    } catch (NinePException e) {
      if (e.isFromServer() && e.errno() == Errno.ENOENT) {
        return 0;
      }
      throw e;
    }
  }

  /** What is there, at most {@code limit} bytes; nothing when the node does not exist. */
  static byte[] content(Session session, String path, int limit) {
    try {
      return session.readAll(path, limit);
    } catch (NinePException e) {
      if (e.isFromServer() && e.errno() == Errno.ENOENT) {
        return new byte[0];
      }
      throw e;
    }
  }

  /**
   * Appends a content's rest. Each piece carries its offset, so that none is taken twice, and none behind one that was
   * refused.
   *
   * @param content stands at {@code from}
   */
  static void append(Session session, String path, InputStream content, long from, Progress progress) throws IOException {
    try (Fid fid = session.open(path, OpenMode.WRITE)) {
      Deque<CompletableFuture<Long>> flying = new ArrayDeque<>();
      long offset = from;
      try {
        for (byte[] piece = content.readNBytes(fid.ioBytes()); piece.length > 0; piece = content.readNBytes(fid.ioBytes())) {
          if (flying.size() == IN_FLIGHT) {
            progress.took(taken(flying.remove()));
          }
          flying.add(whole(fid, offset, piece));
          offset += piece.length;
        }
        while (!flying.isEmpty()) {
          progress.took(taken(flying.remove()));
        }
      } finally {
        settle(flying);
      }
    }
  }

  /** A write that the server must take whole. */
  static CompletableFuture<Long> whole(Fid fid, long offset, byte[] piece) {
    return fid.writeAsync(offset, ByteBuffer.wrap(piece))
        .thenApply(
            taken -> {
              if (taken != piece.length) {
                throw new IllegalStateException(
                    "the hive took " + taken + " of " + piece.length + " bytes at " + offset + " of " + fid.path() + ", which it never does");
              }
              return (long) piece.length;
            });
  }

  /** Waits for a future and throws what the library throws. */
  static <T> T taken(CompletableFuture<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw unwrapped(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the hive was waited for", e);
    }
  }

  /** The exception that a chain of futures wrapped. */
  static RuntimeException unwrapped(Throwable why) {
    Throwable at = why;
    while (at instanceof ExecutionException || at instanceof CompletionException) {
      Throwable cause = at.getCause();
      if (cause == null) {
        break;
      }
      at = cause;
    }
    return at instanceof RuntimeException known ? known : new IllegalStateException(at);
  }

  /** Waits until all have ended, whichever way. */
  static void settle(Iterable<? extends CompletableFuture<?>> futures) {
    for (CompletableFuture<?> each : futures) {
      var unused = each.handle((done, why) -> true).join();
    }
  }
}
