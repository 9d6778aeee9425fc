// One fresh hive for a test: the POSIX build, brought up to date first. It ends with its standard input.
package io.cohesix.castool.upload;

import io.cohesix.core.policy.ClientPolicy;
import io.cohesix.core.transport.Endpoint;
import io.cohesix.core.transport.LocalTransport;
import io.cohesix.core.transport.TcpTransport;
import io.cohesix.secure9p.Client;
import io.cohesix.secure9p.ClientOptions;
import java.io.File;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

public final class HiveFixture implements AutoCloseable {
  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();
  private static boolean built;

  private final LocalTransport transport;
  final Endpoint endpoint;

  private HiveFixture(Path binary) throws Exception {
    transport = new LocalTransport(binary, List.of());
    endpoint = transport.open();
  }

  static HiveFixture start() throws Exception {
    return new HiveFixture(posixBinary());
  }

  static HiveFixture start(Path binary) throws Exception {
    return new HiveFixture(binary);
  }

  /** A test against a stale authority proves nothing. */
  public static synchronized Path posixBinary() throws Exception {
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

  /** The queen's way to it, at another address if need be. */
  Hives hives(Endpoint at, ClientPolicy policy) {
    return new Hives(new TcpTransport(at), new Hives.Identity("queen", "changeme", null), policy);
  }

  Hives hives() {
    return hives(endpoint, ClientPolicy.defaults());
  }

  /** A bare connection. */
  Client client() {
    return Client.connect(new InetSocketAddress(endpoint.host(), endpoint.port()), ClientOptions.defaults());
  }

  @Override
  public void close() {
    transport.close();
  }
}
