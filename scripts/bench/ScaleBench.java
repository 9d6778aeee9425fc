// Measures what a hive's size costs, beside a hive that stays small: walks with 10 to 10 000 workers, 1 000 attached sessions
// beside 1 000 workers, and control writes with 10 to 10 000 workers, entries of the journal and waiting approvals. Speaks just
// enough 9P2000.L itself, so that a thousand clients cost little and the hive is what is measured. Started by scripts/bench.sh as
// a single source file; prints key=value lines.

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

/** Arguments: auth token, prefix of the keys, sessions, port and process id of the hive that grows, and of one that stays small. */
public final class ScaleBench {
  private static final int[] WORKERS = {10, 100, 1000, 10_000};
  private static final int FEW = WORKERS[0];
  private static final int MANY = WORKERS[WORKERS.length - 1];
  private static final int ATTACH_AT = 1000;
  private static final int BATCH = 16;
  private static final int WALKS = 40_000;
  private static final int ROUNDS = 9;
  private static final int CONTROLS = 500;
  private static final String SPAWN =
      "{\"spawn\":\"heartbeat\",\"ticks\":1000000,\"budget\":{\"ttl_s\":86400,\"ops\":1000000000}}\n";

  private final String prefix;
  private final Hive small;
  private final Hive large;

  private ScaleBench(String prefix, Hive small, Hive large) {
    this.prefix = prefix;
    this.small = small;
    this.large = large;
  }

  public static void main(String[] args) throws Exception {
    try (Hive large = new Hive(Integer.parseInt(args[3]), args[0], Long.parseLong(args[4]));
        Hive small = new Hive(Integer.parseInt(args[5]), args[0], Long.parseLong(args[6]))) {
      new ScaleBench(args[1], small, large).run(args[0], Integer.parseInt(args[2]));
    }
  }

  private void run(String token, int sessions) throws Exception {
    small.workers(1);
    large.workers(1);
    small.controls(2 * CONTROLS); // the first ones are slower for other reasons
    large.controls(2 * CONTROLS);
    small.approvals(FEW);
    large.approvals(FEW);
    growth("control_cpu_growth.nothing");
    large.controls(MANY); // as many entries of the journal
    growth("control_cpu_growth.journal");
    large.approvals(MANY);
    growth("control_cpu_growth.queue");
    small.workers(FEW);
    for (int workers : WORKERS) {
      large.workers(workers);
      String[][] among = paths(workers);
      double[] walk = beside(h -> h.walks(paths(FEW)), h -> h.walks(among));
      print("walk_cpu_us." + workers, walk[1]);
      if (workers == MANY) {
        print("walk_cpu_growth", walk[1] / walk[0]);
      }
      if (workers == ATTACH_AT) {
        attach(token, sessions);
      }
    }
    double[] control = growth("control_cpu_growth.workers");
    print("control_cpu_us.few", control[0]);
    print("control_cpu_us.many", control[1]);
  }

  /** What a control write costs in the large hive, with all that it holds, over what it costs in the small one. */
  private double[] growth(String key) throws Exception {
    double[] cost = beside(h -> h.controls(CONTROLS), h -> h.controls(CONTROLS));
    print(key, cost[1] / cost[0]);
    return cost;
  }

  private interface Work {
    /** Returns the processor time of the hive, in microseconds an operation. */
    double of(Hive hive) throws Exception;
  }

  /** Medians of the same work in the small hive and in the large one, in turns: what the machine does besides meets both. */
  private double[] beside(Work inSmall, Work inLarge) throws Exception {
    double[] few = new double[ROUNDS];
    double[] many = new double[ROUNDS];
    inSmall.of(small);
    inLarge.of(large);
    for (int round = 0; round < ROUNDS; round++) {
      few[round] = inSmall.of(small);
      many[round] = inLarge.of(large);
    }
    return new double[] {median(few), median(many)};
  }

  /** Paths to telemetry of random workers, by their name and by their shard. */
  private static String[][] paths(int workers) throws Exception {
    String[][] paths = new String[4096][];
    long seed = 1;
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    for (int i = 0; i < paths.length; i++) {
      seed = seed * 6364136223846793005L + 1442695040888963407L;
      String name = "worker-" + (1 + Long.remainderUnsigned(seed >>> 33, workers));
      String label = String.format("%02x", sha.digest(name.getBytes(StandardCharsets.US_ASCII))[0]);
      paths[i] = i % 2 == 0 ? new String[] {"worker", name, "telemetry"} : new String[] {"shard", label, "worker", name, "telemetry"};
    }
    return paths;
  }

  private static final class Hive implements AutoCloseable {
    private final int port;
    private final long pid;
    private final P9 queen;
    private final int ctl;
    private final int actions;
    private int workers;
    private int approvals;

    Hive(int port, String token, long pid) throws IOException {
      this.port = port;
      this.pid = pid;
      queen = new P9(port, token);
      ctl = queen.open(2, "queen", "ctl");
      actions = queen.open(1, "actions", "queue");
    }

    void workers(int wanted) throws IOException {
      for (; workers < wanted; workers++) {
        queen.write(ctl, SPAWN);
      }
    }

    void approvals(int wanted) throws IOException {
      for (; approvals < wanted; approvals++) {
        queen.write(actions, "{\"id\":\"a-" + approvals + "\",\"target\":\"/queen/export/ctl\",\"decision\":\"approve\"}\n");
      }
    }

    /** Writes of /queen/ctl that find their worker by name, are looked up among the approvals' rules, journaled and audited. */
    double controls(int writes) throws IOException {
      long before = cpuNanos(pid);
      for (int i = 0; i < writes; i++) {
        queen.write(ctl, "{\"budget\":{\"worker\":\"worker-1\",\"ttl_s\":86400}}\n");
      }
      return (cpuNanos(pid) - before) / 1000.0 / writes;
    }

    double walks(String[][] paths) throws IOException {
      long before = cpuNanos(pid);
      for (int i = 0; i < WALKS; i += BATCH) {
        queen.walkBatch(paths, i, BATCH);
      }
      return (cpuNanos(pid) - before) / 1000.0 / WALKS;
    }

    @Override
    public void close() throws IOException {
      queen.close();
    }
  }

  private void attach(String token, int sessions) throws Exception {
    long before = residentBytes(large.pid);
    double[] times = new double[sessions];
    List<P9> all = new ArrayList<>();
    try {
      for (int i = 0; i < sessions; i++) {
        long start = System.nanoTime();
        all.add(new P9(large.port, token));
        times[i] = (System.nanoTime() - start) / 1e6;
      }
      String active = large.queen.read("proc", "9p", "session", "active");
      if (!active.startsWith("active=" + (sessions + 1) + " ")) {
        throw new IOException(sessions + " sessions were attached beside the first, and /proc/9p/session/active says '" + active.trim() + "'");
      }
      for (P9 one : all) {
        one.read("proc", "boot");
      }
      print("session_resident_bytes", (residentBytes(large.pid) - before) / (double) sessions);
    } finally {
      for (P9 one : all) {
        one.close();
      }
    }
    Arrays.sort(times);
    print("attach_ms", times[sessions / 2]);
    print("attach_p95_ms", times[sessions * 95 / 100]);
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

  private void print(String key, double value) {
    System.out.printf(Locale.ROOT, "%s.%s=%.3f%n", prefix, key, value);
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
