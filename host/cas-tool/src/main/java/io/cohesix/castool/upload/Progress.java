// How far an upload is: a line that is drawn again and again on a terminal, one line at the end elsewhere.
package io.cohesix.castool.upload;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/** Counts bytes that the hive has acknowledged. Thread-safe. */
public final class Progress implements AutoCloseable {
  private static final long EVERY_MS = 200;

  private final PrintWriter err;
  private final boolean terminal;
  private final long began = System.nanoTime();
  private final AtomicLong there = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong total = new AtomicLong();
  private final Thread painter;
  private volatile boolean drawn;

  /**
   * Starts to count and, on a terminal, to draw.
   *
   * @param terminal whether standard error is one
   */
  public Progress(PrintWriter err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
    this.painter = new Thread(this::paint, "progress");
    painter.setDaemon(true);
    if (terminal) {
      painter.start();
    }
  }

  /** What the hive has already and what it needs in all; said again after each new connection. */
  void know(long bytesThere, long bytesInAll) {
    there.set(bytesThere - sent.get());
    total.set(bytesInAll);
  }

  /** The hive took so many bytes. */
  void took(long bytes) {
    sent.addAndGet(bytes);
  }

  /** Bytes that the hive took since the start. */
  public long sent() {
    return sent.get();
  }

  private String line() {
    long all = total.get();
    long now = Math.max(0, Math.min(all, there.get() + sent.get()));
    double seconds = (System.nanoTime() - began) / 1e9;
    return String.format(
        Locale.ROOT, "%d of %d bytes, %d %%, %s", now, all, all == 0 ? 100 : now * 100 / all, rate(sent.get() / Math.max(seconds, 0.001)));
  }

  private static String rate(double bytesPerSecond) {
    return bytesPerSecond < 10_000
        ? String.format(Locale.ROOT, "%.0f B/s", bytesPerSecond)
        : bytesPerSecond < 10_000_000
            ? String.format(Locale.ROOT, "%.0f kB/s", bytesPerSecond / 1e3)
            : String.format(Locale.ROOT, "%.0f MB/s", bytesPerSecond / 1e6);
  }

  private void paint() {
    try {
      while (true) {
        Thread.sleep(EVERY_MS);
        draw();
      }
    } catch (InterruptedException e) {
      // It is over.
    }
  }

  private void draw() {
    err.print("\r" + line() + "\u001b[K");
    err.flush();
    drawn = true;
  }

  /** Shows a message where the drawn line stands; it is drawn again below. */
  public void say(String message) {
    err.println((drawn ? "\r\u001b[K" : "") + "cas-tool: " + message);
  }

  /** The last word: where the upload stands now. */
  @Override
  public void close() {
    if (terminal) {
      painter.interrupt();
      try {
        painter.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      draw();
      err.println();
    } else if (sent.get() > 0) {
      err.println("cas-tool: " + line());
    }
  }
}
