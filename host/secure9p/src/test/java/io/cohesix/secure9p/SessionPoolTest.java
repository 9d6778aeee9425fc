// Pools: lending, exhaustion, and retries that never repeat what may have been done.
package io.cohesix.secure9p;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.secure9p.SessionPool.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class SessionPoolTest {
  private static final PoolPolicy POLICY =
      PoolPolicy.defaults()
          .withSessions(2, 3)
          .withRetry(new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(3)))
          .withTailPoll(Duration.ofMillis(5));

  private final List<String> log = new ArrayList<>();
  private RingServer server;
  private SessionPool pool;

  @BeforeEach
  void start() throws Exception {
    server = new RingServer();
    pool = new SessionPool(server.address(), Login.plain("u", "", 0), POLICY, log::add);
  }

  @AfterEach
  void stop() throws Exception {
    pool.close();
    server.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String read(String path) {
    return new String(pool.readAll(path), StandardCharsets.UTF_8);
  }

  @Test
  void sessionsAreMadeOnceAndLentAgain() {
    Session first;
    try (SessionPool.Lease lease = pool.lease(Kind.CONTROL)) {
      first = lease.session();
    }
    for (int i = 0; i < 10; i++) {
      pool.write("ctl", bytes("x" + i));
    }
    try (SessionPool.Lease lease = pool.lease(Kind.CONTROL)) {
      assertSame(first, lease.session());
    }
    assertEquals(1, server.connections);
    assertEquals(0, pool.inUse(Kind.CONTROL));
  }

  @Test
  void anExhaustedPoolSaysSoAndServesAgainWhenASessionComesBack() {
    SessionPool.Lease a = pool.lease(Kind.CONTROL);
    try (SessionPool.Lease b = pool.lease(Kind.CONTROL)) {
      assertEquals(2, pool.inUse(Kind.CONTROL));
      PoolExhaustedException why = assertThrows(PoolExhaustedException.class, () -> pool.write("ctl", bytes("x")));
      assertEquals(
          "lease: EBUSY (16): all 2 control sessions are in use; close one, or raise"
              + " client_policies.cohsh.pool.control_sessions",
          why.getMessage());
      assertEquals(0, pool.retries(), "an empty pool is no reason to try again");
      assertEquals("content of f", read("f"), "the other kind is not concerned");
      assertTrue(b.session().root().qid().isDirectory());
    }
    a.close();
    a.close();
    pool.write("ctl", bytes("x"));
    assertEquals(0, pool.inUse(Kind.CONTROL));
  }

  @Test
  void aLeaseWaitsForASessionIfThePolicySaysSo() throws Exception {
    try (SessionPool patient =
        new SessionPool(
            server.address(),
            Login.plain("u", "", 0),
            POLICY.withSessions(1, 1).withLeaseWait(Duration.ofSeconds(10)),
            log::add)) {
      SessionPool.Lease held = patient.lease(Kind.TELEMETRY);
      CompletableFuture<byte[]> read = Peer.aside(() -> patient.readAll("f"));
      held.close();
      assertEquals("content of f", new String(Peer.soon(read), StandardCharsets.UTF_8));
    }
  }

  @Test
  void aReadIsRepeatedOnANewConnectionAndLoggedOnceForEachFailure() {
    server.fail(2, Request.Read.class, RingServer.Fault.DROP);
    assertEquals("content of f", read("f"));
    assertEquals(2, pool.retries());
    assertEquals(2, log.size());
    assertTrue(log.get(0).startsWith("retry 1 of 3 in 1 ms after read /f: ECONNRESET (104)"), log.get(0));
    assertTrue(log.get(1).startsWith("retry 2 of 3 in 2 ms after read /f: ECONNRESET (104)"), log.get(1));
  }

  @Test
  void retriesAreBounded() {
    server.fail(1000, Request.Walk.class, RingServer.Fault.DROP);
    assertThrows(ConnectionLostException.class, () -> pool.readAll("f"));
    assertEquals(3, pool.retries());
    assertEquals(4, server.connections);
    assertEquals(0, pool.inUse(Kind.TELEMETRY));
  }

  @Test
  void aServerThatIsAwayIsTriedAgainAndThenSaidToBe() throws Exception {
    server.close();
    NinePException why = assertThrows(ConnectionLostException.class, () -> pool.readAll("f"));
    assertEquals(Errno.EHOSTUNREACH, why.errno());
    assertEquals(3, pool.retries());
  }

  @Test
  void aWriteThatWasServedAndNotAnsweredIsNotSentAgain() {
    server.fail(1, Request.Write.class, RingServer.Fault.SERVE_AND_DROP);
    assertThrows(UnknownOutcomeException.class, () -> pool.write("ctl", bytes("once")));
    assertEquals(List.of("once"), server.written);
    assertEquals(0, pool.retries());
  }

  @Test
  void aWriteThatWasLostOnTheWayIsNotSentAgainEither() {
    server.fail(1, Request.Write.class, RingServer.Fault.DROP);
    assertThrows(UnknownOutcomeException.class, () -> pool.write("ctl", bytes("never")));
    assertEquals(List.of(), server.written);
  }

  @Test
  void aWriteWhoseConnectionWasLostBeforeItIsDoneOnce() {
    server.fail(2, Request.Open.class, RingServer.Fault.DROP);
    pool.write("ctl", bytes("once"));
    assertEquals(List.of("once"), server.written);
    assertEquals(2, pool.retries());
  }

  @Test
  void aWriteThatWasRefusedAsBusyIsDoneOnce() {
    server.fail(3, Request.Write.class, RingServer.Fault.BUSY);
    pool.write("ctl", bytes("once"));
    assertEquals(List.of("once"), server.written);
    server.fail(4, Request.Write.class, RingServer.Fault.BUSY);
    assertEquals(
        "write /ctl: EBUSY (16): busy",
        assertThrows(NinePException.class, () -> pool.write("ctl", bytes("twice"))).getMessage());
    assertEquals(List.of("once"), server.written);
  }

  @Test
  void manyThreadsWithInjectedFaultsDuplicateNothing() throws Exception {
    java.util.Random random = new java.util.Random(11);
    // Answers of writes get lost, and so do connections before anything is written.
    server.faults(
        request ->
            request instanceof Request.Write && random.nextInt(10) == 0
                ? RingServer.Fault.SERVE_AND_DROP
                : request instanceof Request.Open && random.nextInt(10) == 0 ? RingServer.Fault.DROP : RingServer.Fault.NONE);
    try (SessionPool wide =
        new SessionPool(
            server.address(),
            Login.plain("u", "", 0),
            POLICY.withSessions(4, 4).withRetry(new RetryPolicy(20, Duration.ofMillis(1), Duration.ofMillis(1))),
            line -> {})) {
      List<CompletableFuture<List<String>>> threads = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        int thread = t;
        threads.add(
            Peer.aside(
                () -> {
                  List<String> unknown = new ArrayList<>();
                  for (int i = 0; i < 100; i++) {
                    String record = thread + "." + i;
                    try {
                      wide.write("ctl", bytes(record));
                    } catch (UnknownOutcomeException e) {
                      unknown.add(record);
                    }
                  }
                  return unknown;
                }));
      }
      int unknown = 0;
      for (CompletableFuture<List<String>> each : threads) {
        unknown += each.get(60, TimeUnit.SECONDS).size();
      }
      assertTrue(unknown > 0, "faults happened");
      assertEquals(400, server.written.size());
      assertEquals(400, server.written.stream().distinct().count());
    }
  }

  @Test
  void aClosedPoolRefusesAndClosesWhatComesBack() {
    SessionPool.Lease lease = pool.lease(Kind.CONTROL);
    pool.close();
    assertEquals(
        "lease: ESHUTDOWN (108): the pool was closed",
        assertThrows(ConnectionLostException.class, () -> pool.lease(Kind.TELEMETRY)).getMessage());
    lease.close();
    assertThrows(ConnectionLostException.class, () -> lease.session().readAll("f"));
  }
}
