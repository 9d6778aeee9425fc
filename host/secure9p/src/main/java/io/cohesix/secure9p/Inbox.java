// The queue from callers to who leads a connection: many put, one takes all, nobody locks.
package io.cohesix.secure9p;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A stack of commands that the leader takes whole and turns around, so that they come out in the order of their calls. */
final class Inbox {
  private static final Command CLOSED =
      new Command() {
        @Override
        void run(Connection connection) {}
      };

  private final AtomicReference<@Nullable Command> head = new AtomicReference<>();

  /** Adds a command; false when the inbox is closed. */
  boolean put(Command command) {
    while (true) {
      Command old = head.get();
      if (old == CLOSED) {
        return false;
      }
      command.next = old;
      if (head.compareAndSet(old, command)) {
        return true;
      }
    }
  }

  boolean isEmpty() {
    return head.get() == null;
  }

  /** All commands, oldest first, linked by {@code next}; null when there are none. */
  @Nullable Command takeAll() {
    return head.get() == null ? null : reversed(head.getAndSet(null));
  }

  /** As {@link #takeAll}, and no more are accepted. */
  @Nullable Command close() {
    Command rest = head.getAndSet(CLOSED);
    return rest == CLOSED ? null : reversed(rest);
  }

  private static @Nullable Command reversed(@Nullable Command newest) {
    Command oldest = null;
    Command each = newest;
    while (each != null) {
      Command following = each.next;
      each.next = oldest;
      oldest = each;
      each = following;
    }
    return oldest;
  }
}
