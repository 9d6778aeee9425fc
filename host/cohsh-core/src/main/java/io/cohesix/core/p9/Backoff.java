// The pause before the next attempt to connect, and what is said of it.
package io.cohesix.core.p9;

import io.cohesix.core.Outcome;
import io.cohesix.core.policy.ClientPolicy;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

final class Backoff {
  private Backoff() {}

  /** Waits as long as the policy says; false when it was interrupted. */
  static boolean pause(
      ClientPolicy.Retry retry, int attempt, int attempts, @Nullable Outcome why, Consumer<String> events) {
    long ms = retry.pauseMs(attempt - 1);
    String reason =
        why instanceof Outcome.Unreachable unreachable
            ? unreachable.why()
            : why instanceof Outcome.Refused refused ? "the hive said " + refused.ack() : "not connected";
    events.accept(reason + "; reconnecting in " + ms + " ms (attempt " + attempt + " of " + attempts + ")");
    try {
      TimeUnit.MILLISECONDS.sleep(ms);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
