// A future made of several requests, one after the other; cancelling it cancels the one that is under way.
package io.cohesix.secure9p;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

final class Steps<T> extends CompletableFuture<T> {
  private volatile @Nullable CompletableFuture<?> current;
  private volatile boolean acted;

  /** Runs {@code next} with the step's value; a failure of either fails the whole. */
  <U> void then(CompletableFuture<U> step, Consumer<U> next) {
    current = step;
    if (isDone()) {
      step.cancel(true);
    }
    var unused =
        step.whenComplete(
            (value, why) -> {
              if (why != null) {
                completeExceptionally(cause(why));
                return;
              }
              try {
                next.accept(value);
              } catch (RuntimeException e) {
                completeExceptionally(e);
              }
            });
  }

  /** As {@link #then}, and the step may change something on the server. */
  <U> void act(CompletableFuture<U> step, Consumer<U> next) {
    acted = true;
    then(step, next);
  }

  /** Clunks the fid when the whole ends without a value. */
  void closingOnFailure(Fid fid) {
    var unused =
        whenComplete(
            (value, why) -> {
              if (why != null) {
                fid.close();
              }
            });
  }

  /** Clunks the fid when the whole ends. */
  void closingAtEnd(Fid fid) {
    var unused = whenComplete((value, why) -> fid.close());
  }

  boolean acted() {
    return acted;
  }

  static Throwable cause(Throwable why) {
    Throwable inner = why.getCause();
    return why instanceof CompletionException && inner != null ? inner : why;
  }

  @Override
  public boolean cancel(boolean mayInterrupt) {
    boolean first = super.cancel(mayInterrupt);
    CompletableFuture<?> step = current;
    if (first && step != null) {
      step.cancel(mayInterrupt);
    }
    return first;
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new CompletableFuture<>();
  }
}
