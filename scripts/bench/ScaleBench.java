// Measures what a hive's size costs: walks with 10 to 10 000 workers, 1 000 attached sessions beside 1 000 workers, and control
// writes with 10 to 10 000 workers, entries of the journal and waiting approvals. Speaks
// just enough 9P2000.L itself, so that a thousand clients cost little and the hive is what is measured. Started by
// scripts/bench.sh as a single source file; prints key=value lines.

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Arguments: port, auth token, process id of the hive, prefix of the keys, sessions. */
public final class ScaleBench {
  private static final int[] WORKERS = {10, 100, 1000, 10_000};
  private static final int ATTACH_AT = 1000;
  private static final int BATCH = 16;
  private static final int WALKS = 40_000;
  private static final int ROUNDS = 7;
  private static final int CONTROLS = 500;
  private static final String SPAWN =
      "{\"spawn\":\"heartbeat\",\"ticks\":1000000,\"budget\":{\"ttl_s\":86400,\"ops\":1000000000}}\n";

  private ScaleBench() {}

  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    String token = args[1];
    long pid = Long.parseLong(args[2]);
    String prefix = args[3];
    int sessions = Integer.parseInt(args[4]);

    try (P9 queen = new P9(port, token)) {
      int ctl = queen.open(2, "queen", "ctl");
      double[] first = null;
      int alive = 0;
      queen.write(ctl, SPAWN);
      alive++;
      journal(queen, ctl, pid, prefix);
      queue(queen, ctl, pid, prefix);
      double few = 0;
      for (int workers : WORKERS) {
        while (alive < workers) {
          queen.write(ctl, SPAWN);
          alive++;
        }
        double control = controls(queen, ctl, pid, CONTROLS);
        few = few == 0 ? control : few;
        print(prefix + ".control_cpu_us.workers." + workers, control);
        if (workers == WORKERS[WORKERS.length - 1]) {
          print(prefix + ".control_cpu_growth.workers", control / few);
        }
        double[] cost = walks(queen, pid, workers);
        print(prefix + ".walk_us." + workers, cost[0]);
        print(prefix + ".walk_cpu_us." + workers, cost[1]);
        if (first == null) {
          first = cost;
        }
        if (workers == WORKERS[WORKERS.length - 1]) {
          print(prefix + ".walk_cpu_growth", cost[1] / first[1]);
        }
        if (workers == ATTACH_AT) {
          attach(port, token, pid, prefix, sessions, queen);
        }
      }
    }
  }

  /** One write of /queen/ctl that finds its worker by name, is looked up among the approvals' rules, journaled and audited. */
  private static double controls(P9 queen, int ctl, long pid, int writes) throws Exception {
    double[] cpu = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      long before = cpuNanos(pid);
      for (int i = 0; i < writes; i++) {
        queen.write(ctl, "{\"budget\":{\"worker\":\"worker-1\",\"ttl_s\":86400}}\n");
      }
      cpu[round] = (cpuNanos(pid) - before) / 1000.0 / writes;
    }
    return median(cpu);
  }

  /** With the first entries of the journal, and when 10 000 have been written to it. */
  private static void journal(P9 queen, int ctl, long pid, String prefix) throws Exception {
    controls(queen, ctl, pid, 1); // the first ones are slower for other reasons
    double first = controls(queen, ctl, pid, 100);
    for (int i = 0; i < WORKERS[WORKERS.length - 1] / CONTROLS; i++) {
      controls(queen, ctl, pid, CONTROLS / ROUNDS);
    }
    double last = controls(queen, ctl, pid, 100);
    print(prefix + ".control_cpu_growth.journal", last / first);
  }

  /** With 10 approvals that wait, and with 10 000. */
  private static void queue(P9 queen, int ctl, long pid, String prefix) throws Exception {
    int actions = queen.open(1, "actions", "queue");
    double few = 0;
    int waiting = 0;
    for (int size : WORKERS) {
      for (; waiting < size; waiting++) {
        queen.write(actions, "{\"id\":\"a-" + waiting + "\",\"target\":\"/queen/export/ctl\",\"decision\":\"approve\"}\n");
      }
      double control = controls(queen, ctl, pid, CONTROLS);
      few = few == 0 ? control : few;
      if (size == WORKERS[WORKERS.length - 1]) {
        print(prefix + ".control_cpu_growth.queue", control / few);
      }
    }
  }

  /** Medians of the wall time and of the hive's processor time that a walk and its clunk take, in microseconds. */
  private static double[] walks(P9 queen, long pid, int workers) throws Exception {
    String[][] paths = new String[4096][];
    long seed = 1;
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    for (int i = 0; i < paths.length; i++) {
      seed = seed * 6364136223846793005L + 1442695040888963407L;
      String name = "worker-" + (1 + Long.remainderUnsigned(seed >>> 33, workers));
      String label = String.format("%02x", sha.digest(name.getBytes(StandardCharsets.US_ASCII))[0]);
      paths[i] = i % 2 == 0 ? new String[] {"worker", name, "telemetry"} : new String[] {"shard", label, "worker", name, "telemetry"};
    }
    double[] wall = new double[ROUNDS];
    double[] cpu = new double[ROUNDS];
    for (int round = -1; round < ROUNDS; round++) {
      long cpuBefore = cpuNanos(pid);
      long start = System.nanoTime();
      for (int i = 0; i < WALKS; i += BATCH) {
        queen.walkBatch(paths, i, BATCH);
      }
      double took = System.nanoTime() - start;
      double used = cpuNanos(pid) - cpuBefore;
      if (round >= 0) {
        wall[round] = took / WALKS / 1000;
        cpu[round] = used / WALKS / 1000;
      }
    }
    return new double[] {median(wall), median(cpu)};
  }

  private static void attach(int port, String token, long pid, String prefix, int sessions, P9 queen) throws Exception {
    long before = residentBytes(pid);
    double[] times = new double[sessions];
    List<P9> all = new ArrayList<>();
    try {
      for (int i = 0; i < sessions; i++) {
        long start = System.nanoTime();
        all.add(new P9(port, token));
        times[i] = (System.nanoTime() - start) / 1e6;
      }
      String active = queen.read("proc", "9p", "session", "active");
      if (!active.startsWith("active=" + (sessions + 1) + " ")) {
        throw new IOException(sessions + " sessions were attached beside the first, and /proc/9p/session/active says '" + active.trim() + "'");
      }
      for (P9 one : all) {
        one.read("proc", "boot");
      }
      print(prefix + ".session_resident_bytes", (residentBytes(pid) - before) / (double) sessions);
    } finally {
      for (P9 one : all) {
        one.close();
      }
    }
    Arrays.sort(times);
    print(prefix + ".attach_ms", times[sessions / 2]);
    print(prefix + ".attach_p95_ms", times[sessions * 95 / 100]);
  }

  /** Time on a processor, of the hive's one thread. */
  private static long cpuNanos(long pid) throws IOException {
    return Long.parseLong(Files.readString(Path.of("/proc/" + pid + "/schedstat")).split(" ")[0]);
  }

  private static long residentBytes(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    throw new IOException("/proc/" + pid + "/status has no VmRSS");
  }

  /** Sorts its argument. */
  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  private static void print(String key, double value) {
    System.out.printf(Locale.ROOT, "%s=%.3f%n", key, value);
  }

  /** One connection with one session, attached as a stock client does: the token is in aname. */
  private static final class P9 implements AutoCloseable {
    private static final int TLOPEN = 12;
    private static final int TVERSION = 100;
    private static final int TATTACH = 104;
    private static final int TWALK = 110;
    private static final int TREAD = 116;
    private static final int TWRITE = 118;
    private static final int TCLUNK = 120;
    private static final int RLERROR = 7;
    private static final int MSIZE = 8192;

    private final Socket socket = new Socket();
    private final ByteBuffer out = ByteBuffer.allocate(65536).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer in = ByteBuffer.allocate(MSIZE).order(ByteOrder.LITTLE_ENDIAN);
    private final DataInputStream from;
    private int lastFid;

    P9(int port, String token) throws IOException {
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
      socket.setSoTimeout(10_000);
      from = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 65536));
      begin(TVERSION, 0xffff).putInt(MSIZE);
      text("9P2000.L");
      call("Tversion");
      begin(TATTACH, 0).putInt(0).putInt(-1);
      text("");
      text("auth=" + token);
      out.putInt(-1);
      call("Tattach");
    }

    private ByteBuffer begin(int type, int tag) {
      frameStart = out.position();
      return out.putInt(0).put((byte) type).putShort((short) tag);
    }

    private int frameStart;

    private void end() {
      out.putInt(frameStart, out.position() - frameStart);
    }

    private void text(String value) {
      byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
      out.putShort((short) bytes.length).put(bytes);
    }

    private void flush() throws IOException {
      socket.getOutputStream().write(out.array(), 0, out.position());
      out.clear();
    }

    /** Ends the frame, sends it, and leaves the answer's body in {@code in}. */
    private void call(String what) throws IOException {
      end();
      flush();
      answer(what);
    }

    private void answer(String what) throws IOException {
      int size = Integer.reverseBytes(from.readInt());
      in.clear().limit(size - 4);
      from.readFully(in.array(), 0, size - 4);
      int type = in.get() & 0xff;
      in.getShort();
      if (type == RLERROR) {
        throw new IOException(what + " was refused with errno " + in.getInt());
      }
    }

    private void walk(int tag, int fid, String... names) {
      begin(TWALK, tag).putInt(0).putInt(fid).putShort((short) names.length);
      for (String name : names) {
        text(name);
      }
    }

    int open(int flags, String... names) throws IOException {
      int fid = ++lastFid;
      walk(1, fid, names);
      call("Twalk " + String.join("/", names));
      begin(TLOPEN, 1).putInt(fid).putInt(flags);
      call("Tlopen " + String.join("/", names));
      return fid;
    }

    void write(int fid, String line) throws IOException {
      byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
      begin(TWRITE, 1).putInt(fid).putLong(0).putInt(bytes.length).put(bytes);
      call("Twrite " + line.trim());
    }

    /** The first 4096 bytes of a file. */
    String read(String... names) throws IOException {
      int fid = open(0, names);
      begin(TREAD, 1).putInt(fid).putLong(0).putInt(4096);
      call("Tread " + String.join("/", names));
      byte[] bytes = new byte[in.getInt()];
      in.get(bytes);
      begin(TCLUNK, 1).putInt(fid);
      call("Tclunk");
      return new String(bytes, StandardCharsets.UTF_8);
    }

    /** As many walks and their clunks in one go; half the window each. */
    void walkBatch(String[][] paths, int first, int count) throws IOException {
      for (int half = 0; half < count; half += BATCH / 2) {
        for (int i = 0; i < BATCH / 2; i++) {
          walk(2 * i, 1000 + i, paths[(first + half + i) % paths.length]);
          end();
          begin(TCLUNK, 2 * i + 1).putInt(1000 + i);
          end();
        }
        flush();
        for (int i = 0; i < BATCH; i++) {
          answer("Twalk or Tclunk");
        }
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
