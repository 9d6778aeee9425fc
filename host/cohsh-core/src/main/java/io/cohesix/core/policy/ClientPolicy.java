// What clients may do and how patient they are: the values of [client_policies] and [client_paths].
package io.cohesix.core.policy;

import io.cohesix.core.generated.Defaults;

/**
 * A client's policy.
 *
 * @param retry connection attempts, back-off and deadline
 * @param heartbeatMs milliseconds without a command after which a PING is sent
 * @param tailPollMs milliseconds between two reads of a followed node
 * @param pool how many sessions a client may keep
 * @param traceMaxBytes the longest trace that is recorded
 * @param paths where control files stand
 * @param manifestSha256 the manifest that the policy was made from, lower-case hex
 */
public record ClientPolicy(
    Retry retry, int heartbeatMs, int tailPollMs, Pool pool, int traceMaxBytes, Paths paths, String manifestSha256) {

  /**
   * Bounds of reconnecting and waiting.
   *
   * @param maxAttempts connection attempts after a loss
   * @param backoffMs the first pause between them; it doubles
   * @param ceilingMs the longest pause
   * @param timeoutMs how long one step of an answer may take
   */
  public record Retry(int maxAttempts, int backoffMs, int ceilingMs, int timeoutMs) {
    /** The pause before attempt {@code n}, n counted from 1. */
    public long pauseMs(int n) {
      return Math.min((long) backoffMs << Math.min(n - 1, 20), ceilingMs);
    }
  }

  /**
   * Sessions that a client keeps, each a connection or an attach of its own.
   *
   * @param controlSessions for commands
   * @param telemetrySessions for tails
   */
  public record Pool(int controlSessions, int telemetrySessions) {}

  /** The same policy, but a lost connection is not made again. */
  public ClientPolicy withoutRetry() {
    return new ClientPolicy(
        new Retry(0, retry.backoffMs(), retry.ceilingMs(), retry.timeoutMs()),
        heartbeatMs,
        tailPollMs,
        pool,
        traceMaxBytes,
        paths,
        manifestSha256);
  }

  /**
   * Paths of control files.
   *
   * @param queenCtl spawn, kill, bind, mount
   * @param lifecycleCtl lifecycle commands
   * @param log the hive's log
   */
  public record Paths(String queenCtl, String lifecycleCtl, String log) {}

  /** The policy of the manifest that this program was built with. */
  public static ClientPolicy defaults() {
    return new ClientPolicy(
        new Retry(
            Defaults.CLIENT_POLICIES_RETRY_MAX_ATTEMPTS,
            Defaults.CLIENT_POLICIES_RETRY_BACKOFF_MS,
            Defaults.CLIENT_POLICIES_RETRY_CEILING_MS,
            Defaults.CLIENT_POLICIES_RETRY_TIMEOUT_MS),
        Defaults.CLIENT_POLICIES_HEARTBEAT_INTERVAL_MS,
        Defaults.CLIENT_POLICIES_COHSH_TAIL_POLL_MS_DEFAULT,
        new Pool(
            Defaults.CLIENT_POLICIES_COHSH_POOL_CONTROL_SESSIONS,
            Defaults.CLIENT_POLICIES_COHSH_POOL_TELEMETRY_SESSIONS),
        Defaults.CLIENT_POLICIES_TRACE_MAX_BYTES,
        new Paths(
            Defaults.CLIENT_PATHS_QUEEN_CTL,
            Defaults.CLIENT_PATHS_QUEEN_LIFECYCLE_CTL,
            Defaults.CLIENT_PATHS_LOG),
        Defaults.MANIFEST_SHA256);
  }
}
