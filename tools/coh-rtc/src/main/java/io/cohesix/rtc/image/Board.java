// The machines that images are made for.
package io.cohesix.rtc.image;

import io.cohesix.rtc.hw.BoardTable;
import java.util.Locale;

/** One value for each board; its number is in the image (payload table, flags, bits 8 to 15). */
enum Board {
  /** QEMU's `-machine virt`, also behind its U-Boot. */
  QEMU_VIRT(
      0,
      "QEMU virt",
      "virt-aarch64",
      "CONFIG_PLAT_QEMU_ARM_VIRT",
      "qemu-arm-virt",
      0x4000_0000L,
      "PL011 at 0x9000000",
      "virtio 0:1",
      0x4020_0000L,
      "fdtcontroladdr",
      "QEMU_MEMORY",
      0),

  /** Raspberry Pi 4, from a card with its firmware and U-Boot. */
  BCM2711(
      1,
      "Raspberry Pi 4",
      "pi4-uboot-aarch64",
      "CONFIG_PLAT_BCM2711",
      "bcm2711",
      0L,
      "the serial port of pins 14 and 15",
      "mmc 0:1",
      0x0100_0000L,
      "fdt_addr",
      "RPI4_MEMORY",
      1024),

  /** A machine that UEFI starts from a disk, as EC2's are. seL4 has no platform for those: the one that boots it is QEMU's. */
  AWS(
      2,
      "UEFI machine",
      "aws-aarch64",
      QEMU_VIRT.config,
      QEMU_VIRT.platform,
      QEMU_VIRT.ramStart,
      QEMU_VIRT.uart,
      QEMU_VIRT.ubootDisk,
      QEMU_VIRT.ubootLoad,
      QEMU_VIRT.ubootTree,
      QEMU_VIRT.memoryOption,
      QEMU_VIRT.roundingPages);

  final int number;

  /** As sentences name it. */
  final String title;

  /** The resolved manifest's profile.name for this board. */
  final String profile;

  /** The seL4 configuration's key for it. */
  final String config;

  /** The seL4 build's -DKernelPlatform for it. */
  final String platform;

  /** Its device tree's root is compatible with this. */
  final String compatible;

  /** First byte of RAM: from here the header's text offset and QEMU's -m count. */
  final long ramStart;

  /** The serial port on which loader and root task speak. */
  final String uart;

  /** Where its U-Boot finds the disk: interface, device and partition. */
  final String ubootDisk;

  /** Its U-Boot's usual loadaddr. */
  final long ubootLoad;

  /** The variable in which its U-Boot has the address of firmware's device tree. */
  final String ubootTree;

  /** The seL4 build's option for its size of memory. */
  final String memoryOption;

  /** Pages by which the loader may round the rootserver's region up (board.h, USER_END_ALIGN), beyond some tens. */
  final int roundingPages;

  Board(
      int number,
      String title,
      String profile,
      String config,
      String platform,
      long ramStart,
      String uart,
      String ubootDisk,
      long ubootLoad,
      String ubootTree,
      String memoryOption,
      int roundingPages) {
    this.ubootTree = ubootTree;
    this.memoryOption = memoryOption;
    this.roundingPages = roundingPages;
    this.number = number;
    this.title = title;
    this.profile = profile;
    this.config = config;
    this.platform = platform;
    this.compatible = BoardTable.of(profile).compatible();
    this.ramStart = ramStart;
    this.uart = uart;
    this.ubootDisk = ubootDisk;
    this.ubootLoad = ubootLoad;
  }

  static Board of(int number) {
    for (Board b : values()) {
      if (b.number == number) {
        return b;
      }
    }
    throw new ImageException("board " + number + " is unknown: the image was made by another version");
  }

  /** May a manifest of that profile be in an image for this board? QEMU's also in one that its UEFI firmware starts. */
  boolean takes(String name) {
    return name.equals(profile) || (this == AWS && name.equals(QEMU_VIRT.profile));
  }

  /** Is it QEMU's `virt`, whatever starts it? */
  boolean isVirt() {
    return config.equals(QEMU_VIRT.config);
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
