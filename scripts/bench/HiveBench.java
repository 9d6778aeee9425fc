// Measures one hive as a user meets it: from the start of its process to the prompt, console round trips over TCP,
// and what it costs when nothing happens. Started by scripts/bench.sh as a single source file; prints key=value lines.

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Arguments: boots, round trips (0: boots alone), idle seconds, port, auth token, prefix of the keys, then the command that starts the hive. */
public final class HiveBench {
  private static final byte[] ENTRY = ascii("[kernel:entry] root-task entry reached");
  private static final byte[] LISTENING = ascii("net-console: listening port=");
  private static final byte[] PROMPT = ascii("cohesix> ");
  private static final long BOOT_LIMIT_S = 60;

  private HiveBench() {}

  public static void main(String[] args) throws Exception {
    int boots = Integer.parseInt(args[0]);
    int rounds = Integer.parseInt(args[1]);
    int idleSeconds = Integer.parseInt(args[2]);
    int port = Integer.parseInt(args[3]);
    String token = args[4];
    String prefix = args[5];
    List<String> command = List.of(args).subList(6, args.length);

    double[] entry = new double[boots];
    double[] prompt = new double[boots];
    for (int i = 0; i < boots; i++) {
      try (Boot boot = new Boot(command)) {
        boot.await();
        entry[i] = boot.entryMs;
        prompt[i] = boot.promptMs;
        if (rounds > 0 && i == boots - 1) {
          session(prefix, port == 0 ? boot.port : port, token, rounds);
          idle(prefix, boot.process, idleSeconds);
        }
      }
    }
    print(prefix + ".entry_ms", median(entry));
    print(prefix + ".prompt_ms", median(prompt));
    print(prefix + ".prompt_per_entry", median(prompt) / median(entry));
  }

  private static void session(String prefix, int port, String token, int rounds) throws IOException {
    try (Console console = new Console(port)) {
      console.command("AUTH " + token, false);
      console.command("ATTACH queen ", false);
      measure(prefix + ".ping", console, "PING", false, rounds);
      measure(prefix + ".cat", console, "CAT /proc/boot", true, rounds);
      measure(prefix + ".ls", console, "LS /", true, rounds);
      console.command("QUIT", false);
    }
  }

  private static void measure(String key, Console console, String line, boolean stream, int rounds) throws IOException {
    for (int i = 0; i < rounds / 4; i++) {
      console.command(line, stream);
    }
    double[] times = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      long start = System.nanoTime();
      console.command(line, stream);
      times[i] = (System.nanoTime() - start) / 1e6;
    }
    print(key + "_ms", median(times));
    print(key + "_p95_ms", times[Math.min(rounds - 1, rounds * 95 / 100)]);
  }

  private static void idle(String prefix, Process process, int seconds) throws IOException, InterruptedException {
    Thread.sleep(1000);
    long before = cpuTicks(process);
    long start = System.nanoTime();
    Thread.sleep(seconds * 1000L);
    double wall = (System.nanoTime() - start) / 1e9;
    print(prefix + ".idle_cpu_percent", (cpuTicks(process) - before) / wall); // 100 ticks a second: ticks per second are percent
  }

  /** User and system time of the process and those that it started, in clock ticks (1/100 s on Linux). */
  private static long cpuTicks(Process process) throws IOException {
    long sum = 0;
    try (Stream<ProcessHandle> all = Stream.concat(Stream.of(process.toHandle()), process.descendants())) {
      for (ProcessHandle handle : all.toList()) {
        String stat = Files.readString(Path.of("/proc/" + handle.pid() + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        sum += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
      }
    }
    return sum;
  }

  /** Sorts its argument. */
  private static double median(double[] values) {
    Arrays.sort(values);
    int middle = values.length / 2;
    return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  }

  private static void print(String key, double value) {
    System.out.printf(Locale.ROOT, "%s=%.3f%n", key, value);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** One process that boots a hive; its output is watched as it comes. */
  private static final class Boot implements AutoCloseable {
    final Process process;
    private final long start;
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
    double entryMs = Double.NaN;
    volatile double promptMs = Double.NaN;
    int port;

    Boot(List<String> command) throws IOException {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      start = System.nanoTime();
      process = builder.start();
    }

    void await() throws IOException {
      CompletableFuture.delayedExecutor(BOOT_LIMIT_S, TimeUnit.SECONDS).execute(() -> {
        if (Double.isNaN(promptMs)) {
          process.destroyForcibly();
        }
      });
      byte[] chunk = new byte[4096];
      InputStream in = process.getInputStream();
      while (Double.isNaN(promptMs)) {
        int n = in.read(chunk);
        double ms = (System.nanoTime() - start) / 1e6;
        if (n < 0) {
          throw new IOException("the hive ended, or gave no prompt in " + BOOT_LIMIT_S + " s; its output:\n" + seen.toString(StandardCharsets.UTF_8));
        }
        seen.write(chunk, 0, n);
        byte[] text = seen.toByteArray();
        if (Double.isNaN(entryMs) && indexOf(text, ENTRY) >= 0) {
          entryMs = ms;
        }
        if (indexOf(text, PROMPT) >= 0) {
          promptMs = ms;
          port = number(text, indexOf(text, LISTENING) + LISTENING.length);
        }
      }
      Thread drain = new Thread(() -> {
        try {
          in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
          // The process ended: nothing left to drain.
        }
      });
      drain.setDaemon(true);
      drain.start();
    }

    private static int indexOf(byte[] text, byte[] part) {
      for (int i = 0; i + part.length <= text.length; i++) {
        if (Arrays.equals(text, i, i + part.length, part, 0, part.length)) {
          return i;
        }
      }
      return -1;
    }

    private static int number(byte[] text, int at) {
      int value = 0;
      for (int i = at; i < text.length && text[i] >= '0' && text[i] <= '9'; i++) {
        value = value * 10 + text[i] - '0';
      }
      return value;
    }

    @Override
    public void close() {
      process.destroy();
      try {
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The console protocol, as much as a measurement needs. */
  private static final class Console implements AutoCloseable {
    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final OutputStream to;

    Console(int port) throws IOException {
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
      socket.setSoTimeout(10_000);
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 65536));
      to = socket.getOutputStream();
    }

    /** Sends a line and reads to its acknowledgement, and to END when it streams. */
    List<String> command(String line, boolean stream) throws IOException {
      byte[] payload = line.getBytes(StandardCharsets.UTF_8);
      byte[] frame = new byte[payload.length + 4];
      frame[0] = (byte) frame.length;
      frame[1] = (byte) (frame.length >> 8);
      System.arraycopy(payload, 0, frame, 4, payload.length);
      to.write(frame);
      List<String> lines = new ArrayList<>();
      while (true) {
        String got = read();
        lines.add(got);
        if (got.startsWith("ERR ")) {
          throw new IOException("'" + line.replaceFirst("^AUTH .*", "AUTH …") + "' was answered by '" + got + "'");
        }
        if (stream ? got.equals("END") : got.startsWith("OK ")) {
          return lines;
        }
      }
    }

    private String read() throws IOException {
      int size = Integer.reverseBytes(in.readInt());
      return new String(in.readNBytes(size - 4), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
