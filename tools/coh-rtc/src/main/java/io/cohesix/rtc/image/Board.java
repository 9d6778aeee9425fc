// The machines that images are made for.
package io.cohesix.rtc.image;

import java.util.Locale;

/** One value for each board; its number is in the image (payload table, flags, bits 8 to 15). */
enum Board {
  /** QEMU's `-machine virt`, also behind its U-Boot. */
  QEMU_VIRT(
      0, "QEMU virt", "virt-aarch64", "CONFIG_PLAT_QEMU_ARM_VIRT", "qemu-arm-virt", 0x4000_0000L, "PL011 at 0x9000000");

  final int number;

  /** As sentences name it. */
  final String title;

  /** The resolved manifest's profile.name for this board. */
  final String profile;

  /** The seL4 configuration's key for it. */
  final String config;

  /** The seL4 build's -DKernelPlatform for it. */
  final String platform;

  /** First byte of RAM: from here the header's text offset and QEMU's -m count. */
  final long ramStart;

  /** The serial port on which loader and root task speak. */
  final String uart;

  Board(int number, String title, String profile, String config, String platform, long ramStart, String uart) {
    this.number = number;
    this.title = title;
    this.profile = profile;
    this.config = config;
    this.platform = platform;
    this.ramStart = ramStart;
    this.uart = uart;
  }

  static Board of(int number) {
    for (Board b : values()) {
      if (b.number == number) {
        return b;
      }
    }
    throw new ImageException("board " + number + " is unknown: the image was made by another version");
  }

  /** Its memory in MiB where it ends at an address. */
  long memoryMiB(long ramEnd) {
    return (ramEnd - ramStart) >> 20;
  }

  /** `qemu-virt`. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
