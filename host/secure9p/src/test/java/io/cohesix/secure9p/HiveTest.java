// The client against a hive: both ways of authentication, the tree, rings, refusals.
package io.cohesix.secure9p;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("it")
final class HiveTest {
  private static final String TOKEN = "changeme";
  /** Role worker-heartbeat, subject worker-1, of the development manifest (spec/tickets.md, "Vectors"). */
  private static final String WORKER_1 =
      "cohesix-ticket-0101080800776f726b65722d31000000000000000000000000"
          + ".ea7bee86230e67031e6e758fa01c00eaa9c1f0bfff4b41548424a3df0356cff9";

  private Hosted hive;
  private Client client;

  @BeforeEach
  void start() throws Exception {
    hive = Hosted.start();
    client = Client.connect(hive.address, ClientOptions.defaults());
  }

  @AfterEach
  void stop() throws Exception {
    if (client != null) {
      client.close();
    }
    hive.close();
  }

  private Session queen() {
    return client.attach(Login.token("queen", TOKEN, null));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aTokenByAfidAndOneInTheAnameAttach() {
    for (Login login : List.of(Login.token("queen", TOKEN, null), Login.aname(TOKEN, null, null), Login.aname(TOKEN, "queen", null))) {
      try (Client own = Client.connect(hive.address, ClientOptions.defaults());
          Session session = own.attach(login)) {
        assertTrue(text(session.readAll("/proc/boot")).contains("manifest.sha256="), login::toString);
      }
    }
  }

  @Test
  void aWrongTokenIsRefusedBothWays() {
    for (Login login : List.of(Login.token("queen", "wrong", null), Login.aname("wrong", "queen", null))) {
      try (Client own = Client.connect(hive.address, ClientOptions.defaults())) {
        NinePException why = assertThrows(NinePException.class, () -> own.attach(login));
        assertEquals("EACCES", why.errnoName(), why.getMessage());
        assertFalse(why.getMessage().contains("wrong"), why.getMessage());
      }
    }
  }

  @Test
  void aWorkerSeesItsOwnPlaceAndNoMore() {
    Session queen = queen();
    queen.write("/queen/ctl", bytes("{\"spawn\":\"heartbeat\",\"ticks\":1000}\n"));
    for (Login login : List.of(Login.token("worker-heartbeat", TOKEN, WORKER_1), Login.aname(TOKEN, null, WORKER_1))) {
      try (Client own = Client.connect(hive.address, ClientOptions.defaults());
          Session worker = own.attach(login)) {
        assertEquals(List.of("worker-1"), worker.list("/worker").stream().map(DirEntry::name).toList());
        NinePException why = assertThrows(NinePException.class, () -> worker.readAll("/queen/ctl"));
        assertEquals("walk /queen/ctl: EPERM (1): not permitted", why.getMessage());
      }
    }
  }

  @Test
  void theTreeIsListedReadAndToldOf() {
    Session queen = queen();
    List<String> names = queen.list("/").stream().map(DirEntry::name).toList();
    assertTrue(names.containsAll(List.of("log", "proc", "queen")), names::toString);
    assertEquals(names.stream().sorted().toList(), names);
    assertTrue(queen.stat("/proc").isDirectory());
    assertEquals(0100400, queen.stat("/proc/boot").mode());
    assertEquals(queen.readAll("/proc/boot").length, queen.stat("/proc/boot").size());
    assertEquals(0x01021997, queen.statFs("/").type());
  }

  @Test
  void badPathsAreRefusedWithoutEffect() {
    Session queen = queen();
    for (String bad : List.of("/..", "/proc/..", "/proc/../queen/ctl", "/proc//boot", "/./proc", "/proc/" + "n".repeat(256), "/nothing")) {
      NinePException why = assertThrows(NinePException.class, () -> queen.walk(bad), bad);
      assertTrue(why.isFromServer(), why.getMessage());
      assertTrue(List.of("ENOENT", "EINVAL").contains(why.errnoName()), why.getMessage());
    }
    assertTrue(client.isOpen());
    assertEquals("ENOTDIR", assertThrows(NinePException.class, () -> queen.list("/proc/boot")).errnoName());
    assertEquals("EPERM", assertThrows(NinePException.class, () -> queen.write("/proc/boot", bytes("x\n"))).errnoName());
  }

  /** A walk that is asked again where it ended is refused again, and a hive counts that. */
  @Test
  void aWalkAtOnceIsRefusedOnce() {
    Session queen = queen();
    try (Fid boot = queen.root().walkAtOnce("proc/boot");
        Fid same = queen.root().walkAtOnce("")) {
      assertEquals("/proc/boot", boot.path());
      assertTrue(same.qid().isDirectory());
    }
    long before = refusals(queen);
    NinePException why = assertThrows(NinePException.class, () -> queen.root().walkAtOnce("proc/nothing/there"));
    assertEquals("walk /proc/nothing/there: ENOENT (2): no such file", why.getMessage());
    assertEquals(before + 1, refusals(queen));
    assertThrows(NinePException.class, () -> queen.root().walkAtOnce("a/b/c/d/e/f/g/h/i"));
  }

  private static long refusals(Session session) {
    return Long.parseLong(text(session.readAll("/proc/pressure/policy")).strip().replaceAll("[^0-9]", ""));
  }

  @Test
  void aRemoveIsRefusedAndItsFidIsGone() throws Exception {
    Session queen = queen();
    Fid fid = queen.walk("/log/queen.log");
    CompletableFuture<Void> removal = fid.removeAsync();
    assertEquals(
        "EPERM",
        ((NinePException) assertThrows(java.util.concurrent.ExecutionException.class, removal::get).getCause()).errnoName());
    assertEquals(fid.number(), queen.walk("/log").number());
  }

  @Test
  void aRingIsReadAtAbsolutePositions() {
    Session queen = queen();
    String[] pos = text(queen.readAll("/log/queen.log.pos")).trim().split("[= ]");
    long oldest = Long.parseUnsignedLong(pos[1]);
    long next = Long.parseUnsignedLong(pos[3]);
    assertTrue(next > oldest);
    queen.write("/log/queen.log", bytes("a line of the test\n"));
    byte[] appended = queen.read("/log/queen.log", Positions.absolute(next), 4096);
    assertTrue(text(appended).contains("a line of the test"), text(appended));
  }

  @Test
  void aBatchOfRecordsKeepsItsOrderAndEachHasItsOwnOutcome() {
    Session queen = queen();
    List<byte[]> records = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      records.add(i == 20 ? new byte[client.msize()] : bytes("batch record " + i + "\n"));
    }
    List<Session.BatchResult> results = queen.writeBatch("/log/queen.log", records);
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      NinePException failure = results.get(i).failure();
      if (i == 20) {
        assertEquals("EMSGSIZE", failure == null ? "" : failure.errnoName());
      } else {
        assertEquals(records.get(i).length, results.get(i).taken());
        expected.append(i).append(' ');
      }
    }
    StringBuilder seen = new StringBuilder();
    Matcher lines = Pattern.compile("batch record (\\d+)\n").matcher(text(queen.readAll("/log/queen.log")));
    while (lines.find()) {
      seen.append(lines.group(1)).append(' ');
    }
    // The log may have forgotten the first of them.
    assertTrue(seen.length() > 0 && expected.toString().endsWith(seen.toString()), seen::toString);
  }

  @Test
  void readsShareTheWindowAndAllComeBack() throws Exception {
    Session queen = queen();
    byte[] whole = queen.readAll("/proc/boot");
    try (Fid boot = queen.open("/proc/boot", OpenMode.READ)) {
      // Asked for all at once: the last one waits for all the others, however slow the machine is.
      boot.setTimeout(Duration.ofSeconds(60));
      List<CompletableFuture<byte[]>> reads = new ArrayList<>();
      for (int i = 0; i < 10_000; i++) {
        reads.add(boot.readAsync(i % whole.length, 16));
      }
      for (int i = 0; i < reads.size(); i++) {
        int at = i % whole.length;
        int end = Math.min(whole.length, at + 16);
        assertEquals(ByteBuffer.wrap(whole, at, end - at), ByteBuffer.wrap(reads.get(i).get()), "read " + i);
      }
    }
  }

  @Test
  void moreFidsThanTheHiveGivesAreRefusedAndFreedOnesServeAgain() {
    Session queen = queen();
    List<Fid> open = new ArrayList<>();
    NinePException why =
        assertThrows(
            NinePException.class,
            () -> {
              for (int i = 0; i < 200; i++) {
                open.add(queen.walk("/proc"));
              }
            });
    assertEquals("EDQUOT", why.errnoName(), why.getMessage());
    open.forEach(Fid::close);
    assertTrue(queen.stat("/proc").isDirectory());
  }
}
