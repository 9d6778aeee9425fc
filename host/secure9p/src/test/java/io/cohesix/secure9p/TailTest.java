// Tails: every byte once, in order, with its position; gaps and restarts are told; connections may come and go.
package io.cohesix.secure9p;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.secure9p.SessionPool.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class TailTest {
  private static final PoolPolicy POLICY =
      PoolPolicy.defaults()
          .withSessions(1, 2)
          .withRetry(new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(3)))
          .withTailPoll(Duration.ofMillis(2));

  private RingServer server;
  private SessionPool pool;

  @BeforeEach
  void start() throws Exception {
    server = new RingServer();
    pool = new SessionPool(server.address(), Login.plain("u", "", 0), POLICY, line -> {});
  }

  @AfterEach
  void stop() throws Exception {
    pool.close();
    server.close();
  }

  private static void assertData(long position, String text, TailEvent event) {
    TailEvent.Data data = assertInstanceOf(TailEvent.Data.class, event);
    assertEquals(text, data.text());
    assertEquals(position, data.position());
  }

  @Test
  void aTailBeginsAtTheOldestTheNewestOrAPosition() {
    server.append("one two three");
    server.forget(4);
    try (Tail oldest = pool.tail("ring", TailStart.oldest());
        Tail newest = pool.tail("ring", TailStart.newest())) {
      assertData(4, "two three", oldest.next());
      assertNull(newest.poll(Duration.ZERO));
      server.append(" four");
      assertData(13, " four", oldest.next());
      assertData(13, " four", newest.next());
      assertEquals(18, newest.position());
    }
    try (Tail tail = pool.tail("ring", TailStart.at(8))) {
      assertData(8, "three four", tail.next());
    }
  }

  @Test
  void overwrittenBytesAreOneGapAndTheTailGoesOnBehindIt() {
    server.append("0123456789");
    try (Tail tail = pool.tail("ring", TailStart.oldest())) {
      assertData(0, "0123456789", tail.next());
      server.append("abcdef");
      server.forget(13);
      assertEquals(new TailEvent.Gap(10, 3), tail.next());
      assertData(13, "def", tail.next());
    }
  }

  @Test
  void aTailGoesOnBehindTheLastByteWhenItsConnectionWasLost() {
    StringBuilder expected = new StringBuilder();
    StringBuilder seen = new StringBuilder();
    Random random = new Random(5);
    try (Tail tail = pool.tail("ring", TailStart.oldest())) {
      for (int i = 0; i < 200; i++) {
        String record = "record " + i + "\n";
        expected.append(record);
        server.append(record);
        int fault = random.nextInt(6);
        if (fault == 0) {
          server.dropAll();
        } else if (fault < 3) {
          // Even the reply of a read may be lost: it is read again from the same position.
          server.fail(1, Request.Read.class, fault == 1 ? RingServer.Fault.DROP : RingServer.Fault.SERVE_AND_DROP);
        }
        TailEvent.Data data = assertInstanceOf(TailEvent.Data.class, tail.next());
        assertEquals(seen.length(), data.position());
        seen.append(data.text());
      }
      assertEquals(expected.toString(), seen.toString());
      assertTrue(pool.retries() > 20, "retries: " + pool.retries());
    }
  }

  @Test
  void whatIsOverwrittenWhileTheConnectionIsLostIsAGapToo() {
    server.append("0123456789");
    try (Tail tail = pool.tail("ring", TailStart.oldest())) {
      tail.next();
      server.append("abcdef");
      server.forget(12);
      server.dropAll();
      assertEquals(new TailEvent.Gap(10, 2), tail.next());
      assertData(12, "cdef", tail.next());
    }
  }

  @Test
  void aRingThatBeganAnewIsTold() {
    server.append("0123456789");
    try (Tail tail = pool.tail("ring", TailStart.oldest())) {
      tail.next();
      server.restart();
      server.append("new");
      assertEquals(new TailEvent.Restarted(0, 10), tail.next());
      assertData(0, "new", tail.next());
    }
  }

  @Test
  void aRingOfANewLifeIsToldAlsoWhereItIsLongerThanTheOldOne() {
    server.append("0123456789");
    try (Tail tail = pool.tail("ring", TailStart.oldest())) {
      tail.next();
      server.restart();
      server.append("a record that ends far behind the old position");
      assertEquals(new TailEvent.Restarted(0, 10), tail.next());
      assertData(0, "a record that ends far behind the old position", tail.next());
      server.dropAll();
      server.append(" of this life");
      assertData(46, " of this life", tail.next());
    }
  }

  @Test
  void aPositionIsOfTheLifeThatItWasKeptWith() {
    server.append("0123456789");
    long position;
    long life;
    try (Tail tail = pool.tail("ring", TailStart.oldest())) {
      tail.next();
      position = tail.position();
      life = tail.life();
    }
    server.append("abc");
    try (Tail tail = pool.tail("ring", TailStart.at(position, life))) {
      assertData(10, "abc", tail.next());
    }
    server.restart();
    server.append("longer than what was there before");
    try (Tail tail = pool.tail("ring", TailStart.at(position, life))) {
      assertEquals(new TailEvent.Restarted(0, 10), tail.next());
      assertData(0, "longer than what was there before", tail.next());
    }
    try (Tail tail = pool.tail("ring", TailStart.at(99))) {
      assertEquals(new TailEvent.Restarted(0, 99), tail.next());
    }
  }

  @Test
  void aServerWithoutGenerationsIsKnownByARingThatEndsEarlier() {
    server.keepLifeSecret();
    server.append("0123456789");
    try (Tail tail = pool.tail("ring", TailStart.oldest())) {
      tail.next();
      assertEquals(0, tail.life());
      server.dropAll();
      server.append("a");
      assertData(10, "a", tail.next());
      server.restart();
      server.append("new");
      assertEquals(new TailEvent.Restarted(0, 11), tail.next());
    }
  }

  @Test
  void aServerThatStaysAwayEndsTheTailWithItsReason() throws Exception {
    server.append("x");
    Tail tail = pool.tail("ring", TailStart.oldest());
    tail.next();
    server.close();
    assertThrows(ConnectionLostException.class, tail::next);
    assertEquals(0, pool.inUse(Kind.TELEMETRY));
  }

  @Test
  void closingEndsAWaitingReaderAndGivesTheSessionBack() throws Exception {
    for (int i = 0; i < 20; i++) {
      Tail tail = pool.tail("ring", TailStart.newest());
      CompletableFuture<Boolean> waiting = Peer.aside(tail::hasNext);
      tail.close();
      assertFalse(Peer.soon(waiting));
      assertFalse(tail.hasNext());
      assertEquals(0, pool.inUse(Kind.TELEMETRY));
    }
  }

  @Test
  void aTailIsAStream() {
    server.append("abc");
    try (Stream<TailEvent> events = pool.tail("ring", TailStart.oldest()).stream()) {
      assertEquals(List.of("abc"), events.limit(1).map(each -> ((TailEvent.Data) each).text()).toList());
    }
    assertEquals(0, pool.inUse(Kind.TELEMETRY));
  }

  @Test
  void aTailOfOneSessionEndsWithItsConnection() {
    server.append("abc");
    try (Client client = Client.connect(server.address(), ClientOptions.defaults());
        Session session = client.attach(Login.plain("u", "", 0));
        Tail tail = session.tail("ring", TailStart.oldest(), Duration.ofMillis(1))) {
      assertData(0, "abc", tail.next());
      server.dropAll();
      assertThrows(ConnectionLostException.class, tail::next);
    }
  }
}
