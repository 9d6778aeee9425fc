// How many sessions a pool keeps and how it behaves.
package io.cohesix.secure9p;

import java.time.Duration;

/**
 * A pool's policy (the manifest's {@code client_policies}).
 *
 * @param controlSessions sessions for commands, at least 1
 * @param telemetrySessions sessions for reading and tails, at least 1
 * @param leaseWait how long a lease waits for a session to come back before it fails; zero: it does not wait
 * @param client each connection's parameters: window, timeouts, heartbeat
 * @param retry how often something without a side effect is tried again
 * @param tailPoll the pause between two reads of a tail that has nothing new
 */
public record PoolPolicy(
    int controlSessions,
    int telemetrySessions,
    Duration leaseWait,
    ClientOptions client,
    RetryPolicy retry,
    Duration tailPoll) {

  /** Checks the ranges. */
  public PoolPolicy {
    if (controlSessions < 1 || telemetrySessions < 1) {
      throw new IllegalArgumentException(
          "controlSessions and telemetrySessions are " + controlSessions + " and " + telemetrySessions
              + ", both must be at least 1");
    }
    if (leaseWait.isNegative() || tailPoll.isNegative()) {
      throw new IllegalArgumentException(
          "leaseWait and tailPoll are " + leaseWait + " and " + tailPoll + ", none may be negative");
    }
  }

  /** Two control and four telemetry sessions, three further attempts from 200 ms to 2 s, a heartbeat every 15 s. */
  public static PoolPolicy defaults() {
    return new PoolPolicy(
        2,
        4,
        Duration.ZERO,
        ClientOptions.defaults().withRequestTimeout(Duration.ofSeconds(5)).withHeartbeat(Duration.ofSeconds(15)),
        new RetryPolicy(3, Duration.ofMillis(200), Duration.ofSeconds(2)),
        Duration.ofSeconds(1));
  }

  /** The same with other numbers of sessions. */
  public PoolPolicy withSessions(int control, int telemetry) {
    return new PoolPolicy(control, telemetry, leaseWait, client, retry, tailPoll);
  }

  /** The same with another patience for a free session. */
  public PoolPolicy withLeaseWait(Duration time) {
    return new PoolPolicy(controlSessions, telemetrySessions, time, client, retry, tailPoll);
  }

  /** The same with other connections. */
  public PoolPolicy withClient(ClientOptions options) {
    return new PoolPolicy(controlSessions, telemetrySessions, leaseWait, options, retry, tailPoll);
  }

  /** The same with other attempts. */
  public PoolPolicy withRetry(RetryPolicy policy) {
    return new PoolPolicy(controlSessions, telemetrySessions, leaseWait, client, policy, tailPoll);
  }

  /** The same with another pause of tails. */
  public PoolPolicy withTailPoll(Duration time) {
    return new PoolPolicy(controlSessions, telemetrySessions, leaseWait, client, retry, time);
  }
}
