// Parameters out of range are refused where they are given; pauses double up to their ceiling.
package io.cohesix.secure9p;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class OptionsTest {
  private static void refused(String message, Executable made) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, made).getMessage());
  }

  @Test
  void parametersOutOfRangeAreRefusedWithTheirBounds() {
    ClientOptions options = ClientOptions.defaults();
    refused("msize is 255, must be 256 … 1048576", () -> options.withMsize(255));
    refused("window is 0, must be 1 … 16384", () -> options.withWindow(0));
    refused("window is 16385, must be 1 … 16384", () -> options.withWindow(16385));
    refused("requestTimeout is PT0S, must be positive", () -> options.withRequestTimeout(Duration.ZERO));
    refused("connectTimeout is PT-1S, must be positive", () -> options.withConnectTimeout(Duration.ofSeconds(-1)));
    refused("heartbeat is PT-1S, must not be negative", () -> options.withHeartbeat(Duration.ofSeconds(-1)));
    refused(
        "controlSessions and telemetrySessions are 0 and 1, both must be at least 1",
        () -> PoolPolicy.defaults().withSessions(0, 1));
    refused(
        "position is 4611686018427387904, must be below 4611686018427387904", () -> Positions.absolute(1L << 62));
    assertEquals((1L << 62) + 5, Positions.absolute(5));
  }

  @Test
  void pausesDoubleUpToTheirCeiling() {
    RetryPolicy policy = new RetryPolicy(9, Duration.ofMillis(200), Duration.ofMillis(2000));
    assertEquals(
        "[200, 400, 800, 1600, 2000, 2000]",
        IntStream.rangeClosed(1, 6).mapToObj(n -> policy.pause(n).toMillis()).toList().toString());
    assertEquals(2000, policy.pause(Integer.MAX_VALUE).toMillis());
    assertEquals(Duration.ZERO, RetryPolicy.none().pause(1));
  }

  @Test
  void whatMayBeRepeatedIsWhatChangedNothingAndMayGoBetter() {
    assertTrue(RetryPolicy.repeatable(new ConnectionLostException(Errno.ECONNRESET, "read", "/", "", null)));
    assertTrue(!RetryPolicy.repeatable(new ConnectionLostException(Errno.EPROTO, "read", "/", "", null)));
    assertTrue(!RetryPolicy.repeatable(new UnknownOutcomeException(Errno.ECONNRESET, "write", "/", "", null)));
    assertTrue(!RetryPolicy.repeatable(NinePException.local(Errno.EBUSY, "lease", "", "")));
    for (int errno = 1; errno < 134; errno++) {
      boolean expected = errno == Errno.EBUSY || errno == Errno.EAGAIN;
      assertEquals(expected, RetryPolicy.repeatable(NinePException.refused(errno, "write", "/")), Errno.name(errno));
    }
  }
}
