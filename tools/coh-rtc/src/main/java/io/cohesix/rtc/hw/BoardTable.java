// The boards by profile: facts of their manuals and device trees, from which tables, checks and images are made.
package io.cohesix.rtc.hw;

import io.cohesix.rtc.manifest.Manifest;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One board. Addresses are physical; interrupts are the GIC's numbers (a shared peripheral interrupt n is 32 + n).
 *
 * @param name what the hive calls it: in the boot log and in /proc/boot
 * @param words what people call it
 * @param compatible what the root of its device tree is compatible with
 * @param gicCompatible what its interrupt controller is compatible with, as the kernel drives it
 * @param uarts serial devices by the manifest's word for them
 * @param rtcs real-time clocks by the manifest's word; a board without one has none
 * @param systemTimer its free-running timer for kernels that export no counter, or {@link #NO_TIMER}
 * @param virtio where network devices are found, or {@link #NO_VIRTIO}
 * @param interfaces values of hw.net.interface that something here can drive; empty: no network at all
 * @param imageOffset where an image asks to lie, from the start of RAM: clear of kernel and rootserver
 * @param userEndAlign the rootserver's region in memory ends at a multiple of this, so that a kernel which may give few
 *     untypeds gives large ones: on the Raspberry Pi 4 devices take up to 41 of the verified configuration's 50
 */
public record BoardTable(
    String name, String words, String compatible, String gicCompatible, Map<String, Device> uarts, Map<String, Device> rtcs, Timer systemTimer, Virtio virtio,
    Set<String> interfaces, long imageOffset, long userEndAlign) {
  /**
   * A device.
   *
   * @param address its first register; not always the first of its page
   * @param irq its interrupt, 0: none is used
   */
  public record Device(long address, int irq) {}

  /**
   * BCM2835 system timer: a counter of microseconds and four compare channels, of which firmware uses 0 and 2.
   *
   * @param address its first register
   * @param channel the channel that is used
   * @param irq that channel's interrupt
   */
  public record Timer(long address, int channel, int irq) {}

  /**
   * virtio over mmio.
   *
   * @param address the first transport's
   * @param irq the first transport's; the others follow
   */
  public record Virtio(long address, int irq) {}

  /** The board has no such timer. */
  public static final Timer NO_TIMER = new Timer(0, 0, 0);

  /** The board has no such transports. */
  public static final Virtio NO_VIRTIO = new Virtio(0, 0);

  private static final BoardTable QEMU_VIRT =
      new BoardTable("qemu-virt", "QEMU's virt machine", "linux,dummy-virt", "arm,cortex-a15-gic",
          Map.of("pl011", new Device(0x0900_0000L, 33)),
          Map.of("pl031", new Device(0x0901_0000L, 34)),
          NO_TIMER, new Virtio(0x0a00_0000L, 48), Set.of("wired", "auto"), 0x1000_0000L, 0x1_0000L);

  /** "Low peripheral" mode, as firmware leaves the board; the mini-UART shares a page with the other AUX devices. */
  private static final BoardTable BCM2711 =
      new BoardTable("bcm2711", "Raspberry Pi 4", "brcm,bcm2711", "arm,gic-400",
          Map.of("pl011", new Device(0xfe20_1000L, 153), "miniuart", new Device(0xfe21_5040L, 125)),
          Map.of(), new Timer(0xfe00_3000L, 1, 97), NO_VIRTIO, Set.of(), 0x0100_0000L, 0x40_0000L);

  private static final Map<String, BoardTable> BY_PROFILE =
      Map.of("virt-aarch64", QEMU_VIRT, "aws-aarch64", QEMU_VIRT, "pi4-uboot-aarch64", BCM2711);

  /** The board of a manifest's profile. */
  public static BoardTable of(Manifest m) {
    return of(m.text("profile.name"));
  }

  /** The board of a profile; QEMU's for one that is unknown. */
  public static BoardTable of(String profile) {
    return BY_PROFILE.getOrDefault(profile, QEMU_VIRT);
  }

  /** Words of the manifest for one of hw.uart's or hw.rtc's devices, sorted, quoted, joined by "or". */
  public static String choices(Set<String> words) {
    List<String> quoted = words.stream().sorted().map(w -> '"' + w + '"').toList();
    return String.join(" or ", quoted);
  }

  /** The manifest's serial device. The manifest must be valid. */
  public Device uart(Manifest m) {
    Device d = uarts.get(m.text("hw.uart"));
    if (d == null) {
      throw new IllegalArgumentException(name + " has no " + m.text("hw.uart"));
    }
    return d;
  }

  /** The manifest's real-time clock; address 0: it has none. */
  public Device rtc(Manifest m) {
    return rtcs.getOrDefault(m.text("hw.rtc"), new Device(0, 0));
  }
}
