// A way to one hive for several connections: what is started is started once, and ended once.
package io.cohesix.core.transport;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Shares what a transport opens. Thread-safe. */
public final class OneHive implements AutoCloseable {
  private final Transport transport;
  private @Nullable Endpoint endpoint;

  /** Takes over the transport. */
  public OneHive(Transport transport) {
    this.transport = transport;
  }

  private synchronized Endpoint opened() throws IOException {
    Endpoint known = endpoint;
    if (known == null) {
      known = transport.open();
      endpoint = known;
    }
    return known;
  }

  /** A transport for one connection; closing it ends nothing. */
  public Transport connection() {
    return new Transport() {
      @Override
      public Endpoint open() throws IOException {
        return opened();
      }

      @Override
      public String hint() {
        return transport.hint();
      }

      @Override
      public void close() {}
    };
  }

  /** Ends what was started. */
  @Override
  public void close() {
    transport.close();
  }
}
