// A heartbeat worker's telemetry under both of its names: ticks in order, a heartbeat apart, until they are used up.
package io.cohesix.cohsh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("it")
@Timeout(120)
final class WorkerTelemetryTest {
  private static final Pattern TICK = Pattern.compile("\\{\"tick\":([0-9]+),\"ts_ms\":([0-9]+)\\}");
  /** workers.heartbeat_ms of configs/root_task.toml. */
  private static final long HEARTBEAT_MS = 250;

  /** What the file holds once it holds n lines; asks as long as the test may take. */
  private static List<String> lines(RawPeer queen, String path, int n) throws Exception {
    while (true) {
      assertTrue(queen.ask("CAT " + path).startsWith("OK CAT path=" + path + " data="));
      List<String> lines = queen.stream();
      if (lines.size() >= n) {
        return lines;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  @Test
  void ticksComeInOrderAHeartbeatApart() throws Exception {
    try (HiveFixture fixture = HiveFixture.start();
        RawPeer queen = fixture.raw().queen()) {
      String order = "{\"spawn\":\"heartbeat\",\"ticks\":1000}";
      assertEquals("OK SPAWN payload=" + order, queen.ask("SPAWN " + order));
      assertEquals("OK LS path=/worker entries=1", queen.ask("LS /worker"));
      assertEquals(List.of("worker-1"), queen.stream());
      assertEquals("OK LS path=/shard entries=1", queen.ask("LS /shard"));
      assertEquals(List.of("13"), queen.stream());
      List<String> ticks = lines(queen, "/worker/worker-1/telemetry", 4);
      long before = 0;
      for (int i = 0; i < ticks.size(); i++) {
        Matcher tick = TICK.matcher(ticks.get(i));
        assertTrue(tick.matches(), ticks.get(i));
        assertEquals(i + 1, Integer.parseInt(tick.group(1)));
        long at = Long.parseLong(tick.group(2));
        assertTrue(i == 0 || at - before >= HEARTBEAT_MS, ticks.toString());
        before = at;
      }
      List<String> sharded = lines(queen, "/shard/13/worker/worker-1/telemetry", ticks.size());
      assertEquals(ticks, sharded.subList(0, ticks.size()));
      assertEquals("OK KILL id=worker-1", queen.ask("KILL worker-1"));
      assertTrue(queen.ask("CAT /worker/worker-1/telemetry").startsWith("ERR CAT reason=policy detail=invalid-path"));
    }
  }
}
