// The client against diod, a 9P2000.L server that knows nothing of this project.
package io.cohesix.secure9p;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("it")
final class DiodTest {
  @TempDir Path folder;
  private Diod diod;
  private Client client;
  private Session session;

  @BeforeEach
  void start() throws Exception {
    diod = Diod.start(folder.toRealPath());
    client = diod.client(ClientOptions.defaults());
    session = diod.session(client);
  }

  @AfterEach
  void stop() throws Exception {
    if (client != null) {
      client.close();
    }
    diod.close();
  }

  private static byte[] bytes(int count, long seed) {
    byte[] bytes = new byte[count];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  void aFileOfManyFramesIsReadWhole() throws Exception {
    byte[] content = bytes(1_000_003, 1);
    Files.write(folder.resolve("big"), content);
    assertArrayEquals(content, session.readAll("/big"));
  }

  @Test
  void aFileLargerThanTheCallersLimitIsRefused() throws Exception {
    Files.write(folder.resolve("big"), bytes(10_000, 1));
    assertEquals(10_000, session.readAll("/big", 10_000).length);
    NinePException why = assertThrows(NinePException.class, () -> session.readAll("/big", 9_999));
    assertEquals("read /big: EFBIG (27): the file is longer than the limit of 9999 bytes", why.getMessage());
    assertFalse(why.isFromServer());
  }

  @Test
  void recordsAreWrittenWhereTheCallerSays() throws Exception {
    Path file = Files.writeString(folder.resolve("f"), "0123456789");
    try (Fid fid = session.open("/f", OpenMode.READ_WRITE)) {
      assertEquals(3, fid.write(4, "abc".getBytes(StandardCharsets.UTF_8)));
      ByteBuffer into = ByteBuffer.allocate(5);
      assertEquals(5, fid.read(3, into));
      assertEquals("3abc7", new String(into.array(), StandardCharsets.UTF_8));
      assertEquals(0, fid.read(10, 100).length);
      fid.fsyncAsync().join();
      fid.setAttrAsync(SetAttr.size(5)).join();
    }
    assertEquals("0123a", Files.readString(file));
  }

  @Test
  void aRecordLargerThanOneWriteIsRefusedBeforeItIsSent() throws Exception {
    Files.writeString(folder.resolve("f"), "");
    try (Fid fid = session.open("/f", OpenMode.WRITE)) {
      int most = fid.ioBytes();
      assertEquals(most, fid.write(0, new byte[most]));
      NinePException why = assertThrows(NinePException.class, () -> fid.write(0, new byte[most + 1]));
      assertEquals(
          "write /f: EMSGSIZE (90): the record has " + (most + 1) + " bytes and one write takes " + most, why.getMessage());
    }
  }

  @Test
  void aPathDeeperThanOneWalkIsSplit() throws Exception {
    String deep = IntStream.range(0, 21).mapToObj(i -> "d" + i).collect(Collectors.joining("/"));
    Files.createDirectories(folder.resolve(deep));
    Files.writeString(folder.resolve(deep).resolve("leaf"), "here");
    assertEquals("here", new String(session.readAll(deep + "/leaf"), StandardCharsets.UTF_8));
    for (String missing : List.of("x", "d0/x", "d0/d1/d2/d3/d4/d5/d6/d7/x", deep + "/x", deep + "/x/y/z")) {
      NinePException why = assertThrows(NinePException.class, () -> session.walk(missing), missing);
      assertEquals("walk /" + missing + ": ENOENT (2): no such file", why.getMessage());
      assertTrue(why.isFromServer());
    }
  }

  @Test
  void aWalkThroughAFileSaysWhatTheServerSays() throws Exception {
    Files.writeString(folder.resolve("f"), "");
    NinePException why = assertThrows(NinePException.class, () -> session.walk("f/x"));
    assertEquals("walk", why.operation());
    assertTrue(List.of("ENOTDIR", "ENOENT").contains(why.errnoName()), why.getMessage());
  }

  @Test
  void namesAreUtf8() throws Exception {
    Files.writeString(folder.resolve("größe-λ-🐝"), "x");
    assertEquals("x", new String(session.readAll("/größe-λ-🐝"), StandardCharsets.UTF_8));
    assertTrue(session.list("/").stream().anyMatch(entry -> entry.name().equals("größe-λ-🐝")));
  }

  @Test
  void aDirectoryOfManyPagesIsListedOnce() throws Exception {
    for (int i = 0; i < 1000; i++) {
      Files.createFile(folder.resolve("entry-with-a-long-name-" + i));
    }
    List<String> names = session.list("/").stream().map(DirEntry::name).filter(name -> name.startsWith("entry")).toList();
    assertEquals(1000, names.size());
    assertEquals(1000, names.stream().distinct().count());
    try (Stream<DirEntry> entries = session.entries("/")) {
      assertEquals(1, entries.filter(entry -> entry.name().equals("entry-with-a-long-name-999")).count());
    }
  }

  @Test
  void attributesAreTold() throws Exception {
    Files.write(folder.resolve("f"), new byte[77]);
    Stat stat = session.stat("/f");
    assertEquals(77, stat.size());
    assertFalse(stat.isDirectory());
    assertTrue(session.stat("/").isDirectory());
    assertEquals(0x01021997, session.statFs("/f").type());
  }

  @Test
  void aRefusalNamesOperationPathAndErrno() throws Exception {
    Files.writeString(folder.resolve("f"), "");
    NinePException why = assertThrows(NinePException.class, () -> session.list("/f"));
    assertEquals("open /f: ENOTDIR (20): not a directory", why.getMessage());
    assertEquals(Errno.ENOTDIR, why.errno());
  }

  @Test
  void thousandsOfRequestsShareTheWindow() throws Exception {
    byte[] content = bytes(4096 * 64, 7);
    Files.write(folder.resolve("f"), content);
    try (Fid fid = session.open("/f", OpenMode.READ)) {
      fid.setTimeout(Duration.ofSeconds(60));
      List<CompletableFuture<byte[]>> reads = new ArrayList<>();
      for (int i = 0; i < 4000; i++) {
        reads.add(fid.readAsync(4096L * (i % 64), 4096));
      }
      for (int i = 0; i < reads.size(); i++) {
        int at = 4096 * (i % 64);
        assertArrayEquals(java.util.Arrays.copyOfRange(content, at, at + 4096), reads.get(i).get());
      }
    }
  }

  @Test
  void forgottenHandlesGiveTheirFidsBack() throws Exception {
    FidTable fids = client.connection().fids();
    for (int i = 0; i < 200; i++) {
      session.walk("/");
    }
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (session.stat("/").isDirectory() && fids.inUse() > 20) {
      assertTrue(System.nanoTime() < deadline, "fids in use: " + fids.inUse());
      System.gc();
    }
  }

  @Test
  void aClosedHandleIsRefusedHereAndASecondCloseDoesNothing() {
    Fid fid = session.walk("/");
    fid.clunk();
    fid.close();
    NinePException why = assertThrows(NinePException.class, fid::stat);
    assertEquals("stat /: EBADF (9): the handle was closed", why.getMessage());
  }

  @Test
  void whatIsAskedAfterTheCloseIsRefused() {
    Fid fid = session.walk("/");
    client.close();
    ConnectionLostException why = assertThrows(ConnectionLostException.class, fid::stat);
    assertEquals("stat /: ESHUTDOWN (108): the connection was closed on this side", why.getMessage());
    assertFalse(client.isOpen());
  }
}
