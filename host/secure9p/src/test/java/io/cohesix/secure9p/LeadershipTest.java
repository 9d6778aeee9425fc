// Blocking calls that lead their connection, beside requests that nobody waits for.
package io.cohesix.secure9p;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LeadershipTest {
  /** Nothing in these tests waits for it. */
  private static final ClientOptions PATIENT =
      ClientOptions.defaults().withWindow(8).withRequestTimeout(Duration.ofSeconds(60));

  private Peer peer;
  private Client client;
  private Fid file;

  @BeforeEach
  void open() throws Exception {
    peer = new Peer();
    client = peer.client(PATIENT);
    file = peer.open(peer.session(client), "f");
  }

  @AfterEach
  void close() throws Exception {
    peer.close();
    client.close();
  }

  /** Answers every read with its offset until the client has gone. */
  private CompletableFuture<Long> echo() {
    return Peer.aside(
        () -> {
          for (long n = 0; ; n++) {
            try {
              if (peer.next() instanceof Request.Read read) {
                peer.reply(new Reply.Read(read.tag(), Peer.text("at " + read.offset())));
              }
            } catch (EOFException | SocketException e) {
              return n;
            }
          }
        });
  }

  private String read(long offset) {
    return new String(file.read(offset, 32), StandardCharsets.UTF_8);
  }

  @Test
  void aBlockingCallEndsOnItsOwnThreadOnceTheKeeperStandsBack() throws Exception {
    CompletableFuture<Long> echo = echo();
    Connection connection = client.connection();
    boolean led = false;
    for (int i = 0; i < 10_000 && !led; i++) {
      assertEquals("at " + i, read(i));
      led = connection.tryLead();
      if (led) {
        CompletableFuture<Thread> ended = file.readAsync(7, 32).thenApply(bytes -> Thread.currentThread());
        connection.lead(ended);
        connection.follow();
        assertSame(Thread.currentThread(), Peer.soon(ended));
      }
    }
    assertTrue(led, "the keeper never left the lead");
    client.close();
    Peer.soon(echo);
  }

  @Test
  void requestsThatNobodyWaitsForAreServedBetweenBlockingCalls() throws Exception {
    CompletableFuture<Long> echo = echo();
    for (int i = 0; i < 300; i++) {
      assertEquals("at " + i, read(i));
      CompletableFuture<byte[]> other = file.readAsync(1000 + i, 32);
      if (i % 3 == 0) {
        assertEquals("at " + (1000 + i), new String(Peer.soon(other), StandardCharsets.UTF_8));
      }
    }
    client.close();
    Peer.soon(echo);
  }

  @Test
  void whatIsInFlightWhenTheLeaderIsDoneIsTakenOver() throws Exception {
    for (int i = 0; i < 50; i++) {
      CompletableFuture<byte[]> slow = file.readAsync(1, 32);
      CompletableFuture<String> quick = Peer.aside(() -> read(2));
      Request.Read first = peer.next(Request.Read.class);
      Request.Read second = peer.next(Request.Read.class);
      Request.Read mine = first.offset() == 2 ? first : second;
      Request.Read theirs = first.offset() == 2 ? second : first;
      peer.reply(new Reply.Read(mine.tag(), Peer.text("two")));
      assertEquals("two", Peer.soon(quick));
      peer.reply(new Reply.Read(theirs.tag(), Peer.text("one")));
      assertEquals("one", new String(Peer.soon(slow), StandardCharsets.UTF_8));
    }
  }

  @Test
  void manyThreadsBlockAtOnceAndEachGetsItsAnswer() throws Exception {
    CompletableFuture<Long> echo = echo();
    List<CompletableFuture<Boolean>> all = new ArrayList<>();
    for (int thread = 0; thread < 6; thread++) {
      long base = 10_000L * thread;
      all.add(
          Peer.aside(
              () -> {
                for (long i = 0; i < 500; i++) {
                  if (!read(base + i).equals("at " + (base + i))) {
                    return false;
                  }
                }
                return true;
              }));
    }
    for (CompletableFuture<Boolean> each : all) {
      assertTrue(Peer.soon(each));
    }
    client.close();
    assertTrue(Peer.soon(echo) >= 3000);
  }

  @Test
  void anInterruptedLeaderGivesItsRequestUpAndTheConnectionLives() throws Exception {
    for (int i = 0; i < 20; i++) {
      CompletableFuture<Throwable> seen = new CompletableFuture<>();
      Thread reader =
          new Thread(
              () -> {
                try {
                  read(1);
                } catch (NinePException e) {
                  seen.complete(e);
                }
              });
      reader.start();
      int tag = peer.next(Request.Read.class).tag();
      reader.interrupt();
      assertEquals(Errno.EINTR, assertInstanceOf(NinePException.class, Peer.soon(seen)).errno());
      Request.Flush flush = peer.next(Request.Flush.class);
      assertEquals(tag, flush.oldTag());
      peer.reply(new Reply.Flush(flush.tag()));
      reader.join();
      assertTrue(client.connection().isOpen());
    }
  }

  @Test
  void aConnectionThatIsLostWhileACallerLeadsIsOver() throws Exception {
    for (int i = 0; i < 3; i++) {
      CompletableFuture<byte[]> warm = Peer.aside(() -> file.read(1, 32));
      peer.reply(new Reply.Read(peer.next(Request.Read.class).tag(), Peer.text("x")));
      Peer.soon(warm);
    }
    CompletableFuture<Throwable> seen =
        Peer.aside(() -> file.read(1, 32)).handle((bytes, why) -> why == null ? new AssertionError() : why.getCause());
    peer.next(Request.Read.class);
    peer.hangUp();
    assertInstanceOf(ConnectionLostException.class, Peer.soon(seen));
    Peer.soon(client.ended());
    assertFalse(client.connection().isOpen());
  }

  @Test
  void aVigilEndsAfterItsMomentAndIsNotKeptWhereProcessorsAreCrowded() {
    AtomicLong now = new AtomicLong(1);
    AtomicLong yields = new AtomicLong();
    AtomicLong cost = new AtomicLong(Vigil.AWAKE_NANOS / 10);
    Vigil vigil =
        new Vigil(
            now::get,
            () -> {
              yields.incrementAndGet();
              now.addAndGet(cost.get());
            });
    assertFalse(vigil.again());
    vigil.moved();
    while (vigil.again()) {
      // as long as it lasts
    }
    assertEquals(10, yields.get());
    cost.set(Vigil.AWAKE_NANOS + 1);
    vigil.moved();
    assertTrue(vigil.again());
    cost.set(1);
    vigil.moved();
    assertFalse(vigil.again());
    now.addAndGet(Vigil.CROWDED_NANOS);
    vigil.moved();
    assertTrue(vigil.again());
  }

  @Test
  void whatAYieldCostsAmongManyIsASmallPartOfTheTime() {
    AtomicLong now = new AtomicLong(1);
    AtomicLong lost = new AtomicLong();
    long slices = 60_000_000;
    Vigil vigil =
        new Vigil(
            now::get,
            () -> {
              lost.addAndGet(slices);
              now.addAndGet(slices);
            });
    while (now.get() < 60_000_000_000L) {
      vigil.moved();
      boolean looked = vigil.again();
      now.addAndGet(looked ? 1 : 1_000_000);
    }
    assertTrue(lost.get() > 0 && lost.get() < now.get() / 15, lost + " of " + now);
  }
}
