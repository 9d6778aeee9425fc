// One fresh hive for a test: the POSIX build, brought up to date first. It ends with its standard input.
package io.cohesix.secure9p;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

final class Hosted implements AutoCloseable {
  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();
  private static final Pattern LISTENING = Pattern.compile("net-console: listening port=(\\d+) ");
  private static boolean built;

  private final Process process;
  final InetSocketAddress address;

  private Hosted(Process process, InetSocketAddress address) {
    this.process = process;
    this.address = address;
  }

  static Hosted start() throws Exception {
    return start(0);
  }

  /** A hive on a port that another one had before. */
  static Hosted start(int port) throws Exception {
    Process process =
        new ProcessBuilder(binary().toString(), "--port", Integer.toString(port), "--exit-on-stdin-close")
            .redirectErrorStream(true)
            .start();
    BufferedReader log = process.inputReader();
    StringBuilder seen = new StringBuilder();
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      seen.append(line).append('\n');
      Matcher match = LISTENING.matcher(line);
      if (match.find()) {
        // Whoever does not read the rest would stop the hive when the pipe is full.
        Thread drain = new Thread(() -> log.lines().forEach(each -> {}), "hive log");
        drain.setDaemon(true);
        drain.start();
        return new Hosted(
            process, new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(match.group(1))));
      }
    }
    throw new IllegalStateException("hive-hosted ended before it listened:\n" + seen);
  }

  private static synchronized Path binary() throws Exception {
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
    File log = File.createTempFile("build", ".log");
    Process process =
        new ProcessBuilder(words).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(log).start();
    process.getOutputStream().close();
    if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IllegalStateException(String.join(" ", words) + " failed:\n" + Files.readString(log.toPath()));
    }
    Files.delete(log.toPath());
  }

  /** Ends it at once, as a crash would. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    process.onExit().completeOnTimeout(process, 5, TimeUnit.SECONDS).join();
    process.destroyForcibly().onExit().join();
  }
}
