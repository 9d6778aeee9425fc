// What a Raspberry Pi 4 needs on its card that this project does not make: firmware, its device tree, U-Boot.
package io.cohesix.rtc.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Files from the operator's folders, and a list of those that are missing with where to get them. */
final class Firmware {
  static final String UBOOT = "u-boot.bin";
  private static final String FOUNDATION = "the Raspberry Pi firmware's boot folder";

  /**
   * A file that the card needs.
   *
   * @param path on the card, and below a folder of --firmware
   * @param why what it does
   * @param where where to get it
   */
  record Need(String path, String why, String where) {}

  /**
   * A file that is missing.
   *
   * @param need what it is
   * @param option the option that names it
   */
  record Missing(Need need, String option) {
    String words() {
      return need.path + " is missing (" + need.why + "): give " + option + "; it is in " + need.where;
    }
  }

  private final SortedMap<String, Octets> files = new TreeMap<>();
  private final List<Missing> missing = new ArrayList<>();

  private Firmware() {}

  /** Everything that firmware loads for a serial device, U-Boot last. */
  static List<Need> needs(boolean miniUart) {
    List<Need> out = new ArrayList<>();
    String debian = FOUNDATION + ", or Debian's raspi-firmware (non-free-firmware), /usr/lib/raspi-firmware";
    out.add(new Need("start4.elf", "firmware of the board", debian));
    out.add(new Need("fixup4.dat", "start4.elf's table of memory", debian));
    out.add(
        new Need("bcm2711-rpi-4-b.dtb", "the board's device tree, which U-Boot and the loader read",
            FOUNDATION + ", or Debian's linux-image-arm64:arm64, /usr/lib/linux-image-*/broadcom"));
    if (!miniUart) {
      out.add(
          new Need("overlays/disable-bt.dtbo", "gives the PL011 to pins 14 and 15; hw.uart = \"miniuart\" does without",
              FOUNDATION));
    }
    out.add(
        new Need(UBOOT, "the boot loader that firmware starts",
            "Debian's u-boot-rpi:arm64, /usr/lib/u-boot/rpi_4, or a build of rpi_4_defconfig"));
    return out;
  }

  /** Is it a file that the operator brings, whatever the serial device? */
  static boolean isOne(String path) {
    return needs(false).stream().anyMatch(need -> need.path.equalsIgnoreCase(path));
  }

  /**
   * Looks for everything.
   *
   * @param folders of --firmware, the first that has a file wins
   * @param uboot of --u-boot, null: none
   * @throws ImageException when a named folder or file is not there
   */
  static Firmware find(List<Path> folders, @Nullable Path uboot, boolean miniUart) throws IOException {
    Firmware out = new Firmware();
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        throw new ImageException(folder + ": no such folder: --firmware names the folder that holds start4.elf");
      }
    }
    if (uboot != null && !Files.isRegularFile(uboot)) {
      throw new ImageException(uboot + ": no such file: --u-boot names U-Boot's u-boot.bin for the Raspberry Pi 4");
    }
    for (Need need : needs(miniUart)) {
      if (need.path.equals(UBOOT)) {
        out.take(need, "--u-boot FILE", uboot);
      } else {
        Path file =
            folders.stream().map(f -> f.resolve(need.path)).filter(Files::isRegularFile).findFirst().orElse(null);
        out.take(need, "--firmware DIR", file);
      }
    }
    return out;
  }

  private void take(Need need, String option, @Nullable Path file) throws IOException {
    if (file == null) {
      missing.add(new Missing(need, option));
    } else {
      files.put(need.path, new Octets(Files.readAllBytes(file)));
    }
  }

  /** Content by path on the card. */
  SortedMap<String, Octets> files() {
    return files;
  }

  /** What the operator still has to copy onto the card. */
  List<Missing> missing() {
    return missing;
  }
}
