// A hive in QEMU: boots an image with the console port forwarded to a free loopback port (spec/boot.md "QEMU").
package io.cohesix.core.transport;

import io.cohesix.core.generated.Defaults;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Starts {@code qemu-system-aarch64} and ends it on close. */
public final class QemuTransport implements Transport {
  private static final String PROGRAM = "qemu-system-aarch64";
  private static final long BOOT_MS = 60_000;
  private static final Path IMAGE = Path.of("out", "cohesix", "image", "cohesix-qemu.img");
  private static final Path RELEASED = Path.of("image", "cohesix-qemu.img");

  private final Path image;
  private @Nullable HiveProcess process;

  /** For one image. */
  public QemuTransport(Path image) {
    this.image = image;
  }

  /**
   * For the given image, else the one of the release that this program belongs to, else the one that the build makes.
   *
   * @throws IllegalArgumentException when there is none; the message says where it was looked for
   */
  public static QemuTransport find(@Nullable Path given) {
    return find(given, ProgramFiles.jar());
  }

  /**
   * As {@link #find(Path)}.
   *
   * @param jar this program's; a release has it in lib/, beside image/
   */
  static QemuTransport find(@Nullable Path given, @Nullable Path jar) {
    List<Path> places = new ArrayList<>();
    if (given != null) {
      places.add(given);
    } else {
      if (jar != null && jar.getParent() != null) {
        places.add(jar.getParent().resolveSibling(RELEASED));
      }
      places.add(IMAGE);
    }
    for (Path place : places) {
      if (Files.isRegularFile(place)) {
        return new QemuTransport(place.toAbsolutePath());
      }
    }
    throw new IllegalArgumentException(
        "no image to start, looked for " + places
            + ": build it with scripts/cohesix-build-run.sh --no-run, or name one with --qemu-image");
  }

  @Override
  public Endpoint open() throws IOException {
    int port = freePort();
    List<String> command = command(image, Machine.of(image), port);
    HiveProcess started;
    try {
      // The guest's listener is reported by its boot log; the forwarded port is the one that matters here.
      started = new HiveProcess(command, line -> BootLog.port(line) == null ? null : port);
    } catch (IOException e) {
      throw new IOException("can't start " + PROGRAM + ": " + e.getMessage() + " (install qemu-system-arm)", e);
    }
    process = started;
    return new Endpoint("127.0.0.1", started.awaitPort("the image " + image + " in QEMU", BOOT_MS));
  }

  /**
   * What an image says of the machine that it was made for: the payload table behind its arm64 Image header.
   *
   * @param memoryMib the machine's RAM
   * @param el2 whether the kernel wants EL2
   * @param physicalBits of addresses, which a kernel at EL2 was compiled for; 0: any
   */
  record Machine(long memoryMib, boolean el2, int physicalBits) {
    private static final int HEADER_BYTES = 128;
    private static final int HEADER_TABLE = 4;
    private static final int HEADER_MAGIC = 56;
    private static final int ARM64_MAGIC = 0x644d5241; // "ARM" 0x64
    private static final int TABLE_MAGIC = 0x50484f43; // "COHP"
    private static final int TABLE_FLAGS = 12;
    private static final int TABLE_RAM_END = 32;
    private static final int TABLE_PHYSICAL_BITS = 68;
    private static final long RAM_START = 0x4000_0000L;

    static Machine of(Path image) throws IOException {
      try (FileChannel file = FileChannel.open(image)) {
        ByteBuffer header = read(file, image, 0);
        long table = Integer.toUnsignedLong(header.getInt(HEADER_TABLE));
        if (header.getInt(HEADER_MAGIC) == ARM64_MAGIC) {
          ByteBuffer payload = read(file, image, table);
          long memory = (payload.getLong(TABLE_RAM_END) - RAM_START) >> 20;
          if (payload.getInt(0) == TABLE_MAGIC && memory > 0) {
            return new Machine(memory, (payload.getInt(TABLE_FLAGS) & 1) != 0, payload.getInt(TABLE_PHYSICAL_BITS));
          }
        }
      }
      throw notOurs(image);
    }

    private static ByteBuffer read(FileChannel file, Path image, long at) throws IOException {
      ByteBuffer part = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      while (part.hasRemaining()) {
        if (file.read(part, at + part.position()) < 0) {
          throw notOurs(image);
        }
      }
      return part;
    }

    private static IOException notOurs(Path image) {
      return new IOException(image + " is not a Cohesix image: make one with scripts/cohesix-build-run.sh --no-run");
    }
  }

  static List<String> command(Path image, Machine machine, int port) {
    String smp = System.getenv("COHESIX_QEMU_SMP");
    String topology = System.getenv("COHESIX_QEMU_SMP_TOPO");
    String cores = smp == null ? "4" : smp;
    return new ArrayList<>(
        List.of(
            PROGRAM,
            "-machine", machine.el2() ? "virt,gic-version=2,virtualization=on" : "virt,gic-version=2",
            "-cpu", machine.physicalBits() == 40 ? "cortex-a53" : "cortex-a57",
            "-smp", cores + "," + (topology == null ? "cores=" + cores + ",threads=1,sockets=1" : topology),
            "-m", String.valueOf(machine.memoryMib()),
            "-nographic",
            "-no-reboot",
            "-global", "virtio-mmio.force-legacy=false",
            "-netdev", "user,id=net0,hostfwd=tcp:127.0.0.1:" + port + "-10.0.2.15:" + Defaults.CONSOLE_PORT,
            "-device", "virtio-net-device,netdev=net0",
            "-kernel", image.toString()));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public String toString() {
    return "QEMU, " + image;
  }

  @Override
  public String hint() {
    return "QEMU was started but its guest does not answer";
  }

  @Override
  public void close() {
    HiveProcess current = process;
    process = null;
    if (current != null) {
      current.end();
    }
  }
}
