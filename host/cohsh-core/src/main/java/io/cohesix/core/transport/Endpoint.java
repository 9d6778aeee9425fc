// A TCP address of a hive's console.
package io.cohesix.core.transport;

/**
 * Where a hive listens.
 *
 * @param host name or address
 * @param port 1 … 65535
 */
public record Endpoint(String host, int port) {
  /** Checks the port. */
  public Endpoint {
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("port " + port + " is outside 1 to 65535");
    }
  }

  @Override
  public String toString() {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }
}
