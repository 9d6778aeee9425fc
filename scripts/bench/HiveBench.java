// Measures one hive as a user meets it: from the start of its process to the prompt, console round trips over TCP,
// what a PING costs in the machine's instructions, and what it costs when nothing happens. Started by scripts/bench.sh as a
// single source file; prints key=value lines.

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
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

/**
 * Arguments: boots, round trips (0: boots alone), idle seconds, port, auth token, prefix of the keys, a folder (with round trips alone), then
 * the command that starts the hive: QEMU with its monitor at the folder's socket "monitor" and its log in the folder's file "log".
 */
public final class HiveBench {
  private static final byte[] ENTRY = ascii("[kernel:entry] root-task entry reached");
  private static final byte[] LISTENING = ascii("net-console: listening port=");
  private static final byte[] PROMPT = ascii("cohesix> ");
  private static final long BOOT_LIMIT_S = 60;
  /** PINGs whose instructions are counted. */
  private static final int COUNTED = 40;

  private HiveBench() {}

  public static void main(String[] args) throws Exception {
    int boots = Integer.parseInt(args[0]);
    int rounds = Integer.parseInt(args[1]);
    int idleSeconds = Integer.parseInt(args[2]);
    int port = Integer.parseInt(args[3]);
    String token = args[4];
    String prefix = args[5];
    Path folder = Path.of(args[6]);
    List<String> command = List.of(args).subList(7, args.length);

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
          instructions(prefix, port == 0 ? boot.port : port, token, folder);
        }
      }
    }
    print(prefix + ".entry_ms", median(entry));
    print(prefix + ".prompt_ms", median(prompt));
    print(prefix + ".prompt_per_entry", median(prompt) / median(entry));
  }

  private static void session(String prefix, int port, String token, int rounds) throws IOException {
    try (Console console = new Console(port, token)) {
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

  /**
   * What a PING executes, kernel and programs, in thousands of instructions: what QEMU logs over some of them less what it logs in the
   * same time of rest. It tells of the path's length where the median tells of the emulation too, which forgets its
   * translations whenever the address space changes.
   */
  private static void instructions(String prefix, int port, String token, Path folder) throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    try (Console console = new Console(port, token);
        SocketChannel monitor = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("monitor")))) {
      ask(monitor, "");
      // One instruction a block, so that a line is an instruction; QEMU renamed the command in its version 8.1.
      if (ask(monitor, "one-insn-per-tb on").contains("unknown command")) {
        ask(monitor, "singlestep on");
      }
      ask(monitor, "log exec,nochain");
      for (int i = 0; i < COUNTED / 4; i++) {
        console.command("PING", false);
      }
      long before = Files.size(log);
      long start = System.nanoTime();
      for (int i = 0; i < COUNTED; i++) {
        console.command("PING", false);
      }
      long took = System.nanoTime() - start;
      long between = Files.size(log);
      TimeUnit.NANOSECONDS.sleep(took);
      long after = Files.size(log);
      ask(monitor, "log none");
      print(prefix + ".ping_kinsn", (executed(log, before, between) - executed(log, between, after)) / 1e3 / COUNTED);
    }
  }

  /** How many instructions the log has between these places. */
  private static long executed(Path log, long from, long to) throws IOException {
    long lines = 0;
    try (BufferedReader in = Files.newBufferedReader(log, StandardCharsets.US_ASCII)) {
      in.skip(from);
      long at = from;
      for (String line = in.readLine(); line != null && at < to; line = in.readLine()) {
        at += line.length() + 1;
        lines += line.startsWith("Trace ") ? 1 : 0;
      }
    }
    return lines;
  }

  /** Sends a command to QEMU's monitor and reads to its next prompt. */
  private static String ask(SocketChannel monitor, String command) throws IOException {
    if (!command.isEmpty()) {
      monitor.write(ByteBuffer.wrap(ascii(command + "\n")));
    }
    StringBuilder answer = new StringBuilder();
    ByteBuffer chunk = ByteBuffer.allocate(4096);
    while (!answer.toString().endsWith("(qemu) ")) {
      if (monitor.read(chunk.clear()) < 0) {
        throw new IOException("QEMU's monitor ended");
      }
      answer.append(StandardCharsets.US_ASCII.decode(chunk.flip()));
    }
    return answer.toString();
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

    /** Connects as the queen. */
    Console(int port, String token) throws IOException {
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
      socket.setSoTimeout(10_000);
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 65536));
      to = socket.getOutputStream();
      command("AUTH " + token, false);
      command("ATTACH queen ", false);
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
