// Spawns and kills heartbeat workers over one console session, many at once, and compares what the hive says of its memory
// before and after. Started by spawn-cycles.sh as a single source file; prints key=value lines, and what differs on stderr.

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Arguments: port, auth token, cycles, seconds at most, workers at once, 1 where each worker must have been a task (else 0). */
public final class SpawnCycles {
  /** What grows by what happened and never goes back: lines that are kept, samples of latencies. */
  private static final Set<String> HISTORY = Set.of("log", "trace", "control", "latency", "watch", "scratch");

  private SpawnCycles() {}

  public static void main(String[] args) throws Exception {
    long cycles = Long.parseLong(args[2]);
    long limit = System.nanoTime() + Long.parseLong(args[3]) * 1_000_000_000L;
    int together = Integer.parseInt(args[4]);
    try (Console queen = new Console(Integer.parseInt(args[0]))) {
      queen.ask("AUTH " + args[1], "OK AUTH");
      queen.ask("ATTACH queen ", "OK ATTACH role=queen");
      boolean tasks = args[5].equals("1");
      long first = wave(queen, 1, together, tasks); // peaks are those of a wave from here on
      Map<String, String> pools = budget(queen);
      List<String> memory = queen.memory();
      long start = System.nanoTime();
      long done = 0;
      for (long next = first; done < cycles && System.nanoTime() < limit; done += together) {
        next = wave(queen, next, together, tasks);
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      Map<String, String> after = budget(queen);
      int off = differ(pools, after) + differ(memory, queen.memory());
      queen.ask("LS /worker", "OK LS path=/worker entries=0");
      queen.rest();
      System.out.println("cycles=" + done);
      System.out.println("cycles_per_second=" + Math.round(done / seconds));
      String left = after.getOrDefault("worker_tasks", "");
      System.out.println("worker_tasks=" + left);
      if (tasks && !left.startsWith("used=0 peak=" + together + " ")) {
        System.err.println("pool worker_tasks says `" + left + "`: " + together + " tasks at once should have run, and ended");
        off++;
      }
      System.exit(off == 0 && done > 0 ? 0 : 1);
    } catch (IOException e) {
      System.err.println("spawn-cycles: " + e.getMessage());
      System.exit(1);
    }
  }

  /** Spawns the next n workers, waits until all are there, and as tasks too, and kills them; returns the number behind the last. */
  private static long wave(Console queen, long next, int n, boolean tasks) throws IOException {
    List<String> orders = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      orders.add("SPAWN {\"spawn\":\"heartbeat\"}");
    }
    queen.all(orders, "OK SPAWN payload={\"spawn\":\"heartbeat\"}");
    orders.clear();
    String run = "";
    for (int asked = 0; tasks && !run.startsWith("used=" + n + " "); asked++) {
      if (asked == 1000) {
        throw new IOException(n + " workers are spawned, but pool worker_tasks says `" + run + "`");
      }
      run = budget(queen).getOrDefault("worker_tasks", "");
    }
    for (int i = 0; i < n; i++) {
      orders.add("KILL worker-" + (next + i));
    }
    queen.all(orders, "OK KILL id=worker-");
    return next + n;
  }

  /** Of each pool what is used, its peak and its size. */
  private static Map<String, String> budget(Console queen) throws IOException {
    Map<String, String> pools = new TreeMap<>();
    for (String line : queen.text("CAT /proc/budget")) {
      String name = line.replaceFirst("^pool=(\\S+) .*", "$1");
      if (!HISTORY.contains(name) && !name.startsWith("net_")) {
        pools.put(name, line.substring(line.indexOf(' ') + 1));
      }
    }
    return pools;
  }

  private static int differ(Map<String, String> before, Map<String, String> after) {
    int off = before.keySet().equals(after.keySet()) && !before.isEmpty() ? 0 : 1;
    for (Map.Entry<String, String> pool : before.entrySet()) {
      if (!pool.getValue().equals(after.get(pool.getKey()))) {
        System.err.println("pool " + pool.getKey() + " was " + pool.getValue() + ", is " + after.get(pool.getKey()));
        off++;
      }
    }
    return off;
  }

  private static int differ(List<String> before, List<String> after) {
    int off = 0;
    for (int i = 0; i < before.size(); i++) {
      if (!before.get(i).equals(after.get(i))) {
        System.err.println("the kernel's memory: was '" + before.get(i) + "', is '" + after.get(i) + "'");
        off++;
      }
    }
    return off;
  }

  private static final class Console implements AutoCloseable {
    private final Socket socket = new Socket();
    private final DataInputStream in;

    Console(int port) throws IOException {
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
      socket.setSoTimeout(20_000);
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 65536));
    }

    private void send(List<String> lines) throws IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      for (String line : lines) {
        byte[] payload = line.getBytes(StandardCharsets.UTF_8);
        out.writeBytes(new byte[] {(byte) (payload.length + 4), (byte) (payload.length + 4 >> 8), 0, 0});
        out.writeBytes(payload);
      }
      socket.getOutputStream().write(out.toByteArray());
    }

    /** Sends all lines at once; each is acknowledged by a line that begins so. */
    void all(List<String> lines, String answer) throws IOException {
      send(lines);
      for (String line : lines) {
        String got = read();
        if (!got.startsWith(answer)) {
          throw new IOException("'" + line.replaceFirst("^AUTH .*", "AUTH …") + "' was answered by '" + got + "'");
        }
      }
    }

    void ask(String line, String answer) throws IOException {
      all(List.of(line), answer);
    }

    /** What the kernel has left, slots and untyped memory; a POSIX hive refuses to say. */
    List<String> memory() throws IOException {
      send(List.of("BI", "MEM"));
      return List.of(read(), read());
    }

    /** A command's lines, up to END. */
    List<String> text(String line) throws IOException {
      ask(line, "OK " + line.split(" ")[0]);
      return rest();
    }

    List<String> rest() throws IOException {
      List<String> lines = new ArrayList<>();
      for (String got = read(); !got.equals("END"); got = read()) {
        lines.add(got);
      }
      return lines;
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
