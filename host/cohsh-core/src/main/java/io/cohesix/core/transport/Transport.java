// How a hive is reached; starting one, where that is part of it.
package io.cohesix.core.transport;

import java.io.IOException;

/** A way to a hive. */
public interface Transport extends AutoCloseable {
  /**
   * Makes the hive ready to be connected to, starting it when the transport does that. Called once.
   *
   * @throws IOException when that fails; the message says what to do
   */
  Endpoint open() throws IOException;

  /** What to do when nothing listens at the endpoint; one clause, no full stop. */
  String hint();

  /** Ends what {@link #open} started, and waits for its end. */
  @Override
  void close();
}
