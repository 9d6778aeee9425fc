// A hive that somebody else runs, at a TCP address.
package io.cohesix.core.transport;

/** An address that is given. Starts and ends nothing. */
public final class TcpTransport implements Transport {
  private final Endpoint endpoint;

  /** For the given address. */
  public TcpTransport(Endpoint endpoint) {
    this.endpoint = endpoint;
  }

  @Override
  public Endpoint open() {
    return endpoint;
  }

  @Override
  public String hint() {
    return "start one with scripts/cohesix-build-run.sh, or name another with --host and --port";
  }

  @Override
  public void close() {}
}
