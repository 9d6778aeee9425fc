// What a caller's thread hands to who leads its connection.
package io.cohesix.secure9p;

import org.jspecify.annotations.Nullable;

/** An element of {@link Inbox}; it is its own list node, so that handing over allocates nothing. */
abstract class Command {
  @Nullable Command next;

  /** Runs on the leading thread. */
  abstract void run(Connection connection);
}
