// What a connection may use and how patient it is.
package io.cohesix.secure9p;

import java.time.Duration;

/**
 * A connection's parameters (spec/secure9p.md, "Limits").
 *
 * @param msize bytes of a largest frame, offered to the server, which may answer less; 256 … 1 048 576
 * @param window requests in flight at a time, 1 … 16384; the hive's is {@code secure9p.tags_per_session}
 * @param walkNames names of one Twalk, 1 … 8; a longer path takes several
 * @param connectTimeout how long connecting may take, version included
 * @param requestTimeout how long a request may take from its call to its answer
 * @param heartbeat after how long without a request a sign of life is sent once attached; zero for never
 */
public record ClientOptions(
    int msize, int window, int walkNames, Duration connectTimeout, Duration requestTimeout, Duration heartbeat) {

  /** Checks the ranges. */
  public ClientOptions {
    range("msize", msize, 256, 1 << 20);
    range("window", window, 1, 16384);
    range("walkNames", walkNames, 1, Wire.WALK_NAMES_MAX);
    positive("connectTimeout", connectTimeout);
    positive("requestTimeout", requestTimeout);
    if (heartbeat.isNegative()) {
      throw new IllegalArgumentException("heartbeat is " + heartbeat + ", must not be negative");
    }
  }

  private static void range(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(name + " is " + value + ", must be " + min + " … " + max);
    }
  }

  private static void positive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " is " + value + ", must be positive");
    }
  }

  /** A hive's limits: msize 8192, 16 requests in flight, 8 names a walk; 5 s to connect, 10 s a request, no heartbeat. */
  public static ClientOptions defaults() {
    return new ClientOptions(
        Wire.MSIZE_MAX, 16, Wire.WALK_NAMES_MAX, Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ZERO);
  }

  /** The same with another msize. */
  public ClientOptions withMsize(int bytes) {
    return new ClientOptions(bytes, window, walkNames, connectTimeout, requestTimeout, heartbeat);
  }

  /** The same with another window. */
  public ClientOptions withWindow(int requests) {
    return new ClientOptions(msize, requests, walkNames, connectTimeout, requestTimeout, heartbeat);
  }

  /** The same with another time for connecting. */
  public ClientOptions withConnectTimeout(Duration time) {
    return new ClientOptions(msize, window, walkNames, time, requestTimeout, heartbeat);
  }

  /** The same with another time for a request. */
  public ClientOptions withRequestTimeout(Duration time) {
    return new ClientOptions(msize, window, walkNames, connectTimeout, time, heartbeat);
  }

  /** The same with another heartbeat. */
  public ClientOptions withHeartbeat(Duration time) {
    return new ClientOptions(msize, window, walkNames, connectTimeout, requestTimeout, time);
  }
}
