// A hive that this program started: follows its boot log until it is ready, keeps its last lines for error messages, and
// ends it by its process handle.
package io.cohesix.core.transport;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A child process with a boot log on its standard output. */
final class HiveProcess {
  private static final int KEPT_LINES = 12;
  private static final Path SETSID = Path.of("/usr/bin/setsid");
  private static final int LINE_MAX = 512;

  private final Process process;
  private final CompletableFuture<Integer> ready = new CompletableFuture<>();
  private final Deque<String> last = new ArrayDeque<>();

  /**
   * Starts it.
   *
   * @param port what a line says about the listener's port; null for any other line
   */
  HiveProcess(List<String> command, Function<String, @Nullable Integer> port) throws IOException {
    List<String> words = new ArrayList<>();
    if (Files.isExecutable(SETSID)) {
      // A session of its own: the terminal's Ctrl-C is for the prompt, not for the hive.
      words.add(SETSID.toString());
    }
    words.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    this.process = builder.start();
    Thread reader = new Thread(() -> read(port), "hive-boot-log");
    reader.setDaemon(true);
    reader.start();
  }

  /** Reads to the end, so that the hive never blocks on a full pipe. */
  private void read(Function<String, @Nullable Integer> port) {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line;
      while ((line = lines.readLine()) != null) {
        String text = line.length() > LINE_MAX ? line.substring(0, LINE_MAX) : line;
        keep(text);
        Integer found = port.apply(text);
        if (found != null) {
          ready.complete(found);
        }
      }
    } catch (IOException e) {
      keep("(its output ended: " + e.getMessage() + ")");
    }
    ready.completeExceptionally(new IOException("it ended before it listened"));
  }

  private void keep(String line) {
    synchronized (last) { // the boot log's reader writes, whoever waits reads for its error message
      last.add(line);
      if (last.size() > KEPT_LINES) {
        last.remove();
      }
    }
  }

  /** Waits for the port; on failure ends the process and says what its last lines were. */
  int awaitPort(String what, long timeoutMs) throws IOException {
    try {
      return ready.get(timeoutMs, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw failed(what + " did not listen within " + timeoutMs + " ms");
    } catch (ExecutionException e) {
      throw failed(what + " ended before it listened");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("interrupted while waiting for " + what);
    }
  }

  private IOException failed(String what) {
    end();
    synchronized (last) { // see keep
      return new IOException(what + "; its last lines:\n  " + String.join("\n  ", last));
    }
  }

  long pid() {
    return process.pid();
  }

  /** Closes its input, then asks it to end, then makes it. */
  void end() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // It is gone already.
    }
    try {
      if (!process.waitFor(500, TimeUnit.MILLISECONDS)) {
        process.destroy();
        if (!process.waitFor(2, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor(2, TimeUnit.SECONDS);
        }
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
