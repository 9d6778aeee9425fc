// The future of one request: ending it early flushes the request.
package io.cohesix.secure9p;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a caller gets for a request. Cancelled, or completed by anyone but the leader ({@code orTimeout}, for
 * example), it tells the connection, which sends Tflush and keeps the tag until Rflush.
 */
final class Pending<T> extends CompletableFuture<T> {
  private final Op<T> op;

  Pending(Op<T> op) {
    this.op = op;
  }

  boolean finish(T value) {
    return super.complete(value);
  }

  boolean fail(Throwable why) {
    return super.completeExceptionally(why);
  }

  @Override
  public boolean cancel(boolean mayInterrupt) {
    boolean first = super.cancel(mayInterrupt);
    if (first) {
      op.abandon();
    }
    return first;
  }

  @Override
  public boolean complete(T value) {
    boolean first = super.complete(value);
    if (first) {
      op.abandon();
    }
    return first;
  }

  @Override
  public boolean completeExceptionally(Throwable why) {
    boolean first = super.completeExceptionally(why);
    if (first) {
      op.abandon();
    }
    return first;
  }

  /** Stages that depend on this one are ordinary futures. */
  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new CompletableFuture<>();
  }

  /** Whether a future may stand for something that the server has already done. */
  private static boolean mayHaveActed(CompletableFuture<?> future) {
    return (future instanceof Pending<?> p && p.op.mutates) || (future instanceof Steps<?> s && s.acted());
  }

  /** The blocking face: waits, and throws what went wrong with the caller's own stack. */
  static <T> T await(Connection connection, String operation, String path, Supplier<CompletableFuture<T>> call) {
    CompletableFuture<T> future;
    boolean leads = connection.tryLead();
    try {
      future = call.get();
      if (leads) {
        connection.lead(future);
      }
    } finally {
      if (leads) {
        connection.follow();
      }
    }
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw raised(e.getCause());
    } catch (InterruptedException e) {
      boolean acted = mayHaveActed(future);
      future.cancel(true);
      Thread.currentThread().interrupt();
      String detail = "the waiting thread was interrupted";
      throw acted
          ? new UnknownOutcomeException(Errno.EINTR, operation, path, detail, e)
          : NinePException.local(Errno.EINTR, operation, path, detail);
    }
  }

  private static RuntimeException raised(@Nullable Throwable why) {
    if (why instanceof NinePException known) {
      known.fillInStackTrace();
      return known;
    }
    if (why instanceof RuntimeException unchecked) {
      return unchecked;
    }
    if (why instanceof Error error) {
      throw error;
    }
    return new CompletionException(why);
  }
}
