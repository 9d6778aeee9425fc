// A real 9P2000.L server of other authors, on a loopback port, exporting a temporary folder. Ended by its process.
package io.cohesix.secure9p;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

final class Diod implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/sbin/diod");

  private final Process process;
  private final Path folder;
  final InetSocketAddress address;
  final Path export;

  private Diod(Process process, Path folder, InetSocketAddress address, Path export) {
    this.process = process;
    this.folder = folder;
    this.address = address;
    this.export = export;
  }

  static Diod start(Path export) throws Exception {
    if (!Files.isExecutable(PROGRAM)) {
      throw new IllegalStateException(PROGRAM + " is missing: run scripts/setup_environment.sh, which installs it");
    }
    Path folder = Files.createTempDirectory("diod");
    Path log = folder.resolve("log");
    Path config = Files.createFile(folder.resolve("conf")); // empty: this machine's own is not asked
    // The port is free when it is chosen; should another program take it before diod does, another one is tried.
    for (int attempt = 0; attempt < 5; attempt++) {
      int port;
      try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = probe.getLocalPort();
      }
      Process process =
          new ProcessBuilder(
                  List.of(
                      PROGRAM.toString(), "-f", "-n", "-N", "--nwthreads", "4", "-l", "127.0.0.1:" + port, "-e",
                      export.toString(), "-L", "stderr", "-c", config.toString()))
              // It may crash when its client leaves, and it lifts its own limit on core dumps: they must not land in the tree.
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(new File(log.toString()))
              .start();
      process.getOutputStream().close();
      if (answers(process, port)) {
        return new Diod(process, folder, new InetSocketAddress(InetAddress.getLoopbackAddress(), port), export);
      }
      process.destroyForcibly().waitFor();
    }
    throw new IllegalStateException("diod does not listen: " + Files.readString(log));
  }

  private static boolean answers(Process process, int port) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (process.isAlive() && System.nanoTime() < deadline) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return socket.isConnected();
      } catch (IOException e) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
    }
    return false;
  }

  Client client(ClientOptions options) {
    return Client.connect(address, options);
  }

  /** diod takes the user by number: the one that runs the test. */
  Session session(Client client) throws IOException {
    int uid = (Integer) Files.getAttribute(export, "unix:uid");
    return client.attach(Login.plain("", export.toString(), uid));
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    process.onExit().completeOnTimeout(process, 5, TimeUnit.SECONDS).join();
    process.destroyForcibly().onExit().join();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path each : files.toList()) {
        Files.delete(each); // a core dump may be among them
      }
    }
    Files.delete(folder);
  }
}
