// The connection: framing edges, deadlines, heartbeat, reconnecting, and that no side effect is ever repeated.
package io.cohesix.core.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.core.Outcome;
import io.cohesix.core.policy.ClientPolicy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class ConsoleHiveTest {
  private final List<String> events = Collections.synchronizedList(new ArrayList<>());
  private final List<AutoCloseable> open = new ArrayList<>();

  private BytePeer peer(BytePeer.Part... parts) throws Exception {
    BytePeer peer = new BytePeer(parts);
    open.add(peer);
    return peer;
  }

  private ConsoleHive hive(BytePeer peer, int timeoutMs, int heartbeatMs, int attempts) throws Exception {
    ClientPolicy policy =
        new ClientPolicy(
            new ClientPolicy.Retry(attempts, 10, 40, timeoutMs),
            heartbeatMs,
            1000,
            ClientPolicy.defaults().pool(),
            1 << 20,
            ClientPolicy.defaults().paths(),
            "");
    ConsoleHive hive = new ConsoleHive(peer.transport(), "t", "queen", null, policy, events::add);
    open.add(0, hive);
    return hive;
  }

  private ConsoleHive hive(BytePeer peer) throws Exception {
    return hive(peer, 5000, 60_000, 2);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  @Test
  void aStreamIsUnescapedAndEndsWithEnd() throws Exception {
    BytePeer peer =
        peer(
            wire -> {
              wire.attach();
              wire.expect("CAT /x");
              wire.say("OK CAT path=/x data=a", "a", "\\END", "\\\\b", "END");
              wire.awaitEnd();
            });
    ConsoleHive hive = hive(peer);
    Outcome.Accepted accepted = assertInstanceOf(Outcome.Accepted.class, hive.cat("/x"));
    assertEquals(List.of("a", "END", "\\b"), accepted.lines());
    assertTrue(hive.attached());
    hive.close();
    peer.verify();
  }

  @Test
  void answersByteByByteAndAPongInTheMiddleMakeNoDifference() throws Exception {
    BytePeer peer =
        peer(
            wire -> {
              wire.attach();
              wire.expect("PING");
              for (byte b : new byte[] {8, 0, 0, 0, 'P', 'O', 'N', 'G', 22, 0, 0, 0}) {
                wire.raw(new byte[] {b});
              }
              wire.raw("OK PING reply=pong".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
              wire.awaitEnd();
            });
    ConsoleHive hive = hive(peer);
    assertEquals("OK PING reply=pong", assertInstanceOf(Outcome.Accepted.class, hive.ping()).ack().line());
  }

  @Test
  void anOlderServersGreetingIsIgnored() throws Exception {
    BytePeer peer =
        peer(
            wire -> {
              wire.say("Welcome to an older server", "ready");
              wire.attach();
              wire.awaitEnd();
            });
    assertTrue(hive(peer).connect().accepted());
  }

  @Test
  void aWrongTokenIsARefusalAndNotAskedAgain() throws Exception {
    BytePeer peer =
        peer(
            wire -> {
              wire.expect("AUTH t");
              wire.say("ERR AUTH reason=invalid-token");
              wire.awaitEnd();
            });
    Outcome.Refused refused = assertInstanceOf(Outcome.Refused.class, hive(peer).ls("/"));
    assertEquals("invalid-token", refused.ack().reason());
    peer.verify();
  }

  @Test
  void aDeniedTicketIsNotPresentedAgainByItself() throws Exception {
    BytePeer peer =
        peer(
            wire -> {
              wire.expect("AUTH t");
              wire.say("OK AUTH");
              wire.expect("ATTACH queen ");
              wire.say("ERR ATTACH reason=denied");
              wire.expect("LS /");
              wire.say("ERR LS reason=unauthenticated");
              wire.awaitEnd();
            });
    ConsoleHive hive = hive(peer);
    assertEquals("denied", assertInstanceOf(Outcome.Refused.class, hive.connect()).ack().reason());
    assertEquals("unauthenticated", assertInstanceOf(Outcome.Refused.class, hive.ls("/")).ack().reason());
    assertFalse(hive.attached());
  }

  @Test
  void nobodyListeningIsUnreachableAndSaysWhatToDo() throws Exception {
    BytePeer peer = peer();
    peer.verify();
    Outcome.Unreachable unreachable = assertInstanceOf(Outcome.Unreachable.class, hive(peer).ping());
    assertTrue(
        unreachable.why().matches("nothing listens on 127\\.0\\.0\\.1:\\d+: start one with scripts/cohesix-build-run\\.sh.*"),
        unreachable.why());
  }

  @Test
  void aReadIsRepeatedAfterALossWithTheSameAttachment() throws Exception {
    BytePeer peer =
        peer(
            wire -> {
              wire.attach();
              wire.expect("LS /");
              wire.say("OK LS path=/ entries=2", "half");
            },
            wire -> {
              wire.attach();
              wire.expect("LS /");
              wire.say("OK LS path=/ entries=1", "log", "END");
              wire.awaitEnd();
            });
    ConsoleHive hive = hive(peer);
    assertEquals(List.of("log"), assertInstanceOf(Outcome.Accepted.class, hive.ls("/")).lines());
    assertTrue(events.get(0).endsWith("lost: the hive closed the connection; reconnecting"), events.toString());
    assertTrue(events.get(events.size() - 1).endsWith(" again"), events.toString());
  }

  @Test
  void aSideEffectIsNeverRepeatedAndSaidToBeUncertain() throws Exception {
    BytePeer peer =
        peer(
            wire -> {
              wire.attach();
              wire.expect("SPAWN {}");
            },
            wire -> {
              wire.attach();
              wire.expect("PING");
              wire.say("PONG", "OK PING reply=pong");
              wire.awaitEnd();
            });
    ConsoleHive hive = hive(peer);
    Outcome.Lost lost = assertInstanceOf(Outcome.Lost.class, hive.spawn("{}"));
    assertTrue(lost.mayHaveHappened());
    assertEquals("SPAWN {}", lost.command());
    assertTrue(hive.ping().accepted());
  }

  @Test
  void reconnectingIsBounded() throws Exception {
    BytePeer peer =
        peer(
            wire -> {
              wire.attach();
              wire.expect("LS /");
            });
    ConsoleHive hive = hive(peer, 5000, 60_000, 3);
    assertInstanceOf(Outcome.Unreachable.class, hive.ls("/"));
    assertEquals(
        List.of("10 ms (attempt 2 of 3)", "20 ms (attempt 3 of 3)"),
        events.stream().filter(e -> e.contains("attempt")).map(e -> e.substring(e.indexOf(" in ") + 4)).toList());
  }

  @Test
  void aBusyHiveIsTriedAgainWhileReconnecting() throws Exception {
    BytePeer peer =
        peer(
            wire -> {
              wire.attach();
              wire.expect("PING");
            },
            wire -> {
              wire.expect("AUTH t");
              wire.say("ERR AUTH reason=busy");
            },
            wire -> {
              wire.attach();
              wire.expect("PING");
              wire.say("PONG", "OK PING reply=pong");
              wire.awaitEnd();
            });
    assertTrue(hive(peer).ping().accepted());
  }

  @Test
  void silenceEndsAtTheDeadline() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    BytePeer peer =
        peer(
            wire -> {
              wire.attach();
              wire.expect("ECHO /x y");
              done.await(10, TimeUnit.SECONDS);
            });
    // The deadline holds for AUTH and ATTACH as well: the peer's thread must be able to keep it.
    ConsoleHive hive = hive(peer, 1500, 60_000, 0);
    long start = System.nanoTime();
    Outcome.Lost lost = assertInstanceOf(Outcome.Lost.class, hive.echo("/x", "y"));
    long ms = (System.nanoTime() - start) / 1_000_000;
    done.countDown();
    assertEquals("no answer within 1500 ms", lost.why());
    assertTrue(lost.mayHaveHappened());
    assertTrue(ms >= 1500 && ms < 9000, "took " + ms);
  }

  @Test
  void aPeerThatNeverReadsCantHoldAWriter() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    BytePeer peer =
        peer(
            wire -> {
              wire.attach();
              done.await(20, TimeUnit.SECONDS);
            });
    ConsoleHive hive = hive(peer, 1500, 60_000, 0);
    String big = "x".repeat(60_000);
    Outcome outcome = null;
    for (int i = 0; i < 200 && !(outcome instanceof Outcome.Lost); i++) {
      outcome = hive.echo("/x", big);
    }
    done.countDown();
    assertInstanceOf(Outcome.Lost.class, outcome);
  }

  @Test
  void brokenFramingEndsTheConnection() throws Exception {
    BytePeer peer =
        peer(
            wire -> {
              wire.attach();
              wire.expect("KILL worker-1");
              wire.raw("HTTP/1.1 400".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
              wire.awaitEnd();
            });
    Outcome.Lost lost = assertInstanceOf(Outcome.Lost.class, hive(peer).kill("worker-1"));
    assertTrue(lost.why().startsWith("the peer announced a frame of "), lost.why());
    peer.verify();
  }

  @Test
  void contentWhereAnAcknowledgementMustComeEndsTheConnection() throws Exception {
    BytePeer peer =
        peer(
            wire -> {
              wire.attach();
              wire.expect("KILL worker-1");
              wire.say("gone");
              wire.awaitEnd();
            });
    assertEquals(
        "the hive sent 'gone' where OK or ERR must come",
        assertInstanceOf(Outcome.Lost.class, hive(peer).kill("worker-1")).why());
  }

  @Test
  void anErrLineInTheMiddleOfAStreamIsTheHivesCut() throws Exception {
    BytePeer peer =
        peer(
            wire -> {
              wire.attach();
              wire.expect("TAIL /x");
              wire.say("OK TAIL path=/x", "a", "ERR TAIL reason=cut");
              wire.awaitEnd();
            });
    assertEquals("cut", assertInstanceOf(Outcome.Refused.class, hive(peer).tail("/x")).ack().reason());
  }

  @Test
  void anIdleConnectionIsPinged() throws Exception {
    CompletableFuture<Void> pinged = new CompletableFuture<>();
    BytePeer peer =
        peer(
            wire -> {
              wire.attach();
              for (int i = 0; i < 2; i++) {
                wire.expect("PING");
                wire.say("PONG", "OK PING reply=pong");
              }
              pinged.complete(null);
              wire.awaitEnd();
            });
    ConsoleHive hive = hive(peer, 5000, 50, 0);
    assertTrue(hive.connect().accepted());
    pinged.get(10, TimeUnit.SECONDS);
    assertTrue(events.isEmpty(), events.toString());
  }

  @Test
  void theEndOfAnIdleConnectionIsNoticedAtOnce() throws Exception {
    BytePeer peer = peer(BytePeer.Wire::attach);
    ConsoleHive hive = hive(peer);
    assertTrue(hive.connect().accepted());
    for (int i = 0; i < 500 && events.isEmpty(); i++) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    assertTrue(events.get(0).endsWith("lost: the hive closed the connection; the next command reconnects"), events.toString());
    assertFalse(hive.attached());
  }

  @Test
  void attachTriesTheNewIdentityOnTheSameConnection() throws Exception {
    BytePeer peer =
        peer(
            wire -> {
              wire.expect("AUTH t");
              wire.say("OK AUTH");
              wire.expect("ATTACH worker-heartbeat cohesix-ticket-00.11");
              wire.say("ERR ATTACH reason=denied");
              wire.expect("ATTACH queen ");
              wire.say("ERR ATTACH reason=throttled delay_ms=250");
              wire.awaitEnd();
            });
    ConsoleHive hive = hive(peer);
    assertEquals(
        "denied",
        assertInstanceOf(Outcome.Refused.class, hive.attach("worker-heartbeat", "cohesix-ticket-00.11")).ack().reason());
    assertEquals(
        "250", assertInstanceOf(Outcome.Refused.class, hive.attach("queen", null)).ack().field("delay_ms").orElseThrow());
  }

  @Test
  void attachingWithoutATicketTakesTheOneThatTheConnectionWasMadeWithForThatRole() throws Exception {
    BytePeer peer =
        peer(
            wire -> {
              wire.expect("AUTH t");
              wire.say("OK AUTH");
              wire.expect("ATTACH queen cohesix-ticket-00.11");
              wire.say("OK ATTACH role=queen");
              wire.expect("ATTACH worker-gpu ");
              wire.say("ERR ATTACH reason=denied");
              wire.awaitEnd();
            });
    try (ConsoleHive hive = 
        new ConsoleHive(peer.transport(), "t", "queen", "cohesix-ticket-00.11", ClientPolicy.defaults(), events::add)) {
      assertTrue(hive.attach("queen", null).accepted());
      assertFalse(hive.attach("worker-gpu", null).accepted());
    }
  }

  @Test
  void detachIsAQuitAndWhatFollowsIsUnattached() throws Exception {
    BytePeer peer =
        peer(
            wire -> {
              wire.attach();
              wire.expect("QUIT");
              wire.say("OK QUIT");
            },
            wire -> {
              wire.expect("AUTH t");
              wire.say("OK AUTH");
              wire.expect("PING");
              wire.say("PONG", "OK PING reply=pong");
              wire.awaitEnd();
            });
    ConsoleHive hive = hive(peer);
    assertTrue(hive.connect().accepted());
    assertEquals("OK QUIT", assertInstanceOf(Outcome.Accepted.class, hive.detach()).ack().line());
    assertTrue(hive.ping().accepted());
    assertFalse(hive.attached());
    assertTrue(events.isEmpty(), events.toString());
  }

  @Test
  void aLineThatWouldBreakTheFramingIsNeverSent() throws Exception {
    BytePeer peer = peer();
    ConsoleHive hive = hive(peer);
    assertThrows(IllegalArgumentException.class, () -> hive.echo("/x", "y".repeat(70_000)));
  }

  @Test
  void afterCloseNothingHangs() throws Exception {
    BytePeer peer = peer();
    ConsoleHive hive = hive(peer);
    hive.close();
    assertInstanceOf(Outcome.Unreachable.class, hive.ping());
    hive.close();
  }

  @Test
  void manyThreadsShareOneConnectionInOrder() throws Exception {
    int n = 40;
    BytePeer peer =
        peer(
            wire -> {
              wire.attach();
              for (int i = 0; i < n; i++) {
                wire.expect("PING");
                wire.say("PONG", "OK PING reply=pong");
              }
              wire.awaitEnd();
            });
    ConsoleHive hive = hive(peer);
    List<Thread> threads = new ArrayList<>();
    List<Outcome> outcomes = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 4; i++) {
      Thread thread =
          new Thread(
              () -> {
                for (int k = 0; k < n / 4; k++) {
                  outcomes.add(hive.ping());
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(n, outcomes.stream().filter(Outcome::accepted).count());
  }
}
