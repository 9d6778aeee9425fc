// The interface to a hive that every client programs against, whatever carries it.
package io.cohesix.core;

import org.jspecify.annotations.Nullable;

/**
 * A session with a hive (spec/console.md). Every call blocks until the outcome is known and is bounded in time by the
 * client policy. Implementations are safe for use by several threads; commands run in the order of their calls.
 */
public interface Hive extends AutoCloseable {

  /**
   * Attaches the session. One that is attached already gets the new identity; when that is refused, it keeps the old.
   *
   * @param role the role's name as the hive knows it
   * @param ticket the ticket's text, or null for the one that this connection was made with for the role, if any
   */
  Outcome attach(String role, @Nullable String ticket);

  /** Connects, authenticates and attaches now. Accepted when that is done or was done before. */
  Outcome connect();

  /** Ends the session; the next command opens a connection that is not attached. */
  Outcome detach();

  /** Breaks the connection off, as a failure would; the next command makes it again. For tests of recovery. */
  void drop();

  /** Whether the session is attached at this moment. */
  boolean attached();

  /** Names in a directory. */
  Outcome ls(String path);

  /** A node's content. */
  Outcome cat(String path);

  /** What was appended since this session's cursor. */
  Outcome tail(String path);

  /** As {@link #tail} of the hive's log, whose path is the client policy's. */
  Outcome log();

  /** Appends one payload to a node. Has a side effect: never repeated. */
  Outcome echo(String path, String payload);

  /** The longest payload, in bytes of UTF-8, that {@link #echo} can carry to this path over this transport. */
  int maxPayload(String path);

  /** Spawns a worker from a JSON line. Has a side effect: never repeated. */
  Outcome spawn(String json);

  /** Ends a worker. Has a side effect: never repeated. */
  Outcome kill(String worker);

  /** Asks for a sign of life. */
  Outcome ping();

  /** The hive's own verbs. */
  Outcome help();

  /**
   * Any other console line, for example {@code BI} or {@code CACHELOG 10}. Taken to have a side effect.
   *
   * @param line the line as it goes on the wire
   */
  Outcome console(String line);

  /** Ends the connection and whatever was started for it. */
  @Override
  void close();
}
