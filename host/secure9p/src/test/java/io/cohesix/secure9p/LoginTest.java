// How an identity goes over the wire, and that no secret comes back in a text.
package io.cohesix.secure9p;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LoginTest {
  private Peer peer;
  private Client client;

  @BeforeEach
  void connect() throws Exception {
    peer = new Peer();
    client = peer.client(ClientOptions.defaults());
  }

  @AfterEach
  void close() throws Exception {
    peer.close();
    client.close();
  }

  private static NinePException refused(CompletableFuture<?> future) {
    return assertInstanceOf(
        NinePException.class,
        assertThrows(ExecutionException.class, () -> future.get(10, TimeUnit.SECONDS)).getCause());
  }

  @Test
  void aTokenIsWrittenToTheAfidBeforeTheTicketIsShown() throws Exception {
    CompletableFuture<Session> session = client.attachAsync(Login.token("queen", "s3cret", "t1cket").withUid(7));
    Request.Auth auth = peer.next(Request.Auth.class);
    assertEquals(List.of("queen", "", 7), List.of(auth.uname(), auth.aname(), auth.nUname()));
    peer.reply(new Reply.Auth(auth.tag(), new Qid(Wire.QTAUTH, 0, 9)));
    Request.Write token = peer.next(Request.Write.class);
    assertEquals(auth.afid(), token.fid());
    assertEquals("s3cret", StandardCharsets.UTF_8.decode(token.data()).toString());
    peer.reply(new Reply.Write(token.tag(), 6));
    Request.Attach attach = peer.next(Request.Attach.class);
    assertEquals(auth.afid(), attach.afid());
    assertEquals(List.of("queen", "t1cket", 7), List.of(attach.uname(), attach.aname(), attach.nUname()));
    peer.reply(new Reply.Attach(attach.tag(), Peer.DIR));
    assertEquals("/", Peer.soon(session).root().path());
    assertEquals(auth.afid(), peer.next(Request.Clunk.class).fid(), "the afid is given back");
  }

  @Test
  void theAnameOfStockClientsHasAllInOne() throws Exception {
    client.attachAsync(Login.aname("s3cret", "worker-gpu", "t1cket"));
    Request.Attach attach = peer.next(Request.Attach.class);
    assertEquals(Wire.NOFID, attach.afid());
    assertEquals("worker-gpu", attach.uname());
    assertEquals("auth=s3cret;role=worker-gpu;ticket=t1cket", attach.aname());
    client.attachAsync(Login.aname("s3cret", null, null));
    Request.Attach shortest = peer.next(Request.Attach.class);
    assertEquals(List.of("", "auth=s3cret"), List.of(shortest.uname(), shortest.aname()));
  }

  @Test
  void aRefusedTokenGivesItsAfidBackAndSaysNoSecret() throws Exception {
    CompletableFuture<Session> session = client.attachAsync(Login.token("queen", "s3cret", "t1cket"));
    Request.Auth auth = peer.next(Request.Auth.class);
    peer.reply(new Reply.Auth(auth.tag(), new Qid(Wire.QTAUTH, 0, 9)));
    peer.reply(new Reply.Refused(peer.next(Request.Write.class).tag(), Errno.EACCES));
    assertEquals("auth: EACCES (13): authentication or access denied", refused(session).getMessage());
    assertEquals(auth.afid(), peer.next(Request.Clunk.class).fid());
    peer.reply(new Reply.Clunk(0));
    CompletableFuture<Session> second = client.attachAsync(Login.aname("s3cret", "queen", "t1cket"));
    Request.Attach attach = peer.next(Request.Attach.class);
    assertEquals(auth.afid(), attach.fid(), "the afid's number is used again");
    peer.reply(new Reply.Refused(attach.tag(), Errno.EACCES));
    assertEquals("attach /: EACCES (13): authentication or access denied", refused(second).getMessage());
  }

  @Test
  void noTextShowsASecret() {
    for (Object each :
        List.of(
            Login.token("queen", "s3cret", "t1cket"),
            Login.aname("s3cret", "queen", "t1cket"),
            new Request.Auth(1, 2, "queen", "auth=s3cret", 0),
            new Request.Attach(1, 2, 3, "queen", "auth=s3cret;ticket=t1cket", 0))) {
      assertFalse(each.toString().contains("s3cret") || each.toString().contains("t1cket"), each::toString);
    }
  }

  @Test
  void aSocketOfTheCallersServesToo(@TempDir Path folder) throws Exception {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address)) {
      CompletableFuture<Client> connecting =
          Peer.aside(() -> Client.over(SocketChannel.open(address), "the hive", ClientOptions.defaults()));
      try (SocketChannel server = listener.accept()) {
        ByteBuffer version = ByteBuffer.allocate(21);
        while (version.hasRemaining()) {
          server.read(version);
        }
        assertEquals("9P2000.L", ((Request.Version) Codec.decodeRequest(version.flip())).version());
        server.write(ByteBuffer.wrap(Peer.frame(new Reply.Version(Wire.NOTAG, 8192, "9P2000.L"))));
        Peer.soon(connecting).close();
      }
    }
  }
}
