// boot.scr of the Raspberry Pi 4: what its U-Boot does with the card. It speaks before each step.
package io.cohesix.rtc.image;

import java.util.Locale;

/**
 * The script's text. The tree that firmware made is named to `go`, so that the loader sees the machine's memory. U-Boot 2023.01 never
 * comes back from flushing a PL011 that is idle, which `go` does to every console device: so the last words on the line are U-Boot's
 * own, and the line is left out of its console before `go`. Its shell minds semicolons and apostrophes even between quotes: no
 * sentence has one.
 */
final class Pi4Script {
  static final String FILE = "boot.scr";

  /** U-Boot's usual address on this board, clear of kernel, rootserver and the tree. */
  static final long LOAD = 0x0100_0000L;

  private Pi4Script() {}

  /**
   * The script's file for one image.
   *
   * @param image name of the flat image on the card
   * @param bytes its size
   * @param command the command that writes the card again, for sentences
   */
  static byte[] write(PayloadTable table, String image, int bytes, String command) {
    String again = "write the card again with " + command;
    String size = LoadImage.hex(bytes);
    String text =
        String.join(
            "\n",
            "# Cohesix: made by " + command,
            say("boot script for Raspberry Pi 4, %s, manifest %s", table.stamp(), table.manifestSha256().substring(0, 12)),
            "setenv loadaddr " + LoadImage.hex(LOAD),
            "setenv autoload no",
            "setenv cohesix_disk \"mmc 0:1\"",
            "if test -n \"${distro_bootpart}\"; then setenv cohesix_disk \"${devtype} ${devnum}:${distro_bootpart}\"; fi",
            say("1 of 3: files on ${cohesix_disk}"),
            "if fatls ${cohesix_disk}; then",
            say("2 of 3: loading %s to ${loadaddr}", image),
            "if fatload ${cohesix_disk} ${loadaddr} " + image + "; then",
            "if itest 0x${filesize} -eq " + size + "; then",
            say("3 of 3: go ${loadaddr} ${fdt_addr}, the next line is from the loader"),
            "setenv stdout vidconsole",
            "go ${loadaddr} ${fdt_addr}",
            "setenv stdout serial,vidconsole",
            say("stopped: %s came back: it is no image of Cohesix: %s", image, again),
            "else",
            say("stopped: %s has 0x${filesize} bytes, must have %s: another version, or cut short: %s", image, size, again),
            "fi",
            "else",
            say("stopped: %s is not on ${cohesix_disk} or can not be read: %s", image, again),
            "fi",
            "else",
            say("stopped: no FAT files on ${cohesix_disk}: mmc list and part list mmc 0 show what there is"),
            "fi",
            "");
    return UImage.script("Cohesix " + BootImage.VERSION + " bcm2711", text);
  }

  private static String say(String format, Object... values) {
    return "echo \"cohesix: " + String.format(Locale.ROOT, format, values) + "\"";
  }
}
