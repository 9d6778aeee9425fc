// Boots images with a local seat, types on the virtual keyboard, reads the screen letter by letter, and compares it with what a
// terminal on the serial line shows. Started by seat.sh as a single source file; prints a line a case, exit 1 when one fails.

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;

/** Arguments: qemu-run.sh, the image that does without a seat, the one that requires it, glyphs.c, host port, folder for sockets and
 * screens; then a file for a picture of the screen. */
public final class Seat {
  private static final int COLUMNS = 80;
  private static final int LINES = 30;
  private static final int WIDTH = 8;
  private static final int HEIGHT = 16;
  private static final int TOP = 2;
  private static final long PATIENCE_MS = 60_000;
  private static final String PROMPT = "\r\ncohesix> ";
  private static final String BOX = "\u007f";
  private static final String[] KEYBOARD = {"-device", "virtio-keyboard-device,bus=virtio-mmio-bus.0"};
  private static final String[] DISPLAY = {"-device", "ramfb"};

  private final Path run;
  private final String port;
  private final Path folder;
  private final Map<String, Character> letters;
  private int failed;
  private int cases;

  private Seat(Path run, Path glyphs, String port, Path folder) throws IOException {
    this.run = run;
    this.port = port;
    this.folder = folder;
    this.letters = letters(glyphs);
  }

  /** Pixels of a cell, row by row, to what they show: the table that the seat draws from. */
  private static Map<String, Character> letters(Path glyphs) throws IOException {
    List<String> rows = new ArrayList<>();
    Matcher m = Pattern.compile("\"([.#]{64})\"").matcher(Files.readString(glyphs));
    while (m.find()) {
      rows.add(m.group(1));
    }
    if (rows.size() != 12 * 12) {
      throw new IOException(glyphs + " has " + rows.size() + " rows of letters, not 144");
    }
    Map<String, Character> out = new HashMap<>();
    for (int c = 0x20; c < 0x80; c++) {
      int band = (c - 0x20) / 8;
      StringBuilder bits = new StringBuilder(".".repeat(TOP * WIDTH));
      for (int row = 0; row < 12; row++) {
        int at = (c - 0x20) % 8 * WIDTH;
        bits.append(rows.get(band * 12 + row), at, at + WIDTH);
      }
      bits.append(".".repeat((HEIGHT - TOP - 12) * WIDTH));
      if (out.put(bits.toString(), (char) c) != null) {
        throw new IOException("two letters look the same, one is " + (char) c);
      }
    }
    return out;
  }

  // ---- A terminal on the serial line ----

  /** What a terminal of that size shows, by the rules of docs/LOCAL_SEAT.md; the last line is where the cursor is. */
  private static List<String> terminal(String text) {
    char[][] grid = new char[LINES][COLUMNS];
    for (char[] line : grid) {
      Arrays.fill(line, ' ');
    }
    int[] at = {0, 0};
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      int c = b & 0xff;
      if (c == '\r') {
        at[1] = 0;
      } else if (c == '\n') {
        newLine(grid, at);
      } else if (c == '\b') {
        at[1] = Math.max(0, at[1] - 1);
      } else if (c == '\t') {
        at[1] = Math.min(COLUMNS - 1, (at[1] / 8 + 1) * 8);
      } else if (c >= 0xc0 || (c >= 0x20 && c < 0x7f)) {
        if (at[1] == COLUMNS) {
          newLine(grid, at);
        }
        grid[at[0]][at[1]++] = c >= 0xc0 ? BOX.charAt(0) : (char) c;
      }
    }
    List<String> out = new ArrayList<>();
    for (char[] line : grid) {
      out.add(new String(line));
    }
    out.add("cursor " + at[0] + ' ' + Math.min(at[1], COLUMNS - 1));
    return out;
  }

  private static void newLine(char[][] grid, int[] at) {
    at[1] = 0;
    if (at[0] + 1 < LINES) {
      at[0]++;
      return;
    }
    System.arraycopy(grid, 1, grid, 0, LINES - 1);
    grid[LINES - 1] = " ".repeat(COLUMNS).toCharArray();
  }

  // ---- A machine ----

  private final class Machine implements AutoCloseable {
    private final Process process;
    private final ByteArrayOutputStream serial = new ByteArrayOutputStream();
    private final Path socket;
    private SocketChannel monitor;

    Machine(String image, boolean seat, String... devices) throws IOException {
      socket = folder.resolve("qmp-" + cases);
      List<String> command = new ArrayList<>(List.of(run.toString(), "--image", image, "--port", port));
      if (seat) {
        command.add("--seat");
      }
      command.addAll(List.of("--", "-qmp", "unix:" + socket + ",server=on,wait=off"));
      command.addAll(List.of(devices));
      ProcessBuilder b = new ProcessBuilder(command).redirectError(folder.resolve("qemu-" + cases + ".log").toFile());
      b.environment().remove("DISPLAY");
      b.environment().remove("WAYLAND_DISPLAY");
      process = b.start();
      Thread reader = new Thread(this::read);
      reader.setDaemon(true);
      reader.start();
    }

    private void read() {
      byte[] some = new byte[4096];
      try (InputStream in = process.getInputStream()) {
        for (int n; (n = in.read(some)) > 0;) {
          synchronized (serial) {
            serial.write(some, 0, n);
            serial.notifyAll();
          }
        }
      } catch (IOException e) {
        // the machine is gone
      }
    }

    /** What came by the serial line since the root task began. */
    String text() {
      synchronized (serial) {
        String all = serial.toString(StandardCharsets.UTF_8);
        int begin = all.indexOf("[kernel:entry]");
        return begin < 0 ? "" : all.substring(begin);
      }
    }

    /** Waits until the serial line's text, behind `from` characters, holds one of these. */
    void await(int from, String... wanted) throws IOException, InterruptedException {
      long deadline = System.nanoTime() + PATIENCE_MS * 1_000_000;
      synchronized (serial) {
        while (Arrays.stream(wanted).noneMatch(w -> text().indexOf(w, from) >= 0)) {
          if (System.nanoTime() > deadline || !process.isAlive()) {
            throw new IOException("the serial line does not say " + String.join(" or ", wanted) + " but: " + text());
          }
          serial.wait(100);
        }
      }
    }

    private String ask(String order) throws IOException, InterruptedException {
      if (monitor == null) {
        while (!Files.exists(socket)) {
          Thread.sleep(10);
        }
        monitor = SocketChannel.open(StandardProtocolFamily.UNIX);
        monitor.connect(UnixDomainSocketAddress.of(socket));
        answer("\"QMP\"");
        ask("{\"execute\":\"qmp_capabilities\"}");
      }
      monitor.write(ByteBuffer.wrap((order + "\n").getBytes(StandardCharsets.UTF_8)));
      String got = answer("\"return\"", "\"error\"");
      if (got.contains("\"error\"")) {
        throw new IOException(order + ": " + got);
      }
      return got;
    }

    private String answer(String... wanted) throws IOException {
      StringBuilder line = new StringBuilder();
      ByteBuffer one = ByteBuffer.allocate(1);
      while (true) {
        one.clear();
        if (monitor.read(one) < 0) {
          throw new IOException("QEMU is gone");
        }
        if (one.get(0) != '\n') {
          line.append((char) one.get(0));
        } else {
          String got = line.toString();
          if (Arrays.stream(wanted).anyMatch(got::contains)) {
            return got;
          }
          line.setLength(0);
        }
      }
    }

    private void key(String code, boolean down) throws IOException, InterruptedException {
      ask("{\"execute\":\"input-send-event\",\"arguments\":{\"events\":[{\"type\":\"key\",\"data\":{\"down\":" + down
          + ",\"key\":{\"type\":\"qcode\",\"data\":\"" + code + "\"}}}]}}");
    }

    private void press(String code) throws IOException, InterruptedException {
      key(code, true);
      key(code, false);
    }

    /** Types a text and waits for the echo of each character. */
    void type(String text) throws IOException, InterruptedException {
      for (char c : text.toCharArray()) {
        int from = text().length();
        String shifted = SHIFTED.get(c);
        boolean upper = c >= 'A' && c <= 'Z';
        if (shifted != null || upper) {
          key("shift", true);
        }
        press(shifted != null ? shifted : PLAIN.getOrDefault(c, String.valueOf(Character.toLowerCase(c))));
        if (shifted != null || upper) {
          key("shift", false);
        }
        await(from, String.valueOf(c));
      }
    }

    /** Types a line and waits for the next prompt. */
    void line(String text) throws IOException, InterruptedException {
      type(text);
      int from = text().length();
      press("ret");
      await(from, PROMPT);
    }

    /** The screen as it is now: its lines, and where the cursor is. */
    List<String> screen() throws IOException, InterruptedException {
      Path file = folder.resolve("screen-" + cases + ".ppm");
      ask("{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"" + file + "\"}}");
      return decode(Files.readAllBytes(file));
    }

    /** The screen shows what a terminal on the serial line would. */
    void agree() throws IOException, InterruptedException {
      long deadline = System.nanoTime() + PATIENCE_MS * 1_000_000;
      while (true) {
        List<String> want = terminal(text());
        List<String> got = screen();
        if (got.equals(want)) {
          return;
        }
        if (System.nanoTime() > deadline) {
          throw new IOException("the screen shows\n" + String.join("\n", got) + "\nand a terminal would show\n" + String.join("\n", want));
        }
        Thread.sleep(20);
      }
    }

    @Override
    public void close() throws InterruptedException {
      process.destroy();
      process.waitFor();
    }
  }

  private static final Map<Character, String> PLAIN = Map.of(' ', "spc", '/', "slash", '.', "dot", '-', "minus", '=', "equal");
  private static final Map<Character, String> SHIFTED = Map.of('{', "bracket_left", '}', "bracket_right", '"', "apostrophe", ':', "semicolon",
      '_', "minus", '?', "slash");

  private List<String> decode(byte[] ppm) throws IOException {
    byte[] head = ("P6\n" + COLUMNS * WIDTH + ' ' + LINES * HEIGHT + "\n255\n").getBytes(StandardCharsets.US_ASCII);
    int pixels = ppm.length - head.length;
    if (pixels != COLUMNS * WIDTH * LINES * HEIGHT * 3 || !Arrays.equals(head, 0, head.length, ppm, 0, head.length)) {
      return List.of("no screen of " + COLUMNS * WIDTH + " x " + LINES * HEIGHT + " yet");
    }
    List<String> out = new ArrayList<>();
    String cursor = "no cursor";
    for (int line = 0; line < LINES; line++) {
      StringBuilder text = new StringBuilder();
      for (int column = 0; column < COLUMNS; column++) {
        String bits = cell(ppm, head.length, line, column);
        Character c = letters.get(bits);
        if (c == null) {
          c = letters.get(bits.replace('#', '!').replace('.', '#').replace('!', '.'));
          cursor = (c == null ? "no letter at " : cursor.equals("no cursor") ? "cursor " : "a second cursor ") + line + ' ' + column;
        }
        text.append(c == null ? '\u00bf' : c.charValue());
      }
      out.add(text.toString());
    }
    out.add(cursor);
    return out;
  }

  /** A cell's pixels: '#' is ink, '.' paper, '?' any other colour. */
  private static String cell(byte[] ppm, int begin, int line, int column) {
    StringBuilder bits = new StringBuilder();
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        int at = begin + 3 * ((line * HEIGHT + y) * COLUMNS * WIDTH + column * WIDTH + x);
        int rgb = (ppm[at] & 0xff) << 16 | (ppm[at + 1] & 0xff) << 8 | (ppm[at + 2] & 0xff);
        bits.append(rgb == 0xd8d8d8 ? '#' : rgb == 0x101820 ? '.' : '?');
      }
    }
    return bits.toString();
  }

  // ---- The cases ----

  private interface Body {
    void run() throws IOException, InterruptedException;
  }

  private void check(String text, Body body) throws InterruptedException {
    cases++;
    try {
      body.run();
      System.out.println("ok   " + text);
    } catch (IOException | AssertionError e) {
      failed++;
      System.out.println("FAIL " + text + ": " + e.getMessage());
    }
  }

  private static void must(boolean holds, String what) throws IOException {
    if (!holds) {
      throw new IOException(what);
    }
  }

  /** The session of the picture, then lines that are edited and answers that are longer than the ring to the seat. */
  private void typed(String image, String picture) throws IOException, InterruptedException {
    try (Machine m = new Machine(image, true)) {
      m.await(0, PROMPT);
      must(m.text().contains("\r\nevent-pump: init seat\r\n"), "the boot log has no line of the seat: " + m.text());
      m.agree();
      m.line("help");
      m.line("ping");
      must(m.text().endsWith("cohesix> ping\r\nPONG\r\nOK PING reply=pong" + PROMPT), "ping is answered otherwise: " + m.text());
      m.agree();
      if (!picture.isEmpty()) {
        picture(folder.resolve("screen-" + cases + ".ppm"), Path.of(picture));
      }
      m.type("PiNX_x?{\"a\":1}"); // 14 characters, of which two stay
      m.press("backspace");
      m.agree();
      for (int i = 0; i < 11; i++) {
        m.press("backspace");
      }
      m.line("ng");
      must(m.text().endsWith("PONG\r\nOK PING reply=pong" + PROMPT), "an edited line is answered otherwise: " + m.text());
      m.line("attach queen");
      m.line("cat /proc/budget"); // more than the ring to the seat holds, at once
      m.agree();
      m.line("cat /kmesg");
      must(m.text().contains("caps: seatd holds what its table lists"), "the boot did not check the table of seatd");
      m.agree();
    }
  }

  private void boots(String image) throws IOException, InterruptedException {
    try (Machine m = new Machine(image, true)) {
      m.await(0, PROMPT);
      must(m.text().indexOf("\r\ntickets: ") < m.text().indexOf("\r\nevent-pump: init seat\r\n"), "no line of the seat: " + m.text());
      m.agree();
    }
  }

  private static void picture(Path ppm, Path png) throws IOException {
    byte[] all = Files.readAllBytes(ppm);
    int width = COLUMNS * WIDTH;
    int height = LINES * HEIGHT;
    int at = all.length - 3 * width * height;
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_BINARY,
        new java.awt.image.IndexColorModel(1, 2, new int[] {0x101820, 0xd8d8d8}, 0, false, -1, java.awt.image.DataBuffer.TYPE_BYTE));
    for (int i = 0; i < width * height; i++) {
      image.setRGB(i % width, i / width, (all[at + 3 * i] & 0xff) > 0x80 ? 0xffd8d8d8 : 0xff101820);
    }
    Files.createDirectories(png.toAbsolutePath().getParent());
    ImageIO.write(image, "png", png.toFile());
  }

  private void goesOn(String image, String says, String... devices) throws IOException, InterruptedException {
    try (Machine m = new Machine(image, false, devices)) {
      m.await(0, PROMPT, "halted: ");
      must(m.text().contains("\r\nseat: " + says), "the log does not say seat: " + says + " but: " + m.text());
      must(m.text().contains(": serial console only\r\n") && m.text().contains("\r\ntickets: ") && m.text().endsWith(PROMPT), m.text());
    }
  }

  private void halts(String image, String says, String... devices) throws IOException, InterruptedException {
    try (Machine m = new Machine(image, false, devices)) {
      m.await(0, PROMPT, "halted: " + says, "\r\ntickets: ");
      m.await(m.text().indexOf("halted: "), "\r\n");
      must(m.text().contains("\r\nboot halted: " + says), "the log does not say boot halted: " + says + " but: " + m.text());
      must(!m.text().contains("tickets: ") && m.text().indexOf("\r\n", m.text().indexOf("halted: ")) == m.text().length() - 2,
          "something follows the halt: " + m.text());
    }
  }

  private static String[] both(String[] a, String[] b) {
    List<String> all = new ArrayList<>(List.of(a));
    all.addAll(List.of(b));
    return all.toArray(String[]::new);
  }

  private void all(String optional, String required, String picture) throws InterruptedException {
    String noKeyboard = "keyboard: there is no virtio keyboard: ";
    String noDisplay = "display: there is no ramfb: ";
    String[] mouse = both(DISPLAY, new String[] {"-device", "virtio-mouse-device,bus=virtio-mmio-bus.0"});
    String[] beside = both(DISPLAY, new String[] {"-device", "virtio-keyboard-device,bus=virtio-mmio-bus.30"});
    check("what is typed at the seat is answered there and on the serial line alike", () -> typed(optional, picture));
    check("a seat that is required and there boots as one that is not", () -> boots(required));
    check("without a keyboard the boot goes on and says so", () -> goesOn(optional, noKeyboard, DISPLAY));
    check("without a display the boot goes on and says so", () -> goesOn(optional, noDisplay, KEYBOARD));
    check("a mouse is no keyboard", () -> goesOn(optional, "keyboard: is an input device without letters: ", mouse));
    check("a required keyboard that is not there halts before tickets", () -> halts(required, "seat: " + noKeyboard, DISPLAY));
    check("a required display that is not there halts before tickets", () -> halts(required, "seat: " + noDisplay, KEYBOARD));
    check("a required keyboard that is a mouse halts before tickets", () -> halts(required, "seat: keyboard: is an input device", mouse));
    check("a keyboard in the NIC's page halts", () -> halts(optional, "seat.keyboard: another device is in its page", beside));
  }

  /** See the class comment. */
  public static void main(String[] args) throws Exception {
    Seat seat = new Seat(Path.of(args[0]), Path.of(args[3]), args[4], Path.of(args[5]));
    seat.all(args[1], args[2], args.length > 6 ? args[6] : "");
    System.out.println("seat: " + (seat.cases - seat.failed) + " passed, " + seat.failed + " failed");
    System.exit(seat.failed == 0 ? 0 : 1);
  }
}
