// A hive over 9P: fids are given back, cursors hold, lost connections are made again, and no side effect is ever repeated.
package io.cohesix.core.p9;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.core.Outcome;
import io.cohesix.core.Role;
import io.cohesix.core.console.LinkTap;
import io.cohesix.core.policy.ClientPolicy;
import io.cohesix.core.ticket.Ticket;
import io.cohesix.core.ticket.Tickets;
import io.cohesix.core.transport.Endpoint;
import io.cohesix.core.transport.TcpTransport;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class P9HiveTest {
  private final FakeLink.Server server = new FakeLink.Server();
  private final List<String> events = new ArrayList<>();
  private final List<String> lines = new ArrayList<>();

  private P9Hive hive(String token, String role) {
    server.files.put("/a/one", "x\n");
    server.files.put("/a/three", "");
    server.files.put("/a/two", "");
    server.files.put("/log/queen.log", "");
    server.files.put("/queen/ctl", "");
    server.files.put("/ro/file", "");
    ClientPolicy defaults = ClientPolicy.defaults();
    ClientPolicy policy =
        new ClientPolicy(new ClientPolicy.Retry(2, 1, 1, 1000), 60_000, 1000, defaults.pool(), 1 << 20, defaults.paths(), "");
    LinkTap tap =
        new LinkTap() {
          @Override
          public void sent(String line) {
            lines.add("> " + line);
          }

          @Override
          public void received(String line) {
            lines.add("< " + line);
          }
        };
    return new P9Hive(server, new TcpTransport(new Endpoint("127.0.0.1", 9)), token, role, null, policy, events::add, tap);
  }

  private P9Hive queen() {
    return hive("t", "queen");
  }

  private static String ack(Outcome outcome) {
    return outcome instanceof Outcome.Accepted accepted
        ? accepted.ack().line() + accepted.lines()
        : outcome instanceof Outcome.Refused refused ? refused.ack().line() : outcome.toString();
  }

  @Test
  void commandsAreFilesAndEveryFidIsGivenBack() {
    P9Hive hive = queen();
    assertEquals("OK LS path=/a entries=3[one, three, two]", ack(hive.ls("/a")));
    assertEquals("OK CAT path=/a/one data=x[x]", ack(hive.cat("/a/one")));
    assertEquals("OK ECHO path=/a/two bytes=2[]", ack(hive.echo("/a/two", "hi")));
    assertEquals("OK KILL id=w-1[]", ack(hive.console("kill w-1").accepted() ? hive.kill("w-1") : hive.ping()));
    assertEquals("OK SPAWN payload={}[]", ack(hive.spawn("{}")));
    assertEquals("ERR CAT reason=policy detail=is-a-directory path=/a error=is a directory", ack(hive.cat("/a")));
    assertEquals("ERR LS reason=policy detail=invalid-path path=/none error=invalid path", ack(hive.ls("/none")));
    assertEquals("ERR ECHO reason=policy detail=denied path=/ro/file error=EPERM", ack(hive.echo("/ro/file", "x")));
    assertEquals("ERR ECHO reason=policy detail=odd path=/a/two error=that is odd", ack(hive.echo("/a/two", "bad")));
    assertEquals("OK PING reply=pong[]", ack(hive.ping()));
    assertEquals(List.of("/", "/a", "/log", "/ro"), server.links.get(0).fids.values().stream().sorted().toList(), "folders are kept, files are not");
    for (int i = 0; i < 20; i++) {
      server.files.put("/d" + i + "/f", "");
      assertTrue(hive.cat("/d" + i + "/f").accepted());
    }
    assertEquals(9, server.links.get(0).fids.size(), "the root and eight folders: " + server.links.get(0).fids);
    assertTrue(server.log.contains("write /queen/ctl {\"kill\":\"w-1\"}"));
    hive.close();
    assertTrue(server.links.get(0).closed);
  }

  @Test
  void aCursorShowsWhatCameSinceAndSaysOnceThatItWasOvertaken() {
    P9Hive hive = queen();
    server.rings.add("/a/one");
    assertEquals("OK TAIL path=/a/one[x]", ack(hive.tail("/a/one")));
    assertEquals("OK TAIL path=/a/one[]", ack(hive.tail("/a/one")));
    server.files.put("/a/one", "x\nlonger than one message\n");
    assertEquals("OK TAIL path=/a/one[longer than one message]", ack(hive.tail("/a/one")));
    server.files.put("/a/one", "new\n");
    server.oldest.put("/a/one", 90L);
    assertEquals("ERR TAIL reason=policy detail=stale-cursor oldest=90 path=/a/one", ack(hive.tail("/a/one")));
    assertEquals("OK TAIL path=/a/one[new]", ack(hive.tail("/a/one")));
    assertEquals("OK TAIL path=/a/one[]", ack(hive.tail("/a/one")));
    assertEquals("OK TAIL path=/a/two[]", ack(hive.tail("/a/two")));
  }

  @Test
  void aCursorOutlivesItsConnectionButNotItsHive() {
    P9Hive hive = queen();
    server.rings.add("/a/one");
    assertEquals("OK TAIL path=/a/one[x]", ack(hive.tail("/a/one")));
    hive.drop();
    server.files.put("/a/one", "x\ny\n");
    assertEquals("OK TAIL path=/a/one[y]", ack(hive.tail("/a/one")));
    assertFalse(events.stream().anyMatch(each -> each.contains("began anew")), () -> "" + events);
    hive.drop();
    server.files.put("/a/one", "z\n");
    assertEquals("OK TAIL path=/a/one[z]", ack(hive.tail("/a/one")), "a ring that ends before the cursor is another one");
    assertTrue(hive.attach("queen", null).accepted());
    assertEquals("OK TAIL path=/a/one[z]", ack(hive.tail("/a/one")), "a new session has no cursors");
  }

  @Test
  void aRingOfANewLifeIsShownWholeAndToldHoweverLongItIs() {
    P9Hive hive = queen();
    server.rings.add("/a/one");
    assertEquals("OK TAIL path=/a/one[x]", ack(hive.tail("/a/one")));
    hive.drop();
    server.life = 2;
    server.files.put("/a/one", "first\nsecond\n");
    assertEquals("OK TAIL path=/a/one[first, second]", ack(hive.tail("/a/one")));
    String told = "/a/one began anew since it was read up to position 2 (";
    assertEquals(1, events.stream().filter(each -> each.startsWith(told)).count(), () -> "" + events);
    assertEquals("OK TAIL path=/a/one[]", ack(hive.tail("/a/one")));
  }

  @Test
  void whoeverSeesEverythingWalksAtOnceAndOthersNameByName() throws Exception {
    P9Hive hive = queen();
    server.files.put("/a/b/c", "");
    assertTrue(hive.cat("/a/b/c").accepted());
    assertFalse(hive.cat("/none/x/y").accepted());
    assertTrue(hive.cat("/a/b/c").accepted());
    assertEquals(List.of("a/b/c", "a/b", "none/x/y", "c"), server.walks);
    server.walks.clear();
    Ticket scoped = ticket(null, null, List.of(new Ticket.Scope("/a", Ticket.Access.BOTH, 0)), null);
    assertTrue(hive.attach("queen", Tickets.mint(scoped, new byte[] {1}, Tickets.Limits.defaults())).accepted());
    assertTrue(hive.cat("/a/b/c").accepted());
    assertFalse(hive.cat("/none/x/y").accepted());
    assertEquals(List.of("a", "b", "c", "none"), server.walks);
    server.walks.clear();
    assertTrue(hive.attach("worker", "x").accepted());
    assertFalse(hive.cat("/none/x/y").accepted());
    assertEquals(List.of("none"), server.walks);
  }

  @Test
  void positionsAreKnownWithoutAnotherFile() {
    P9Hive hive = queen();
    server.rings.add("/a/one");
    hive.tail("/a/one");
    hive.tail("/a/two");
    hive.tail("/a/two");
    assertFalse(server.walks.stream().anyMatch(each -> each.contains(".pos")), () -> "" + server.walks);
  }

  private static Ticket ticket(
      @Nullable Long ticks, @Nullable Long ops, List<Ticket.Scope> scopes, Ticket.@Nullable Quotas quotas) {
    return new Ticket(Role.QUEEN, ticks, ops, null, null, 0, Ticket.Mount.NONE, scopes, quotas);
  }

  @Test
  void aSessionThatWouldPayForALookAtTheLogGoesWithoutItsWords() throws Exception {
    String full = "ERR ECHO reason=policy detail=odd path=/a/two error=that is odd";
    String bare = "ERR ECHO reason=policy detail=invalid path=/a/two error=invalid argument";
    Ticket free = Ticket.of(Role.QUEEN, "ops");
    Ticket scoped = ticket(null, null, List.of(new Ticket.Scope("/a", Ticket.Access.BOTH, 0)), null);
    Ticket counted = ticket(null, 6L, List.of(), null);
    Ticket ticking = ticket(6L, null, List.of(), null);
    Ticket metered = ticket(null, null, List.of(), new Ticket.Quotas(100, 0, 0));
    P9Hive hive = queen();
    for (Ticket each : List.of(scoped, counted, ticking, metered)) {
      assertTrue(hive.attach("queen", Tickets.mint(each, new byte[] {1}, Tickets.Limits.defaults())).accepted());
      assertEquals(bare, ack(hive.echo("/a/two", "bad")));
      assertFalse(server.walks.stream().anyMatch(names -> names.contains("log")), () -> "" + server.walks);
    }
    assertTrue(hive.attach("queen", "no ticket that we can read").accepted());
    assertEquals(bare, ack(hive.echo("/a/two", "bad")));
    assertTrue(hive.attach("queen", Tickets.mint(free, new byte[] {1}, Tickets.Limits.defaults())).accepted());
    assertEquals(full, ack(hive.echo("/a/two", "bad")));
    assertTrue(hive.attach("queen", null).accepted());
    assertEquals(full, ack(hive.echo("/a/two", "bad")));
  }

  @Test
  void readsAreRepeatedOnANewConnectionAndWritesNever() {
    P9Hive hive = queen();
    assertTrue(hive.cat("/a/one").accepted());
    server.breaks.add("read");
    assertTrue(hive.cat("/a/one").accepted());
    assertEquals(2, server.links.size());
    server.breaks.add("write");
    Outcome.Lost before = assertInstanceOf(Outcome.Lost.class, hive.echo("/a/two", "maybe"));
    assertTrue(before.mayHaveHappened());
    server.breaks.add("written");
    Outcome.Lost after = assertInstanceOf(Outcome.Lost.class, hive.echo("/a/two", "once"));
    assertTrue(after.mayHaveHappened());
    server.breaks.add("open");
    assertTrue(hive.echo("/a/two", "sure").accepted(), "what breaks before the write is certain and may be repeated");
    assertEquals(List.of("write /a/two once", "write /a/two sure"), server.log.stream().filter(line -> line.startsWith("write")).toList());
    assertTrue(events.get(0).startsWith("connection to 127.0.0.1:9 lost: broken at read; reconnecting"), events.get(0));
    assertEquals("connected to 127.0.0.1:9 again", events.get(1));
  }

  @Test
  void aRefusedAttachKeepsTheIdentityAndIsNotPresentedAgain() {
    P9Hive hive = queen();
    assertTrue(hive.connect().accepted());
    server.attachErrno = P9Error.EACCES;
    assertEquals("ERR ATTACH reason=denied", ack(hive.attach("worker", "bad")));
    server.attachErrno = P9Error.EAGAIN;
    assertEquals("ERR ATTACH reason=throttled delay_ms=250", ack(hive.attach("queen", null)));
    assertTrue(hive.attached());
    assertTrue(hive.cat("/a/one").accepted());
    server.attachErrno = 0;
    assertEquals("OK ATTACH role=worker-heartbeat[]", ack(hive.attach("worker", "good")));
    assertEquals(1, server.links.get(0).fids.size());
    server.breaks.add("read");
    assertTrue(hive.cat("/a/one").accepted());
    assertEquals("attach worker good", server.log.get(server.log.size() - 1));
  }

  @Test
  void aWrongTokenAndADetachedSessionAreToldAsTheConsoleTellsThem() {
    assertEquals("ERR AUTH reason=invalid-token", ack(hive("wrong", "queen").ping()));
    P9Hive hive = queen();
    assertTrue(hive.ping().accepted());
    assertEquals("OK QUIT[]", ack(hive.detach()));
    assertFalse(hive.attached());
    assertEquals("ERR LS reason=unauthenticated", ack(hive.ls("/")));
    assertEquals("OK PING reply=pong[]", ack(hive.ping()));
    assertEquals("OK ATTACH role=queen[]", ack(hive.attach("queen", null)));
    assertEquals("ERR HELP reason=unsupported detail=console-only error=unsupported over secure9p", ack(hive.help()));
    assertEquals("ERR SMP reason=unsupported", ack(hive.console("SMP")));
    assertEquals("ERR PARSE reason=policy detail=unknown verb", ack(hive.console("sing")));
    assertEquals("ERR FRAME reason=invalid-length", ack(hive.echo("/a/two", "x".repeat(17))));
    hive.close();
    assertInstanceOf(Outcome.Unreachable.class, hive.ping());
  }

  @Test
  void aTapSeesTheConsoleLinesThatACommandStandsFor() {
    P9Hive hive = queen();
    server.files.put("/a/one", "END\nOK then\n\n");
    hive.cat("/a/one");
    hive.ping();
    assertEquals(
        List.of(
            "> AUTH t", "< OK AUTH", "> ATTACH queen ", "< OK ATTACH role=queen", "> CAT /a/one", "< OK CAT path=/a/one data=END|OK then|",
            "< \\END", "< \\OK then", "< \\", "< END", "> PING", "< PONG", "< OK PING reply=pong"),
        lines);
  }
}
