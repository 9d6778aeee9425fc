// Boots an image whose netd has the hook, has it misbehave in every way, and judges what the serial console, two workers, the log
// and the next TCP session say. Started by isolation.sh as a single source file; prints a line a mode that fails (--tell: each).

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Arguments: qemu-run.sh, image, host port, auth token, file for the console's text; then --only MODE, --tell, --strict. Or
 * --modes alone: prints their names. What it prints begins with the name of the image's folder.
 */
public final class Isolation {
  /** What an order does, as seen in the line `netd ended`, and for how long it does that unnoticed, in ms. */
  private record Mode(String order, String cause, long lastsMs) {
    Mode(String order, String cause) {
      this(order, cause, 0);
    }
  }

  /** The authority's alarm comes within a second, and no other deadline is kept while its timer is muted. */
  private static final long ALARM_MS = 1000;

  /** Where the kernel exports no counter the authority knows seconds, and guesses the milliseconds between by how often it has its turn. */
  private static final long GUESS_MS = 1000;

  /** As long as hook.c has it. */
  private static final long WHILE_MS = 1200;

  /** The authority hears nothing but what others tell it, and its alarm: nobody types meanwhile, since each key wakes it. */
  private static final Mode MUTE = new Mode("mute-timer", "cause=no-answer", ALARM_MS);

  private static Mode fault(String order, String address) {
    return new Mode(order, "cause=vm-fault pc=0x\\w+ address=" + address);
  }

  private static Mode stops(String order, String what) {
    return new Mode(order, "cause=exception pc=0x\\w+ at=\\S*hook\\.c:\\d+ what=hook: " + what, WHILE_MS);
  }

  private static final Mode[] MODES = {
    fault("read 0", "0x0"),
    fault("write 18000000", "0x18000000"), // the authority's window to the stream ports
    fault("write 18200000", "0x18200000"), // the hive
    fault("write 5e0000", "0x5e0000"), // nicd's queues
    fault("write 5f0000", "0x5f0000"), // the NIC's registers
    fault("write 400000", "0x400000"), // its own text
    fault("read ffffff8040000000", "0x\\w+"), // the kernel
    fault("jump 0", "0x0"),
    fault("jump 10000000", "0x10000000"), // packets
    fault("stack", "0x[45]ffff\\w"), // by its data's pages: small or large
    new Mode("loop", "cause=no-answer"),
    new Mode("assert", "cause=exception pc=0x\\w+ at=\\S*hook\\.c:\\d+ what="),
    new Mode("forge-rx 1001", "cause=forged-index"),
    new Mode("forge-rx ffffffff", "cause=forged-index"),
    new Mode("forge-tx 1", "cause=forged-index"),
    new Mode("forge-words", "cause=(forged-index|forged-packet|no-answer)"),
    new Mode("guess-words", "cause=(forged-index|exception .* what=hook: guessed)", WHILE_MS),
    new Mode("forge-packets 0", "cause=forged-packet"),
    new Mode("forge-packets 1", "cause=forged-packet"),
    new Mode("forge-packets 2", "cause=forged-packet"),
    new Mode("forge-packets 3", "cause=forged-packet"),
    new Mode("forge-packets 4", "cause=forged-packet"),
    stops("flood-ports", "opened"),
    stops("flood-link", "plugged"),
    stops("flood-deadlines", "was woken"),
    stops("flood-signals", "signalled"),
    new Mode("flood-silent", "cause=no-answer"),
    stops("flood-packets", "sent"),
    new Mode("invoke-slots", "cause=exception pc=0x\\w+ at=hook\\.c:0 what=hook: invoked all slots"),
    new Mode("invoke 8", "cause=capability-fault"),
    new Mode("invoke 1000000000000", "cause=capability-fault"),
    new Mode("invoke 4", "cause=capability-fault"), // a call of the fault endpoint is a confession
    new Mode("receive 2", "cause=capability-fault"),
    new Mode("receive 4", "cause=capability-fault"),
    new Mode("mute-slices", "cause=exception pc=0x\\w+(?! at=)\\b"), // the kernel exports no virtual timer
    new Mode("mute-timer", "cause=no-answer", ALARM_MS), // somebody types, and is answered
    MUTE,
  };

  /** What grows by what happened and never goes back, and what depends on the moment. */
  private static final Set<String> HISTORY =
      Set.of("log", "trace", "control", "latency", "watch", "scratch", "kmesg", "journal", "decisions", "journal_starts", "throttle");

  private static final long HEARTBEAT_MS = 250;
  private static final double ANSWER_MS = 50;
  /** How much longer than on an unloaded machine an answer may take once, and how much longer a session's return. */
  private static final double LOADED = 10;
  private static final double LOADED_BACK = 2;
  private static final long BACK_MS = 2000;
  /** On a busy machine a mode whose times are too long is tried again; with --strict there is one try. */
  private static final int TRIES = 5;

  private final List<String> wrong = new ArrayList<>();
  private final Map<String, TreeMap<Long, Long>> beats = new TreeMap<>();
  private final String token;
  private final int port;
  private Serial serial;
  private double patience; // how much slower this machine is than one that answers in ANSWER_MS at the worst
  private final String name;
  private volatile boolean stopped;
  private boolean tell;
  private boolean strict; // the bounds of an unloaded machine; else only what no load explains
  private boolean inTime; // the last mode
  private long guessMs; // by how much the image's clock may be wrong
  private long seen; // the last trace event
  private long keptMs; // the most that the host kept its processors from us in a mode

  private Isolation(String name, String token, int port) {
    this.name = name;
    this.token = token;
    this.port = port;
  }

  public static void main(String[] args) throws Exception {
    if (args[0].equals("--modes")) {
      Arrays.stream(MODES).map(mode -> mode.order.split(" ")[0]).distinct().forEach(System.out::println);
      return;
    }
    List<String> options = Arrays.asList(args).subList(5, args.length);
    int only = options.indexOf("--only");
    String wanted = only < 0 ? "" : options.get(only + 1);
    Isolation test = new Isolation(Path.of(args[1]).getParent().getFileName().toString(), args[3].isEmpty() ? "changeme" : args[3],
        Integer.parseInt(args[2]));
    test.tell = options.contains("--tell");
    test.strict = options.contains("--strict");
    // In a session of its own: Ctrl-C is ours, and ends it below.
    Process qemu = new ProcessBuilder("setsid", args[0], "--image", args[1], "--port", args[2]).redirectErrorStream(true).start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      test.stopped = true;
      qemu.destroy();
    }));
    try (Serial serial = new Serial(qemu, Path.of(args[4]), !test.strict)) {
      test.serial = serial;
      test.run(wanted);
    } catch (IOException | IllegalStateException e) {
      test.wrong.add(e.getMessage());
    } finally {
      qemu.destroy();
      qemu.waitFor();
    }
    if (test.stopped) {
      return; // by a signal, which says it all
    }
    test.wrong.forEach(line -> test.say("FAILED  " + line));
    System.exit(test.wrong.isEmpty() ? 0 : 1);
  }

  private void run(String only) throws Exception {
    serial.await("\ncohesix> ", serial.await("\\[Cohesix\\] Root console ready", 0, 60_000), 20_000); // else it would end the first answer
    serial.ask("attach queen");
    serial.ask("echo {\"set\":{\"level\":\"debug\",\"cats\":[\"worker\"]}} > /trace/ctl");
    String kmesg = serial.ask("cat /kmesg");
    check(kmesg.contains("\ncaps: "), "/kmesg says nothing of capabilities");
    guessMs = serial.ask("cat /proc/boot").contains("\ntimer=polling") ? GUESS_MS : 0;
    for (int i = 0; i < 2; i++) {
      serial.ask("spawn {\"spawn\":\"heartbeat\",\"ticks\":100000,\"budget\":{\"ttl_s\":3600,\"ops\":5000}}");
    }
    List<Double> calm = new ArrayList<>();
    Console session = new Console(port, token, 10_000);
    for (int i = 0; i < 200; i++) {
      calm.add(serial.ping());
    }
    Collections.sort(calm);
    double worst = calm.get(calm.size() - 1);
    patience = strict ? 1 : Math.max(1, worst / ANSWER_MS);
    say(String.format("unharmed: serial answers in %.1f ms, %.1f at the worst", calm.get(calm.size() / 2), worst));
    Map<String, String> before = state();
    serial.ask("tail /log/queen.log");
    int done = 0;
    for (Mode mode : MODES) {
      if (!mode.order.startsWith(only)) {
        continue;
      }
      if (mode == MUTE) {
        judgeBeats(0);
        beats.clear();
      }
      int tries = strict ? 1 : TRIES;
      inTime = false;
      for (int i = 1; i <= tries && !inTime; i++) {
        session = misbehave(session, mode, i == tries);
      }
      done++;
    }
    judgeBeats(MUTE.order.startsWith(only) ? ALARM_MS : 0);
    check(beats.size() == 2 && seen > 0, "workers tell nothing");
    Map<String, String> after = state();
    check(before.keySet().equals(after.keySet()), "pools differ");
    before.forEach((name, value) -> check(value.equals(after.get(name)), name + " was " + value + ", is " + after.get(name)));
    session.close();
    say((wrong.isEmpty() ? "ok      " : "") + done + " ways to misbehave, and all is as before");
  }

  /** One mode: the session in which it is ordered is lost; returns the next one. */
  private Console misbehave(Console session, Mode mode, boolean last) throws Exception {
    session.raw("!netd " + mode.order + "\n");
    Next next = new Next();
    next.start();
    long kept = serial.kept();
    List<Double> pings = new ArrayList<>();
    long limit = System.nanoTime() + 20_000_000_000L;
    while (next.isAlive() && System.nanoTime() < limit) {
      if (mode != MUTE) {
        pings.add(serial.ping());
      }
      Thread.sleep(5);
    }
    pings.add(serial.ping());
    session.close();
    String log = serial.ask("tail /log/queen.log");
    kept = Math.max(0, serial.kept() - kept) / 1_000_000;
    keptMs = Math.max(keptMs, kept);
    collectBeats();
    if (next.console == null) {
      throw new IOException(mode.order + ": no session was served again; the log says:\n" + log);
    }
    Collections.sort(pings);
    double median = pings.get(pings.size() / 2);
    double worst = pings.get(pings.size() - 1);
    long ended = at(log, "net netd ended " + mode.cause);
    long runs = at(log, "net netd runs again ");
    long back = at(log, "audit op=ATTACH role=queen result=ok");
    long lost = at(log, "audit op=(session .*detail=connection-lost|FRAME role=queen result=quota)");
    long silent = late();
    silent = mode == MUTE ? 0 : silent;
    String figures = String.format("serial %.1f ms, at the worst %.1f; netd ended, ran again after %d ms, served a session %d ms after the order; workers late %d times",
        median, worst, runs - ended, next.backMs, silent);
    inTime = true;
    if (ended < 0 || runs < 0 || back < 0 || lost < 0) {
      check(false, mode.order + ": log lacks the end " + (ended < 0 ? "with " + mode.cause : "") + " or what follows:\n" + log);
    } else {
      inTime = median < ANSWER_MS * patience && worst < ANSWER_MS * patience * (strict ? 1 : LOADED)
          && next.backMs < mode.lastsMs + BACK_MS * patience * (strict ? 1 : LOADED_BACK) + kept + guessMs && silent == 0;
      check(inTime || !last, mode.order + ": " + figures);
    }
    int lines = log.split("\n").length;
    check(lines < 60, mode.order + ": " + lines + " lines of log:\n" + log.substring(0, Math.min(log.length(), 3000)));
    if (tell) {
      say("        " + mode.order + ": " + figures + " (" + pings.size() + " pings; the host kept " + kept + " ms)");
    }
    return next.console;
  }

  /** When the first line that ends so was written; -1: there is none. */
  private static long at(String log, String text) {
    Matcher m = Pattern.compile("(?m)^(\\d+) " + text).matcher(log);
    return m.find() ? Long.parseLong(m.group(1)) : -1;
  }

  /** Tries until a session is served: what comes too early is answered by nobody. */
  private final class Next extends Thread {
    private volatile Console console;
    private volatile long backMs; // when it was served, since the order

    @Override
    public void run() {
      long start = System.nanoTime();
      long limit = System.nanoTime() + 19_000_000_000L;
      for (int ms = 50; console == null && System.nanoTime() < limit; ms = Math.min(150, ms + 25)) {
        try {
          console = new Console(port, token, ms);
          backMs = (System.nanoTime() - start) / 1_000_000;
        } catch (IOException e) {
          // tried again
        }
      }
    }
  }

  /** How often a worker's task let a heartbeat pass since it was asked here last: it had no processor. */
  private long late() throws Exception {
    long n = 0;
    Matcher m = Pattern.compile("(?m)^\\{\"seq\":(\\d+),.*\"text\":\"(.*)\"").matcher(serial.ask("tail /trace/events"));
    for (long from = seen; m.find(); seen = Math.max(seen, Long.parseLong(m.group(1)))) {
      n += Long.parseLong(m.group(1)) > from && m.group(2).startsWith("silent ") ? 1 : 0;
    }
    return n;
  }

  private void collectBeats() throws Exception {
    for (String worker : List.of("worker-1", "worker-2")) {
      Matcher m = Pattern.compile("(?m)^\\{\"tick\":(\\d+),\"ts_ms\":(\\d+)}").matcher(serial.ask("cat /worker/" + worker + "/telemetry"));
      TreeMap<Long, Long> of = beats.computeIfAbsent(worker, w -> new TreeMap<>());
      while (m.find()) {
        of.put(Long.parseLong(m.group(1)), Long.parseLong(m.group(2)));
      }
    }
  }

  private void judgeBeats(long more) {
    beats.forEach((worker, of) -> {
      long tick = 0;
      long ms = 0;
      long gap = 0;
      for (Map.Entry<Long, Long> beat : of.entrySet()) {
        check(tick == 0 || beat.getKey() == tick + 1, worker + ": no beat " + (tick + 1));
        gap = tick == 0 ? 0 : Math.max(gap, beat.getValue() - ms);
        tick = beat.getKey();
        ms = beat.getValue();
      }
      check(tick > 0 && gap <= 2 * HEARTBEAT_MS * patience + keptMs + more + guessMs,
          worker + " paused for " + gap + " ms, of which the host may explain " + keptMs + "; it has beaten " + tick + " times");
    });
  }

  /** What must be the same at the end: the lifecycle, the workers, and of each pool what is used. */
  private Map<String, String> state() throws Exception {
    Map<String, String> all = new TreeMap<>();
    Matcher m = Pattern.compile("(?m)^pool=(\\S+) (used=\\d+)").matcher(serial.ask("cat /proc/budget"));
    while (m.find()) {
      if (!HISTORY.contains(m.group(1)) && !m.group(1).startsWith("net_")) {
        all.put(m.group(1), m.group(2));
      }
    }
    all.put("lifecycle", line(serial.ask("cat /proc/lifecycle/state"), "state="));
    all.put("link", line(serial.ask("cat /proc/root/reachable"), ""));
    all.put("workers", line(serial.ask("ls /worker"), "OK LS"));
    all.put("kernel memory", line(serial.ask("mem"), "OK MEM"));
    all.put("kernel slots", line(serial.ask("bi"), "OK BOOTINFO"));
    return all;
  }

  private static String line(String text, String start) {
    return Arrays.stream(text.split("\n")).filter(l -> l.startsWith(start) && !l.isBlank()).sorted().findFirst().orElse("none");
  }

  private void say(String text) {
    System.out.println((name + ": " + text).replace("\n", "\n" + name + ": "));
  }

  private void check(boolean ok, String text) {
    if (!ok) {
      wrong.add(text);
    }
  }

  /** The serial line of QEMU, which is its standard input and output. */
  private static final class Serial implements AutoCloseable {
    private final Process qemu;
    private final OutputStream out;
    private final Path file;
    private final boolean lenient; // what the host ran instead of us does not count
    private final StringBuilder text = new StringBuilder();

    Serial(Process qemu, Path file, boolean lenient) {
      this.lenient = lenient;
      this.qemu = qemu;
      this.out = qemu.getOutputStream();
      this.file = file;
      Thread reader = new Thread(() -> {
        byte[] some = new byte[4096];
        try (InputStream in = qemu.getInputStream()) {
          for (int n = in.read(some); n > 0; n = in.read(some)) {
            synchronized (text) {
              text.append(new String(some, 0, n, StandardCharsets.UTF_8).replace("\r", ""));
              text.notifyAll();
            }
          }
        } catch (IOException e) {
          // the machine has ended
        }
      });
      reader.setDaemon(true);
      reader.start();
    }

    /** Waits for the pattern behind an offset; returns where it ends. */
    int await(String pattern, int from, long ms) throws IOException, InterruptedException {
      Pattern p = Pattern.compile(pattern);
      long limit = System.nanoTime() + ms * 1_000_000;
      synchronized (text) {
        for (;;) {
          Matcher m = p.matcher(text);
          if (m.find(from)) {
            return m.end();
          }
          if (System.nanoTime() >= limit || !qemu.isAlive()) {
            throw new IOException("the serial console does not say '" + pattern + "' within " + ms + " ms; its end:\n"
                + text.substring(Math.max(from, text.length() - 3000)));
          }
          text.wait(50);
        }
      }
    }

    private int send(String line) throws IOException {
      int from;
      synchronized (text) {
        from = text.length();
      }
      out.write((line + "\r").getBytes(StandardCharsets.UTF_8));
      out.flush();
      return from;
    }

    /** A command's whole answer. */
    String ask(String line) throws IOException, InterruptedException {
      int from = send(line);
      int end = await("\ncohesix> ", from, 20_000);
      synchronized (text) {
        return text.substring(from, end);
      }
    }

    /** Milliseconds until a PING is answered, without those in which QEMU or we could have run and the host ran something else. */
    double ping() throws IOException, InterruptedException {
      long start = System.nanoTime();
      long kept = kept();
      int from = send("ping");
      int end = await("OK PING", from, 10_000);
      long ns = System.nanoTime() - start;
      await("cohesix> ", end, 10_000);
      return (ns - Math.max(0, Math.min(ns, kept() - kept))) / 1e6;
    }

    /** How long QEMU's threads and ours have waited for a processor (Linux, proc(5) schedstat), in ns; 0 where nobody counts that. */
    long kept() {
      long ns = 0;
      if (!lenient) {
        return ns;
      }
      for (String process : List.of(Long.toString(qemu.pid()), "self")) {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc", process, "task"))) {
          for (Path thread : threads) {
            ns += Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ")[1]);
          }
        } catch (IOException | RuntimeException e) {
          // a thread has ended, or there is no such file
        }
      }
      return ns;
    }

    @Override
    public void close() throws IOException {
      synchronized (text) {
        Files.writeString(file, text);
      }
    }
  }

  /** A session over TCP: AUTH, ATTACH and PING are answered, or there is none. */
  private static final class Console implements AutoCloseable {
    private final Socket socket = new Socket();

    Console(int port, String token, int ms) throws IOException {
      try {
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), ms);
        socket.setSoTimeout(ms);
        DataInputStream in = new DataInputStream(socket.getInputStream());
        for (String line : List.of("AUTH " + token, "ATTACH queen ", "PING")) {
          byte[] payload = line.getBytes(StandardCharsets.UTF_8);
          ByteArrayOutputStream frame = new ByteArrayOutputStream();
          frame.writeBytes(new byte[] {(byte) (payload.length + 4), 0, 0, 0});
          frame.writeBytes(payload);
          socket.getOutputStream().write(frame.toByteArray());
          for (String got = read(in); !got.startsWith("OK "); got = read(in)) {
            if (!got.equals("PONG")) {
              throw new IOException("'" + line.split(" ")[0] + "' was answered by '" + got + "'");
            }
          }
        }
      } catch (IOException e) {
        socket.close();
        throw e;
      }
    }

    private static String read(DataInputStream in) throws IOException {
      int size = Integer.reverseBytes(in.readInt());
      return new String(in.readNBytes(size - 4), StandardCharsets.UTF_8);
    }

    void raw(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
