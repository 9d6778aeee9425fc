// The client against a server that does everything that the protocol allows, and much that it does not.
package io.cohesix.secure9p;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ClientTest {
  /** Nothing in these tests waits for it. */
  private static final ClientOptions PATIENT =
      ClientOptions.defaults().withWindow(4).withRequestTimeout(Duration.ofSeconds(60));

  private final List<Client> clients = new ArrayList<>();
  private Peer peer;

  @BeforeEach
  void listen() throws Exception {
    peer = new Peer();
  }

  @AfterEach
  void close() throws Exception {
    peer.close();
    clients.forEach(Client::close);
  }

  private Fid file(ClientOptions options) throws Exception {
    Client client = peer.client(options);
    clients.add(client);
    return peer.open(peer.session(client), "f");
  }

  private static <E extends Throwable> E cause(Class<E> type, CompletableFuture<?> future) {
    return assertInstanceOf(
        type, assertThrows(ExecutionException.class, () -> future.get(10, TimeUnit.SECONDS)).getCause());
  }

  private static String text(CompletableFuture<byte[]> bytes) throws Exception {
    return new String(Peer.soon(bytes), StandardCharsets.UTF_8);
  }

  @Test
  void repliesFindTheirRequestsInAnyOrder() throws Exception {
    Fid file = file(PATIENT);
    var a = file.readAsync(0, 10);
    var b = file.readAsync(10, 10);
    var c = file.readAsync(20, 10);
    int first = peer.next(Request.Read.class).tag();
    int second = peer.next(Request.Read.class).tag();
    int third = peer.next(Request.Read.class).tag();
    peer.reply(
        new Reply.Read(third, Peer.text("third")),
        new Reply.Refused(first, Errno.EAGAIN),
        new Reply.Read(second, Peer.text("second")));
    assertEquals("third", text(c));
    assertEquals("second", text(b));
    NinePException why = cause(NinePException.class, a);
    assertEquals("read /f: EAGAIN (11): rate-limited, try again later", why.getMessage());
    assertTrue(why.isFromServer());
  }

  @Test
  void neverMoreThanTheWindowIsInFlightAndNoTagTwice() throws Exception {
    Fid file = file(PATIENT);
    List<CompletableFuture<byte[]>> reads = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      reads.add(file.readAsync(i, 8));
    }
    Random random = new Random(3);
    Set<Integer> tags = new HashSet<>();
    List<Request.Read> held = new ArrayList<>();
    for (int seen = 0; seen < 2000 || !held.isEmpty(); ) {
      if (seen < 2000 && held.size() < 4 && (held.isEmpty() || random.nextBoolean())) {
        Request.Read read = peer.next(Request.Read.class);
        assertTrue(tags.add(read.tag()), "tag " + read.tag() + " was in flight");
        assertTrue(read.tag() < 4, "tag " + read.tag());
        assertEquals(seen++, read.offset());
        held.add(read);
      } else {
        Request.Read read = held.remove(random.nextInt(held.size()));
        tags.remove(read.tag());
        peer.reply(new Reply.Read(read.tag(), Peer.text("at " + read.offset())));
      }
    }
    for (int i = 0; i < 2000; i++) {
      assertEquals("at " + i, text(reads.get(i)));
    }
  }

  @Test
  void repliesMayComeByteByByteOrManyAtOnce() throws Exception {
    Fid file = file(PATIENT);
    var slow = file.readAsync(0, 100);
    for (byte each : Peer.frame(new Reply.Read(peer.next().tag(), Peer.text("slowly")))) {
      peer.raw(new byte[] {each});
    }
    assertEquals("slowly", text(slow));
    var a = file.readAsync(0, 100);
    var b = file.readAsync(1, 100);
    peer.reply(new Reply.Read(peer.next().tag(), Peer.text("a")), new Reply.Read(peer.next().tag(), Peer.text("b")));
    assertEquals("a", text(a));
    assertEquals("b", text(b));
  }

  @Test
  void aCancelledRequestIsFlushedAndItsTagRestsUntilRflush() throws Exception {
    Fid file = file(PATIENT.withWindow(1));
    var cancelled = file.readAsync(0, 10);
    Request.Read read = peer.next(Request.Read.class);
    cancelled.cancel(true);
    Request.Flush flush = peer.next(Request.Flush.class);
    assertEquals(read.tag(), flush.oldTag());
    assertFalse(flush.tag() == read.tag());
    // The reply crosses the flush: the tag still is not free.
    peer.reply(new Reply.Read(read.tag(), Peer.text("too late")));
    var next = file.readAsync(7, 10);
    var after = file.readAsync(8, 10);
    peer.reply(new Reply.Flush(flush.tag()));
    Request.Read again = peer.next(Request.Read.class);
    assertEquals(7, again.offset());
    peer.reply(new Reply.Read(again.tag(), Peer.text("next")));
    assertEquals("next", text(next));
    peer.reply(new Reply.Read(peer.next(Request.Read.class).tag(), Peer.text("after")));
    assertEquals("after", text(after));
  }

  @Test
  void aCancelledRequestThatWasNotSentIsNeverSent() throws Exception {
    Fid file = file(PATIENT.withWindow(1));
    var first = file.readAsync(0, 10);
    Request.Read read = peer.next(Request.Read.class);
    var second = file.writeAsync(1, ByteBuffer.allocate(1));
    var third = file.readAsync(2, 10);
    second.cancel(true);
    peer.reply(new Reply.Read(read.tag(), Peer.text("first")));
    assertEquals("first", text(first));
    Request.Read sent = peer.next(Request.Read.class);
    assertEquals(2, sent.offset());
    peer.reply(new Reply.Read(sent.tag(), Peer.text("third")));
    assertEquals("third", text(third));
  }

  @Test
  void aTimeOutOfTheFutureFlushesToo() throws Exception {
    Fid file = file(PATIENT);
    var read = file.readAsync(0, 10);
    int tag = peer.next(Request.Read.class).tag();
    read.orTimeout(1, TimeUnit.MILLISECONDS);
    assertEquals(tag, peer.next(Request.Flush.class).oldTag());
    cause(TimeoutException.class, read);
  }

  @Test
  void aWalkThatWasCancelledTooLateIsClunked() throws Exception {
    Fid file = file(PATIENT);
    var walk = file.walkAsync("x");
    Request.Walk sent = peer.next(Request.Walk.class);
    walk.cancel(true);
    Request.Flush flush = peer.next(Request.Flush.class);
    peer.reply(new Reply.Walk(sent.tag(), List.of(Peer.FILE)), new Reply.Flush(flush.tag()));
    assertEquals(sent.newFid(), peer.next(Request.Clunk.class).fid());
  }

  @Test
  void aWalkThatWasCancelledInTimeLeavesItsFidFree() throws Exception {
    Fid file = file(PATIENT);
    var walk = file.walkAsync("x");
    Request.Walk sent = peer.next(Request.Walk.class);
    walk.cancel(true);
    peer.reply(new Reply.Flush(peer.next(Request.Flush.class).tag()));
    // A request behind the Rflush shows that it has been taken in.
    var stat = file.readAsync(0, 1);
    peer.reply(new Reply.Read(peer.next(Request.Read.class).tag(), Peer.text("")));
    Peer.soon(stat);
    file.walkAsync("y");
    assertEquals(sent.newFid(), peer.next(Request.Walk.class).newFid());
  }

  @Test
  void aRefusedFlushIsSentAgain() throws Exception {
    Fid file = file(PATIENT);
    var read = file.readAsync(0, 10);
    int tag = peer.next(Request.Read.class).tag();
    read.cancel(true);
    for (int i = 0; i < 3; i++) {
      Request.Flush flush = peer.next(Request.Flush.class);
      assertEquals(tag, flush.oldTag());
      peer.reply(new Reply.Refused(flush.tag(), Errno.EBUSY));
    }
    peer.reply(new Reply.Flush(peer.next(Request.Flush.class).tag()));
    var next = file.readAsync(0, 10);
    peer.reply(new Reply.Read(peer.next(Request.Read.class).tag(), Peer.text("well")));
    assertEquals("well", text(next));
  }

  @Test
  void aLateReadFailsAndIsFlushed() throws Exception {
    Fid file = file(PATIENT);
    file.setTimeout(Duration.ofMillis(20));
    var read = file.readAsync(0, 10);
    int tag = peer.next(Request.Read.class).tag();
    assertEquals("read /f: ETIMEDOUT (110): no answer within 20 ms", cause(NinePException.class, read).getMessage());
    assertEquals(tag, peer.next(Request.Flush.class).oldTag());
  }

  @Test
  void aLateWriteHasAnUnknownOutcome() throws Exception {
    Fid file = file(PATIENT);
    file.setTimeout(Duration.ofMillis(20));
    var write = file.writeAsync(0, Peer.text("once"));
    assertEquals(
        "write /f: ETIMEDOUT (110): no answer within 20 ms; it may have been done or not, read back before repeating it",
        cause(UnknownOutcomeException.class, write).getMessage());
  }

  @Test
  void aWriteThatWasNeverSentIsKnownNotToBeDone() throws Exception {
    Fid file = file(PATIENT.withWindow(1));
    file.readAsync(0, 10);
    file.setTimeout(Duration.ofMillis(20));
    var write = file.writeAsync(0, Peer.text("never"));
    NinePException why = cause(NinePException.class, write);
    assertEquals("write /f: ETIMEDOUT (110): no answer within 20 ms", why.getMessage());
    assertFalse(why instanceof UnknownOutcomeException);
  }

  @Test
  void aServerThatAnswersNoFlushIsGivenUp() throws Exception {
    Fid file = file(PATIENT);
    file.setTimeout(Duration.ofMillis(20));
    cause(NinePException.class, file.readAsync(0, 10));
    Peer.soon(clients.get(0).ended());
    ConnectionLostException why = cause(ConnectionLostException.class, file.statAsync());
    assertEquals(
        "stat /f: ETIMEDOUT (110): the server does not answer: a Tflush was not answered within 20 ms", why.getMessage());
    peer.next(Request.Read.class);
    peer.next(Request.Flush.class);
    assertTrue(peer.atEnd());
  }

  @Test
  void whatBreaksTheProtocolEndsTheConnectionWithAReason() throws Exception {
    String[][] cases = {
      {"a tag that is not in flight", "0700000079", "0300", "a reply has tag 3, which is not in flight"},
      {"a tag beyond all", "0700000079", "feff", "a reply has tag 65534, which is not in flight"},
      {"a flush that nobody asked for", "070000006d", "0400", "a reply has tag 4, which is not in flight"},
      {"another type", "0700000079", "0000", "a read was answered with type 121"},
      {"a request", "0b00000078", "000000000000", "type 120 is no reply that is served"},
      {"more data than asked", "1100000075", "000006000000414243444546", "a read of 5 bytes was answered with 6"},
      {"a count beyond the frame", "0c00000075", "00000600000041", "malformed frame: count is 6 and the frame has 1"},
      {"a size below the header", "06000000", "", "broken frame: its size field says 6, at least 7 is needed"},
      {"a size above msize", "01200000", "", "broken frame: its size field says 8193 and msize is 8192"},
      {"the largest size", "ffffffff", "", "broken frame: its size field says 4294967295 and msize is 8192"},
    };
    for (String[] each : cases) {
      Fid file = file(PATIENT);
      var read = file.readAsync(0, 5);
      var write = file.writeAsync(0, Peer.text("x"));
      assertEquals(0, peer.next(Request.Read.class).tag(), each[0]);
      peer.next(Request.Write.class);
      peer.raw(HexFormat.of().parseHex(each[1] + each[2]));
      ConnectionLostException lost = cause(ConnectionLostException.class, read);
      assertTrue(
          lost.getMessage().startsWith("read /f: EPROTO (71): the server broke the protocol: " + each[3]),
          each[0] + ": " + lost.getMessage());
      cause(UnknownOutcomeException.class, write);
      assertTrue(peer.atEnd(), each[0]);
      peer.hangUp();
    }
  }

  @Test
  void aSecondReplyWithTheSameTagEndsTheConnection() throws Exception {
    Fid file = file(PATIENT);
    var read = file.readAsync(0, 5);
    int tag = peer.next(Request.Read.class).tag();
    peer.reply(new Reply.Read(tag, Peer.text("one")), new Reply.Read(tag, Peer.text("two")));
    assertEquals("one", text(read));
    Peer.soon(clients.get(0).ended());
    assertEquals(Errno.EPROTO, cause(ConnectionLostException.class, file.statAsync()).errno());
  }

  @Test
  void moreBytesTakenThanWrittenAndMoreQidsThanNamesEndTheConnection() throws Exception {
    Fid first = file(PATIENT);
    var write = first.writeAsync(0, Peer.text("abc"));
    peer.reply(new Reply.Write(peer.next(Request.Write.class).tag(), 4));
    UnknownOutcomeException unknown = cause(UnknownOutcomeException.class, write);
    assertTrue(unknown.getMessage().contains("a write of 3 bytes was answered with 4"), unknown.getMessage());
    peer.hangUp();
    Fid second = file(PATIENT);
    var walk = second.walkAsync("a");
    peer.reply(new Reply.Walk(peer.next(Request.Walk.class).tag(), List.of(Peer.FILE, Peer.FILE)));
    ConnectionLostException lost = cause(ConnectionLostException.class, walk);
    assertTrue(lost.getMessage().contains("a walk of 1 names was answered with 2 qids"), lost.getMessage());
  }

  @Test
  void aServerThatDiesInTheMiddleOfAReplyLosesNothingOfWhatIsKnown() throws Exception {
    Fid file = file(PATIENT.withWindow(3));
    var read = file.readAsync(0, 100);
    var half = file.readAsync(1, 100);
    var sent = file.writeAsync(2, Peer.text("sent"));
    var unsent = file.writeAsync(3, Peer.text("unsent"));
    int tag = peer.next(Request.Read.class).tag();
    int halfTag = peer.next(Request.Read.class).tag();
    peer.next(Request.Write.class);
    byte[] frame = Peer.frame(new Reply.Read(halfTag, Peer.text("cut in the middle")));
    peer.reply(new Reply.Refused(tag, Errno.EIO));
    cause(NinePException.class, read);
    peer.next(Request.Write.class);
    peer.raw(java.util.Arrays.copyOf(frame, 20));
    peer.hangUp();
    ConnectionLostException lost = cause(ConnectionLostException.class, half);
    assertEquals(
        "read /f: ECONNRESET (104): the connection to 127.0.0.1:"
            + peer.address().getPort()
            + " was lost: the server closed the connection in the middle of a frame, 20 bytes into it",
        lost.getMessage().replace("localhost", "127.0.0.1"));
    cause(UnknownOutcomeException.class, sent);
    cause(UnknownOutcomeException.class, unsent);
    assertFalse(clients.get(0).isOpen());
  }

  @Test
  void whatNeverLeftThisMachineIsKnownNotToBeDone() throws Exception {
    Fid file = file(PATIENT.withWindow(1));
    var sent = file.writeAsync(0, Peer.text("sent"));
    var unsent = file.writeAsync(1, Peer.text("unsent"));
    peer.next(Request.Write.class);
    peer.hangUp();
    cause(UnknownOutcomeException.class, sent);
    cause(ConnectionLostException.class, unsent);
  }

  @Test
  void aServerOfAnotherVersionIsToldFromABrokenOne() throws Exception {
    Object[][] cases = {
      {new Reply.Version(Wire.NOTAG, 8192, "unknown"), Errno.EOPNOTSUPP},
      {new Reply.Version(Wire.NOTAG, 8193, "9P2000.L"), Errno.EPROTO},
      {new Reply.Version(Wire.NOTAG, 64, "9P2000.L"), Errno.EPROTO},
      {new Reply.Version(0, 8192, "9P2000.L"), Errno.EPROTO},
      {new Reply.Refused(Wire.NOTAG, Errno.EIO), Errno.EPROTO},
    };
    for (Object[] each : cases) {
      var client = Peer.aside(() -> Client.connect(peer.address(), PATIENT));
      peer.accept();
      peer.next(Request.Version.class);
      peer.reply((Reply) each[0]);
      assertEquals(each[1], cause(ConnectionLostException.class, client).errno(), each[0]::toString);
      peer.hangUp();
    }
    var client =
        Peer.aside(() -> Client.connect(peer.address(), PATIENT.withConnectTimeout(Duration.ofMillis(30))));
    peer.accept();
    assertTrue(cause(ConnectionLostException.class, client).getMessage().endsWith("no Rversion within 30 ms"));
    peer.next(Request.Version.class);
    assertTrue(peer.atEnd());
  }

  @Test
  void aPortThatNobodyListensOnIsSaidSo() throws Exception {
    // Bound and not listening: nobody else can get the port meanwhile.
    try (Socket taken = new Socket()) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      InetSocketAddress address = new InetSocketAddress(taken.getLocalAddress(), taken.getLocalPort());
      ConnectionLostException why =
          assertThrows(ConnectionLostException.class, () -> Client.connect(address, PATIENT));
      assertEquals(Errno.EHOSTUNREACH, why.errno());
    }
  }

  @Test
  void aSmallerMsizeIsKept() throws Exception {
    var connecting = Peer.aside(() -> Client.connect(peer.address(), PATIENT));
    peer.accept();
    peer.next(Request.Version.class);
    peer.reply(new Reply.Version(Wire.NOTAG, 4120, "9P2000.L"));
    Client client = Peer.soon(connecting);
    clients.add(client);
    assertEquals(4120, client.msize());
    Fid file = peer.open(peer.session(client), "f");
    assertEquals(4096, file.ioBytes());
    file.readAsync(0, 100_000);
    assertEquals(4096, peer.next(Request.Read.class).count());
    assertEquals(Errno.EMSGSIZE, cause(NinePException.class, file.writeAsync(0, ByteBuffer.allocate(4097))).errno());
    String longName = "n".repeat(255);
    var walk = file.walkAsync(String.join("/", java.util.Collections.nCopies(8, longName + longName + longName)));
    assertEquals(
        "EMSGSIZE (90): the request is larger than msize, 4120 bytes",
        cause(NinePException.class, walk).getMessage().replaceAll("^walk .*: EM", "EM"));
  }

  @Test
  void aNameWithoutAFormOnTheWireIsRefusedHere() throws Exception {
    Fid file = file(PATIENT);
    for (String name : List.of("a\0b", "half \ud800 pair", "n".repeat(70_000))) {
      assertEquals(Errno.EINVAL, cause(NinePException.class, file.walkAsync(name)).errno());
    }
    file.walkAsync("fine");
    Request.Walk walk = peer.next(Request.Walk.class);
    assertEquals(List.of("fine"), walk.names());
    assertEquals(2, walk.newFid(), "the refused walks' fid is used again");
  }

  @Test
  void aPartialWalkIsWalkedAgainToLearnWhy() throws Exception {
    Fid file = file(PATIENT);
    var walk = file.walkAsync("a/b/c");
    Request.Walk first = peer.next(Request.Walk.class);
    peer.reply(new Reply.Walk(first.tag(), List.of(Peer.DIR)));
    Request.Walk second = peer.next(Request.Walk.class);
    assertEquals(List.of("a"), second.names());
    peer.reply(new Reply.Walk(second.tag(), List.of(Peer.DIR)));
    Request.Walk third = peer.next(Request.Walk.class);
    assertEquals(List.of("b"), third.names());
    assertEquals(second.newFid(), third.fid());
    peer.reply(new Reply.Refused(third.tag(), Errno.EPERM));
    assertEquals("walk /f/a/b/c: EPERM (1): not permitted", cause(NinePException.class, walk).getMessage());
    assertEquals(second.newFid(), peer.next(Request.Clunk.class).fid());
  }

  @Test
  void aSignOfLifeIsSentWhenNothingElseIsAndASilentServerIsGivenUp() throws Exception {
    Client client =
        peer.client(PATIENT.withHeartbeat(Duration.ofMillis(20)).withRequestTimeout(Duration.ofSeconds(2)));
    clients.add(client);
    peer.session(client);
    for (int i = 0; i < 3; i++) {
      Request.Flush beat = peer.next(Request.Flush.class);
      peer.reply(new Reply.Flush(beat.tag()));
    }
    peer.next(Request.Flush.class);
    Peer.soon(client.ended());
    assertTrue(peer.atEnd());
  }

  @Test
  void aBlockingCallInACallbackIsRefusedInsteadOfHanging() throws Exception {
    Fid file = file(PATIENT);
    var both = file.readAsync(0, 10).thenApply(bytes -> file.read(1, 10));
    peer.reply(new Reply.Read(peer.next(Request.Read.class).tag(), Peer.text("x")));
    cause(IllegalStateException.class, both);
  }

  @Test
  void anInterruptedWriteHasAnUnknownOutcomeAndIsFlushed() throws Exception {
    Fid file = file(PATIENT);
    CompletableFuture<Throwable> seen = new CompletableFuture<>();
    Thread writer =
        new Thread(
            () -> {
              try {
                file.write(0, new byte[3]);
              } catch (NinePException e) {
                seen.complete(e);
              }
            });
    writer.start();
    int tag = peer.next(Request.Write.class).tag();
    writer.interrupt();
    assertInstanceOf(UnknownOutcomeException.class, Peer.soon(seen));
    assertEquals(tag, peer.next(Request.Flush.class).oldTag());
    writer.join();
  }

  @Test
  void closingLetsWhatIsInFlightFinish() throws Exception {
    Fid file = file(PATIENT.withWindow(1));
    var write = file.writeAsync(0, Peer.text("x"));
    var waiting = file.writeAsync(0, Peer.text("y"));
    Request.Write sent = peer.next(Request.Write.class);
    clients.get(0).connection().close();
    peer.reply(new Reply.Write(sent.tag(), 1));
    assertEquals(1, Peer.soon(write));
    clients.get(0).close();
    assertEquals(Errno.ESHUTDOWN, cause(ConnectionLostException.class, waiting).errno());
    assertTrue(peer.atEnd());
  }
}
