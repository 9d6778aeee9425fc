// How often and with which pauses something without a side effect is tried again.
package io.cohesix.secure9p;

import java.time.Duration;

/**
 * Bounds of trying again (the manifest's {@code client_policies.retry}).
 *
 * @param maxAttempts further attempts after the first, 0 for none
 * @param backoff the pause before the first of them; it doubles
 * @param ceiling the longest pause
 */
public record RetryPolicy(int maxAttempts, Duration backoff, Duration ceiling) {
  /** Checks the ranges. */
  public RetryPolicy {
    if (maxAttempts < 0 || backoff.isNegative() || ceiling.isNegative()) {
      throw new IllegalArgumentException(
          "maxAttempts, backoff and ceiling are " + maxAttempts + ", " + backoff + ", " + ceiling
              + ", none may be negative");
    }
  }

  /** No attempt but the first. */
  public static RetryPolicy none() {
    return new RetryPolicy(0, Duration.ZERO, Duration.ZERO);
  }

  /** The pause before further attempt {@code n}, counted from 1. */
  public Duration pause(int n) {
    Duration pause = backoff;
    for (int i = 1; i < n && pause.compareTo(ceiling) < 0; i++) {
      pause = pause.multipliedBy(2);
    }
    return pause.compareTo(ceiling) < 0 ? pause : ceiling;
  }

  /** Whether an operation that ended so changed nothing and may go better next time. */
  static boolean repeatable(NinePException why) {
    if (why instanceof ConnectionLostException) {
      return why.errno() != Errno.EPROTO && why.errno() != Errno.EOPNOTSUPP;
    }
    return why.isFromServer() && (why.errno() == Errno.EBUSY || why.errno() == Errno.EAGAIN);
  }

  /** Pauses before further attempt {@code n}; an interrupt ends the operation. */
  void sleep(int n, String operation, String path) {
    try {
      Thread.sleep(pause(n).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw NinePException.local(Errno.EINTR, operation, path, "the waiting thread was interrupted");
    }
  }
}
