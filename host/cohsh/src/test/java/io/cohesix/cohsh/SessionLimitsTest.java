// Many sessions at once: each with its own cursor, one too many is told busy, and the pools recover.
package io.cohesix.cohsh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.core.generated.Defaults;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("it")
@Timeout(120)
final class SessionLimitsTest {
  /** Connections that have not authenticated (spec/console.md "Session"). */
  private static final int STRANGERS = 8;

  private final StringBuilder transcript = new StringBuilder();

  private void note(String text) {
    transcript.append(text).append('\n');
  }

  private static List<String> tail(RawPeer peer) throws Exception {
    assertEquals("OK TAIL path=/log/queen.log", peer.ask("TAIL /log/queen.log"));
    return peer.stream();
  }

  /** A freed place is there again shortly after the close, not at once. */
  private static RawPeer eventually(HiveFixture fixture) throws Exception {
    String last = "";
    for (int i = 0; i < 100; i++) {
      RawPeer peer = fixture.raw();
      last = peer.ask("AUTH changeme");
      if ("OK AUTH".equals(last)) {
        assertEquals("OK ATTACH role=queen", peer.ask("ATTACH queen "));
        return peer;
      }
      peer.close();
      TimeUnit.MILLISECONDS.sleep(20);
    }
    throw new AssertionError("the pool did not recover, last answer: " + last);
  }

  @Test
  void everySessionHasItsOwnCursorAndOneTooManyIsToldBusy() throws Exception {
    int max = Defaults.CONSOLE_MAX_SESSIONS;
    try (HiveFixture fixture = HiveFixture.start()) {
      List<RawPeer> peers = new ArrayList<>();
      for (int i = 0; i < max; i++) {
        peers.add(fixture.raw().queen());
      }
      note("attached " + max);
      for (RawPeer peer : peers) {
        tail(peer);
      }
      assertEquals("OK ECHO path=/log/queen.log bytes=7", peers.get(0).ask("ECHO /log/queen.log for all"));
      for (int i = 0; i < max; i++) {
        assertEquals(List.of("for all"), tail(peers.get(i)), "session " + i);
      }
      assertEquals("OK ECHO path=/log/queen.log bytes=6", peers.get(1).ask("ECHO /log/queen.log second"));
      for (int i = 0; i < max; i += 2) {
        assertEquals(List.of("second"), tail(peers.get(i)), "session " + i);
        assertEquals(List.of(), tail(peers.get(i)), "session " + i);
      }
      for (int i = 1; i < max; i += 2) {
        assertEquals(List.of("second"), tail(peers.get(i)), "session " + i);
      }
      note("each cursor moved by itself");

      RawPeer extra = fixture.raw();
      String answer = extra.ask("AUTH changeme");
      note("session " + (max + 1) + ": " + answer);
      assertEquals("ERR AUTH reason=busy", answer);
      assertNull(extra.read());
      for (RawPeer peer : peers) {
        assertEquals("OK PING reply=pong", peer.ask("PING"));
      }
      assertEquals("OK CAT path=/proc/9p/session/active data=active=" + max + " draining=0", peers.get(0).ask("CAT /proc/9p/session/active"));
      assertEquals(1, peers.get(0).stream().size());

      assertEquals("OK QUIT", peers.get(3).ask("QUIT"));
      assertNull(peers.get(3).read());
      RawPeer again = eventually(fixture);
      note("after one QUIT: " + again.ask("PING"));
      peers.get(4).close();
      note("after one close: " + eventually(fixture).ask("PING"));
    }
    HiveFixture.transcript("session_limits", transcript.toString());
  }

  @Test
  void strangersCantHoldTheSessions() throws Exception {
    try (HiveFixture fixture = HiveFixture.start()) {
      RawPeer queen = fixture.raw().queen();
      List<RawPeer> strangers = new ArrayList<>();
      for (int i = 0; i < STRANGERS; i++) {
        strangers.add(fixture.raw());
        // QEMU's port takes few connections ahead: without this a third one in a row can wait a second, and the first be too old.
        assertEquals("OK PING reply=pong", queen.ask("PING"));
      }
      // The server takes connections in their order, so this one is the ninth.
      RawPeer ninth = fixture.raw();
      assertEquals("ERR AUTH reason=busy", ninth.read());
      assertNull(ninth.read());
      assertEquals("OK AUTH", strangers.get(7).ask("AUTH changeme"));
      eventually(fixture);
      assertEquals("OK PING reply=pong", queen.ask("PING"));
    }
  }

  @Test
  void whoDoesNotAuthenticateInTimeIsClosed() throws Exception {
    try (HiveFixture fixture = HiveFixture.start()) {
      RawPeer silent = fixture.raw();
      RawPeer trickling = fixture.raw();
      trickling.send((byte) 16, (byte) 0);
      long start = System.nanoTime();
      assertNull(silent.read());
      assertNull(trickling.read());
      long ms = (System.nanoTime() - start) / 1_000_000;
      assertTrue(
          ms > Defaults.CONSOLE_AUTH_TIMEOUT_MS - 1000 && ms < Defaults.CONSOLE_AUTH_TIMEOUT_MS + 5000, "after " + ms + " ms");
    }
  }
}
