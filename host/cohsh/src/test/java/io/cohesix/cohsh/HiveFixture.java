// One fresh hive for a test: the POSIX build, or with -Dcoh.endpoint=qemu the image in QEMU. Ends it by its process.
package io.cohesix.cohsh;

import io.cohesix.core.console.ConsoleHive;
import io.cohesix.core.console.LinkTap;
import io.cohesix.core.p9.P9Hive;
import io.cohesix.core.p9.Secure9pLink;
import io.cohesix.core.policy.ClientPolicy;
import io.cohesix.core.shell.CommandHandler;
import io.cohesix.core.shell.ShellContext;
import io.cohesix.core.transport.Endpoint;
import io.cohesix.core.transport.LocalTransport;
import io.cohesix.core.transport.QemuTransport;
import io.cohesix.core.transport.TcpTransport;
import io.cohesix.core.transport.Transport;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

final class HiveFixture implements AutoCloseable {
  static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();
  static final String PLATFORM = System.getProperty("coh.endpoint", "posix").toLowerCase(Locale.ROOT);
  private static boolean built;

  private final Transport transport;
  private final Endpoint endpoint;
  private final List<java.io.Closeable> open = new ArrayList<>();

  private HiveFixture(Transport transport) throws IOException {
    this.transport = transport;
    this.endpoint = transport.open();
  }

  static HiveFixture start() throws Exception {
    return new HiveFixture(
        switch (PLATFORM) {
          case "posix" -> new LocalTransport(posixBinary(), List.of());
          case "qemu" -> new QemuTransport(ROOT.resolve("out/cohesix/image/cohesix-qemu.img"));
          default -> throw new IllegalStateException("coh.endpoint is " + PLATFORM + ", use posix or qemu");
        });
  }

  /** The POSIX build, brought up to date first: a test against a stale authority proves nothing. */
  static synchronized Path posixBinary() throws Exception {
    Path tree = ROOT.resolve("seL4/build/posix-debug");
    if (!built) {
      if (!Files.exists(tree.resolve("build.ninja"))) {
        command(ROOT.resolve("seL4"), "cmake", "--preset", "posix-debug");
      }
      command(tree, "ninja", "hive-hosted");
      built = true;
    }
    return tree.resolve("hive-hosted");
  }

  private static void command(Path folder, String... words) throws Exception {
    File log = File.createTempFile("coh-build", ".log");
    Process process =
        new ProcessBuilder(words).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(log).start();
    process.getOutputStream().close();
    if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IllegalStateException(String.join(" ", words) + " failed:\n" + Files.readString(log.toPath()));
    }
    Files.delete(log.toPath());
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** A session as the shell has it. */
  ConsoleHive hive(@Nullable String role, @Nullable String ticket) throws IOException {
    ConsoleHive hive =
        new ConsoleHive(new TcpTransport(endpoint), "changeme", role, ticket, ClientPolicy.defaults(), line -> {});
    open.add(hive::close);
    return hive;
  }

  ConsoleHive queen() throws IOException {
    return hive("queen", null);
  }

  /** A session over Secure9P. */
  P9Hive hive9p(@Nullable String role, @Nullable String ticket) {
    P9Hive hive =
        new P9Hive(
            Secure9pLink::connect, new TcpTransport(endpoint), "changeme", role, ticket, ClientPolicy.defaults(), line -> {}, LinkTap.NONE);
    open.add(hive::close);
    return hive;
  }

  CommandHandler shell() throws IOException {
    return shell(false, Path.of(""));
  }

  /** A queen's shell in either protocol; local files are looked for below base. */
  CommandHandler shell(boolean secure9p, Path base) throws IOException {
    ShellContext.Opener opener = () -> secure9p ? hive9p("queen", null) : queen();
    return new CommandHandler(opener.open(), new ShellContext(ClientPolicy.defaults(), base, line -> {}, opener));
  }

  /** A bare connection. */
  RawPeer raw() throws IOException {
    RawPeer peer = new RawPeer(endpoint);
    open.add(peer::close);
    return peer;
  }

  /** Where this platform's transcripts go, for comparison with the other's. */
  static void transcript(String name, String text) throws IOException {
    Path folder = ROOT.resolve("out/regression").resolve(PLATFORM);
    Files.createDirectories(folder);
    Files.writeString(folder.resolve(name + ".txt"), text);
  }

  @Override
  public void close() throws IOException {
    for (java.io.Closeable each : open) {
      each.close();
    }
    transport.close();
  }
}
