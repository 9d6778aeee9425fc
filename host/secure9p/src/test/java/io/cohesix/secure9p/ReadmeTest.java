// The example of the README, compiled and run as it stands there.
package io.cohesix.secure9p;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("it")
final class ReadmeTest {
  @Test
  void theExampleRuns() throws Exception {
    try (Hosted hive = Hosted.start()) {
      example(hive.address.getPort(), "changeme");
    }
  }

  private static void example(int port, String token) throws Exception {
    // example:start
    var address = new InetSocketAddress("127.0.0.1", port);
    try (Client client = Client.connect(address, ClientOptions.defaults());
        Session queen = client.attach(Login.token("queen", token, null))) {
      String boot = new String(queen.readAll("/proc/boot"), UTF_8);
      List<String> names = queen.list("/proc").stream().map(DirEntry::name).toList();
      queen.write("/queen/ctl", "{\"spawn\":\"heartbeat\",\"ticks\":100}\n".getBytes(UTF_8));

      // Many requests in flight on the one connection; cancelling one flushes it.
      try (Fid file = queen.open("/proc/boot", OpenMode.READ)) {
        CompletableFuture<byte[]> head = file.readAsync(0, 64);
        CompletableFuture<byte[]> tail = file.readAsync(64, 64);
        assertTrue(boot.startsWith(new String(head.get(), UTF_8) + new String(tail.get(), UTF_8)));
      }
      assertEquals("ENOENT", assertThrows(NinePException.class, () -> queen.stat("/nothing")).errnoName());
      assertTrue(names.contains("boot"));
    }
    try (var pool = new SessionPool(address, Login.aname(token, "queen", null), PoolPolicy.defaults(), System.err::println);
        Tail log = pool.tail("/log/queen.log", TailStart.oldest())) {
      assertTrue(log.next() instanceof TailEvent.Data data && data.position() == 0 && !data.text().isEmpty());
    }
    // example:end
  }

  @Test
  void theExampleIsTheReadmes() throws Exception {
    String readme = Files.readString(Path.of("README.md"));
    String shown = readme.substring(readme.indexOf("```java\n") + 8, readme.indexOf("```\n<!-- example:end -->"));
    String source = Files.readString(Path.of("src/test/java/io/cohesix/secure9p/ReadmeTest.java"));
    String run = source.substring(source.indexOf("// example:start\n") + 17, source.indexOf("    // example:end\n"));
    assertEquals(shown, run.replaceAll("(?m)^    ", ""));
  }
}
