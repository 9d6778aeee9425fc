// Sees what goes over a session's connections, for those who record it.
package io.cohesix.core.console;

/** Told of every line that a session sends and receives, in order and from one thread. Must not block or throw. */
public interface LinkTap {
  /** Hears and keeps nothing. */
  LinkTap NONE = new LinkTap() {};

  /** A connection was made. */
  default void opened() {}

  /** A line was sent whole. It may hold a token or a ticket: whoever keeps it redacts it. */
  default void sent(String line) {}

  /** A line was received. */
  default void received(String line) {}

  /** The connection is gone. */
  default void closed() {}
}
