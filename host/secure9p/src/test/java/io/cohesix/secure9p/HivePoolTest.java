// Pools and tails against a hive: throughput, rings that wrap, a hive that dies and comes back.
package io.cohesix.secure9p;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("it")
final class HivePoolTest {
  private static final PoolPolicy POLICY =
      PoolPolicy.defaults()
          .withSessions(2, 4)
          .withLeaseWait(Duration.ofSeconds(10))
          .withRetry(new RetryPolicy(20, Duration.ofMillis(20), Duration.ofMillis(200)))
          .withTailPoll(Duration.ofMillis(10));

  private Hosted hive;
  private SessionPool pool;

  @BeforeEach
  void start() throws Exception {
    hive = Hosted.start();
    pool = new SessionPool(hive.address, Login.token("queen", "changeme", null), POLICY, line -> {});
  }

  @AfterEach
  void stop() throws Exception {
    pool.close();
    hive.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Reads a tail until its text contains something; gaps fail. */
  private static String until(Tail tail, String wanted) {
    StringBuilder seen = new StringBuilder();
    while (seen.indexOf(wanted) < 0) {
      TailEvent event = tail.poll(Duration.ofSeconds(10));
      seen.append(assertInstanceOf(TailEvent.Data.class, event, () -> seen + " without " + wanted).text());
    }
    return seen.toString();
  }

  @Test
  void aTailSeesWhatIsWrittenAndGoesOnAfterALostConnection() {
    try (Tail tail = pool.tail("/log/queen.log", TailStart.newest())) {
      pool.write("/log/queen.log", bytes("first marker\n"));
      until(tail, "first marker");
      long before = tail.position();
      try (SessionPool.Lease lease = pool.lease(SessionPool.Kind.CONTROL);
          Tail again = lease.session().tail("/log/queen.log", TailStart.at(before), Duration.ofMillis(10))) {
        pool.write("/log/queen.log", bytes("second marker\n"));
        assertTrue(!until(again, "second marker").contains("first marker"));
      }
      until(tail, "second marker");
    }
  }

  @Test
  void aTailOfAWorkerRingIsContinuousOrSaysWhatItLost() {
    pool.write("/queen/ctl", bytes("{\"spawn\":\"heartbeat\",\"ticks\":1000}\n"));
    String ring = pool.read(HivePoolTest::telemetryOf);
    try (Tail tail = pool.tail(ring, TailStart.oldest())) {
      long expected = 0;
      int gaps = 0;
      String record = "x".repeat(100) + "\n";
      for (int i = 0; i < 60; i++) {
        pool.write(ring, bytes(record));
        if (i % 20 == 19) {
          // The ring holds about ten of these: twenty unread ones overwrite their eldest.
          for (TailEvent event = tail.poll(Duration.ZERO); event != null; event = tail.poll(Duration.ZERO)) {
            if (expected > 0 || event instanceof TailEvent.Gap) {
              assertEquals(expected, event.position());
            }
            if (event instanceof TailEvent.Gap gap) {
              gaps++;
              expected = gap.position() + gap.lost();
            } else if (event instanceof TailEvent.Data data) {
              expected = data.position() + data.bytes().length;
            }
          }
        }
      }
      assertTrue(gaps >= 2, "gaps: " + gaps);
      assertEquals(expected, tail.position());
    }
  }

  /** The only worker's ring, wherever the manifest puts workers. */
  private static String telemetryOf(Session session) {
    return "/worker/" + session.list("/worker").get(0).name() + "/telemetry";
  }

  @Test
  void aHiveThatIsStartedAnewIsFoundAgainAndTheTailSaysSo() throws Exception {
    try (Tail tail = pool.tail("/log/queen.log", TailStart.oldest())) {
      for (int i = 0; i < 30; i++) {
        pool.write("/log/queen.log", bytes("filler\n"));
      }
      pool.write("/log/queen.log", bytes("in the first life\n"));
      until(tail, "in the first life");
      int port = hive.address.getPort();
      hive.kill();
      hive = Hosted.start(port);
      assertInstanceOf(TailEvent.Restarted.class, tail.next());
      pool.write("/log/queen.log", bytes("in the second life\n"));
      until(tail, "in the second life");
      assertTrue(pool.retries() > 0);
    }
  }

  @Test
  void aNewLifesLongerRingIsReadFromItsFirstByte() throws Exception {
    try (Tail tail = pool.tail("/log/queen.log", TailStart.oldest())) {
      pool.write("/log/queen.log", bytes("in the first life\n"));
      until(tail, "in the first life");
      long reached = tail.position();
      int port = hive.address.getPort();
      hive.kill();
      hive = Hosted.start(port);
      try (Client client = Client.connect(hive.address, ClientOptions.defaults());
          Session other = client.attach(Login.token("queen", "changeme", null))) {
        for (int i = 0; i < 40; i++) {
          other.write("/log/queen.log", bytes("record " + i + " of the second life\n"));
        }
        assertTrue(other.stat("/log/queen.log").dataVersion() > reached);
      }
      TailEvent.Restarted restarted = assertInstanceOf(TailEvent.Restarted.class, tail.next());
      assertEquals(new TailEvent.Restarted(0, reached), restarted);
      String seen = until(tail, "record 39 of");
      assertTrue(seen.contains("record 0 of the second life\nrecord 1 of"), seen);
    }
  }

  @Test
  void fourSessionsInterleaveTenThousandOperationsAndNothingIsLost() throws Exception {
    byte[] boot = pool.readAll("/proc/boot");
    List<CompletableFuture<Integer>> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      threads.add(
          Peer.aside(
              () -> {
                int wrong = 0;
                try (SessionPool.Lease lease = pool.lease(SessionPool.Kind.TELEMETRY);
                    Fid fid = lease.session().open("/proc/boot", OpenMode.READ)) {
                  // Asked for all at once: the last one waits for all the others, however slow the machine is.
                  fid.setTimeout(Duration.ofSeconds(60));
                  List<CompletableFuture<byte[]>> reads = new ArrayList<>();
                  for (int i = 0; i < 2500; i++) {
                    reads.add(fid.readAsync(i % boot.length, 1));
                  }
                  for (int i = 0; i < 2500; i++) {
                    byte[] one = Peer.soon(reads.get(i));
                    wrong += one.length == 1 && one[0] == boot[i % boot.length] ? 0 : 1;
                  }
                }
                return wrong;
              }));
    }
    for (CompletableFuture<Integer> each : threads) {
      assertEquals(0, each.get(60, TimeUnit.SECONDS));
    }
    assertEquals(0, pool.retries());
  }
}
