// A hive in QEMU: boots an image with the console port forwarded to a free loopback port (spec/boot.md "QEMU").
package io.cohesix.core.transport;

import io.cohesix.core.generated.Defaults;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Starts {@code qemu-system-aarch64} and ends it on close. */
public final class QemuTransport implements Transport {
  private static final long BOOT_MS = 60_000;
  private static final Path IMAGE = Path.of("out", "cohesix", "image", "cohesix-qemu.img");

  private final Path image;
  private @Nullable HiveProcess process;

  /** For one image. */
  public QemuTransport(Path image) {
    this.image = image;
  }

  /**
   * For the given image, else the one that the build makes.
   *
   * @throws IllegalArgumentException when the file does not exist
   */
  public static QemuTransport find(@Nullable Path given) {
    Path image = given == null ? IMAGE : given;
    if (!Files.isRegularFile(image)) {
      throw new IllegalArgumentException(
          "no image at " + image + ": build it with scripts/cohesix-build-run.sh --no-run, or name one with --qemu-image");
    }
    return new QemuTransport(image.toAbsolutePath());
  }

  @Override
  public Endpoint open() throws IOException {
    int port = freePort();
    HiveProcess started;
    try {
      // The guest's listener is reported by its boot log; the forwarded port is the one that matters here.
      started = new HiveProcess(command(image, port), line -> BootLog.port(line) == null ? null : port);
    } catch (IOException e) {
      throw new IOException("can't start qemu-system-aarch64: " + e.getMessage() + " (install qemu-system-arm)", e);
    }
    process = started;
    return new Endpoint("127.0.0.1", started.awaitPort("the image " + image + " in QEMU", BOOT_MS));
  }

  static List<String> command(Path image, int port) {
    String smp = System.getenv("COHESIX_QEMU_SMP");
    String topology = System.getenv("COHESIX_QEMU_SMP_TOPO");
    String cores = smp == null ? "4" : smp;
    return new ArrayList<>(
        List.of(
            "qemu-system-aarch64",
            "-machine", "virt,gic-version=2",
            "-cpu", "cortex-a57",
            "-smp", topology == null ? cores + ",cores=" + cores + ",threads=1,sockets=1" : topology,
            "-m", "1024",
            "-nographic",
            "-no-reboot",
            "-global", "virtio-mmio.force-legacy=false",
            "-netdev", "user,id=net0,hostfwd=tcp:127.0.0.1:" + port + "-:" + Defaults.CONSOLE_PORT,
            "-device", "virtio-net-device,netdev=net0",
            "-kernel", image.toString()));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
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
