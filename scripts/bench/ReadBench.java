// Measures reads over Secure9P with the Java client, one and sixteen in flight: of 4096 bytes beside diod serving a file of that
// size or beside another hive, or of 64 and of 4096 bytes beside the console's PING; in turns, so that what else the machine does meets both. Started by
// scripts/bench.sh as a single source file with host/secure9p in the class path; prints key=value lines.

import io.cohesix.secure9p.Client;
import io.cohesix.secure9p.ClientOptions;
import io.cohesix.secure9p.Fid;
import io.cohesix.secure9p.Login;
import io.cohesix.secure9p.OpenMode;
import io.cohesix.secure9p.Session;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Arguments: prefix of the keys, port, auth token, rounds, reads a round; then another hive's port, or for diod its port, its folder and a user's name and number. */
public final class ReadBench {
  private static final int BYTES = 4096;
  /** As much as a PING's answer, about. */
  private static final int SMALL = 64;
  private static final int WINDOW = 16;

  private ReadBench() {}

  public static void main(String[] args) throws Exception {
    String prefix = args[0];
    int port = Integer.parseInt(args[1]);
    String token = args[2];
    int rounds = Integer.parseInt(args[3]);
    int reads = Integer.parseInt(args[4]);
    try (Target hive = new Target(port, Login.aname(token, null, null), "proc/bench/zero")) {
      if (args.length == 6) {
        try (Target other = new Target(Integer.parseInt(args[5]), Login.aname(token, null, null), "proc/bench/zero")) {
          beside(prefix, "one_core", hive, other, rounds, reads);
        }
      } else if (args.length > 6) {
        Login login = Login.plain(args[7], args[6], Integer.parseInt(args[8]));
        try (Target diod = new Target(Integer.parseInt(args[5]), login, "zero")) {
          beside(prefix, "diod", hive, diod, rounds, reads);
        }
      } else {
        try (Console console = new Console(port, token);
            Plain plain = new Plain(port, token, "proc", "bench", "zero")) {
          besidePing(prefix + ".small", hive, plain, console, SMALL, rounds, reads);
          besidePing(prefix + ".4k", hive, plain, console, BYTES, rounds, reads);
        }
      }
    }
  }

  private static void beside(String prefix, String name, Target hive, Target other, int rounds, int reads) throws Exception {
    double[][] us = new double[4][rounds];
    double[][] ratio = new double[2][rounds];
    for (int round = -2; round < rounds; round++) {
      double hive1 = hive.oneByOne(BYTES, reads);
      double other1 = other.oneByOne(BYTES, reads);
      double hive16 = hive.together(BYTES, reads);
      double other16 = other.together(BYTES, reads);
      if (round >= 0) {
        us[0][round] = hive1;
        us[1][round] = other1;
        us[2][round] = hive16;
        us[3][round] = other16;
        ratio[0][round] = other1 / hive1;
        ratio[1][round] = other16 / hive16;
      }
    }
    print(prefix + ".read1_per_s", 1e6 / median(us[0]));
    print(prefix + "." + name + "1_per_s", 1e6 / median(us[1]));
    print(prefix + ".read1_by_" + name, median(ratio[0]));
    print(prefix + ".read16_per_s", 1e6 / median(us[2]));
    print(prefix + "." + name + "16_per_s", 1e6 / median(us[3]));
    print(prefix + ".read16_by_" + name, median(ratio[1]));
  }

  /** PING and the read beside it go over the same kind of plain socket, so that their ratio is the hive's alone. */
  private static void besidePing(
      String prefix, Target hive, Plain plain, Console console, int bytes, int rounds, int reads) throws Exception {
    double[] ping = new double[rounds * reads];
    double[] bare = new double[rounds * reads];
    double[] read = new double[rounds * reads];
    double[] gain = new double[rounds];
    for (int round = -2; round < rounds; round++) {
      double sum = 0;
      for (int i = 0; i < reads; i++) {
        long start = System.nanoTime();
        console.ping();
        long pinged = System.nanoTime();
        plain.read(bytes);
        long between = System.nanoTime();
        hive.read(bytes);
        long end = System.nanoTime();
        sum += end - between;
        if (round >= 0) {
          ping[round * reads + i] = (pinged - start) / 1e6;
          bare[round * reads + i] = (between - pinged) / 1e6;
          read[round * reads + i] = (end - between) / 1e6;
        }
      }
      double together = hive.together(bytes, reads);
      if (round >= 0) {
        gain[round] = sum / reads / 1000 / together;
      }
    }
    double pingMs = median(ping);
    print(prefix + ".plain1_ms", median(bare));
    print(prefix + ".read1_by_ping", median(bare) / pingMs);
    print(prefix + ".read1_ms", median(read));
    print(prefix + ".read16_by_read1", median(gain));
  }

  /** Sorts its argument. */
  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  private static void print(String key, double value) {
    System.out.printf(Locale.ROOT, "%s=%.3f%n", key, value);
  }

  /** One server, one session, one open file of 4096 bytes or more. */
  private static final class Target implements AutoCloseable {
    private final Client client;
    private final Session session;
    private final Fid file;
    private final ByteBuffer[] buffers = new ByteBuffer[WINDOW];

    Target(int port, Login login, String path) {
      ClientOptions options = ClientOptions.defaults().withWindow(WINDOW);
      client = Client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), options);
      session = client.attach(login);
      file = session.open(path, OpenMode.READ);
      Arrays.setAll(buffers, i -> ByteBuffer.allocate(BYTES));
    }

    void read(int bytes) {
      ByteBuffer buffer = buffers[0].clear().limit(bytes);
      int n = file.read(0, buffer);
      if (n != bytes) {
        throw new IllegalStateException("a read of " + file.path() + " gave " + n + " bytes, not " + bytes);
      }
    }

    /** Microseconds a read. */
    double oneByOne(int bytes, int reads) {
      long start = System.nanoTime();
      for (int i = 0; i < reads; i++) {
        read(bytes);
      }
      return (System.nanoTime() - start) / 1e3 / reads;
    }

    /** Microseconds a read, sixteen in flight: each answer asks for the next. */
    double together(int bytes, int reads) {
      AtomicInteger left = new AtomicInteger(reads);
      long start = System.nanoTime();
      CompletableFuture<?>[] lanes = new CompletableFuture<?>[WINDOW];
      for (int i = 0; i < WINDOW; i++) {
        CompletableFuture<Void> lane = new CompletableFuture<>();
        lanes[i] = lane;
        next(buffers[i].clear().limit(bytes), left, lane);
      }
      CompletableFuture.allOf(lanes).join();
      return (System.nanoTime() - start) / 1e3 / reads;
    }

    private void next(ByteBuffer buffer, AtomicInteger left, CompletableFuture<Void> lane) {
      if (left.getAndDecrement() <= 0) {
        lane.complete(null);
        return;
      }
      int bytes = buffer.rewind().limit();
      file.readAsync(0, buffer)
          .whenComplete(
              (n, failure) -> {
                if (failure != null) {
                  lane.completeExceptionally(failure);
                } else if (n != bytes) {
                  lane.completeExceptionally(new IOException("a read gave " + n + " bytes, not " + bytes));
                } else {
                  next(buffer, left, lane);
                }
              });
    }

    @Override
    public void close() {
      file.close();
      session.close();
      client.close();
    }
  }

  /** The console, as much as PING needs. */
  private static final class Console implements AutoCloseable {
    private final Socket socket = new Socket();
    private final DataInputStream in;

    Console(int port, String token) throws IOException {
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
      socket.setSoTimeout(10_000);
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 65536));
      ask("AUTH " + token);
      ask("ATTACH queen ");
    }

    void ping() throws IOException {
      ask("PING");
    }

    private void ask(String line) throws IOException {
      byte[] payload = line.getBytes(StandardCharsets.UTF_8);
      byte[] frame = new byte[payload.length + 4];
      frame[0] = (byte) frame.length;
      System.arraycopy(payload, 0, frame, 4, payload.length);
      socket.getOutputStream().write(frame);
      while (true) {
        int size = Integer.reverseBytes(in.readInt());
        String answer = new String(in.readNBytes(size - 4), StandardCharsets.UTF_8);
        if (answer.startsWith("ERR ")) {
          throw new IOException("'" + line.split(" ")[0] + "' was answered by '" + answer + "'");
        }
        if (answer.startsWith("OK ")) {
          return;
        }
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** One read at a time, without the library: frames made here, answers read here. */
  private static final class Plain implements AutoCloseable {
    private final Socket socket = new Socket();
    private final DataInputStream in;

    Plain(int port, String token, String... names) throws IOException {
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
      socket.setSoTimeout(10_000);
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 65536));
      ask(100, 0xffff, little(4).putInt(8192), text("9P2000.L"));
      ask(104, 1, little(8).putInt(0).putInt(-1), text(""), text("auth=" + token), little(4).putInt(0).array());
      ByteBuffer walk = little(10).putInt(0).putInt(1).putShort((short) names.length);
      ask(110, 1, walk, Arrays.stream(names).map(Plain::text).toArray(byte[][]::new));
      ask(12, 1, little(8).putInt(1).putInt(0));
    }

    void read(int bytes) throws IOException {
      ask(116, 1, little(16).putInt(1).putLong(0).putInt(bytes));
    }

    private static ByteBuffer little(int bytes) {
      return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] text(String s) {
      byte[] raw = s.getBytes(StandardCharsets.UTF_8);
      return little(raw.length + 2).putShort((short) raw.length).put(raw).array();
    }

    private void ask(int type, int tag, ByteBuffer head, byte[]... rest) throws IOException {
      byte[] first = Arrays.copyOf(head.array(), head.position());
      int size = 7 + first.length + Arrays.stream(rest).mapToInt(each -> each.length).sum();
      ByteBuffer frame = little(size).putInt(size).put((byte) type).putShort((short) tag).put(first);
      for (byte[] each : rest) {
        frame.put(each);
      }
      socket.getOutputStream().write(frame.array());
      int answer = Integer.reverseBytes(in.readInt());
      int got = in.readUnsignedByte();
      in.skipNBytes(answer - 5);
      if (got != type + 1) {
        throw new IOException("9P message " + type + " was answered by " + got);
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
