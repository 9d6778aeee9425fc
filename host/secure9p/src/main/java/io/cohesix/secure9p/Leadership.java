// Who runs a connection: its own thread, or for the time of a blocking call the caller (leader and followers).
package io.cohesix.secure9p;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One thread at a time leads: sends, receives, completes futures. A blocking call that finds the lead free takes it and so
 * costs no hop to another thread and back; all others are followers, whose requests the leader serves. The connection's own
 * thread, the keeper, leads when nobody else does. While blocking calls come one after the other it stands back: between two
 * of them it leaves the lead alone for {@link #REST_NANOS}, unless a request needs it.
 */
final class Leadership {
  /** How long the keeper waits for the next blocking call. */
  static final long REST_NANOS = 2_000_000;

  private final ReentrantLock lead = new ReentrantLock();
  private final Thread keeper;
  private volatile boolean wanted;
  private volatile boolean resting;
  private volatile boolean unfinished;
  private volatile long ledAt;

  Leadership(Thread keeper) {
    this.keeper = keeper;
  }

  /** Does the calling thread lead? */
  boolean isMine() {
    return lead.isHeldByCurrentThread();
  }

  /** For a blocking call: takes the lead when it is free, else asks the keeper to leave it next time. */
  boolean tryTake() {
    if (lead.tryLock()) {
      return true;
    }
    wanted = true;
    return false;
  }

  /** After a blocking call: {@code more} is there for the keeper to do. */
  void give(boolean more) {
    unfinished = more;
    ledAt = System.nanoTime();
    lead.unlock();
    if (more) {
      LockSupport.unpark(keeper);
    }
  }

  /** A request came and no leader sleeps: it must not wait for the end of a rest. */
  void alert() {
    if (resting) {
      LockSupport.unpark(keeper);
    }
  }

  /** The keeper's: leads, after a rest when blocking calls want the lead and nothing is unfinished. */
  void keep(Inbox inbox) {
    if (wanted && !unfinished) {
      wanted = false;
      ledAt = System.nanoTime();
      resting = true;
      for (long left = REST_NANOS; left > 0 && !unfinished && inbox.isEmpty(); ) {
        LockSupport.parkNanos(this, left);
        left = lead.isLocked() ? REST_NANOS : REST_NANOS - (System.nanoTime() - ledAt);
      }
      resting = false;
    }
    lead.lock();
  }

  /** The keeper's: ends what {@link #keep} began; {@code more} is there to do. */
  void leave(boolean more) {
    unfinished = more;
    lead.unlock();
  }
}
