// boot.scr: what U-Boot does with a disk of ours. It speaks before each step, and says what to do when one fails.
package io.cohesix.rtc.image;

import java.util.Locale;

/**
 * The script's text. Its conditions are nested because `exit` inside `if` leaves nothing in U-Boot before 2023.04, and a quote
 * inside quotes is a syntax error there. It starts the image with `booti`, which hands over U-Boot's own device tree, because `go`
 * of U-Boot 2023.01 waits for ever where the console is a PL011; `setenv cohesix_start go` asks for `go`, and where there is no
 * `booti` it is taken by itself. When a step fails, U-Boot shall stay at its prompt below the sentence that says so instead of
 * looking for something else to boot: the script takes the other targets out of the environment in memory.
 */
final class BootScript {
  static final String FILE = "boot.scr";

  private BootScript() {}

  /**
   * The script's file for one image.
   *
   * @param image name and size of the flat image on the disk
   * @param command the command that writes the disk again, for sentences
   */
  static byte[] write(PayloadTable table, String image, int imageBytes, String command) {
    Board board = table.board();
    String again = "write the disk again with " + command;
    String text =
        String.join(
            "\n",
            "# Cohesix: made by " + command,
            say("boot script for %s, %s, manifest %s", board.title, table.stamp(), table.manifestSha256().substring(0, 12)),
            "if test -z \"${loadaddr}\"; then setenv loadaddr " + LoadImage.hex(board.ubootLoad) + "; fi",
            "setenv cohesix_stop 'for t in ${boot_targets}; do setenv bootcmd_${t} true; done; setenv scan_dev_for_efi true'",
            "setenv cohesix_disk \"" + board.ubootDisk + "\"",
            "if test -n \"${distro_bootpart}\"; then setenv cohesix_disk \"${devtype} ${devnum}:${distro_bootpart}\"; fi",
            say("1 of 3: files on ${cohesix_disk}"),
            "if fatls ${cohesix_disk}; then",
            say("2 of 3: loading %s to ${loadaddr}", image),
            "if fatload ${cohesix_disk} ${loadaddr} " + image + "; then",
            "if itest 0x${filesize} -eq " + LoadImage.hex(imageBytes) + "; then",
            "if test \"${cohesix_start}\" != go; then",
            say("3 of 3: booti ${loadaddr} - ${fdtcontroladdr}; the next lines come from U-Boot and then from the loader, on %s",
                board.uart),
            "booti ${loadaddr} - ${fdtcontroladdr}",
            say("booti did not start it"),
            "fi",
            say("3 of 3: go ${loadaddr}; the next line comes from the loader, on %s", board.uart),
            "go ${loadaddr}",
            "run cohesix_stop",
            say("stopped: %s came back: it is no image of Cohesix: %s", image, again),
            "else",
            "run cohesix_stop",
            say("stopped: %s has 0x${filesize} bytes, must have %s: another version, or cut short: %s", image,
                LoadImage.hex(imageBytes), again),
            "fi",
            "else",
            "run cohesix_stop",
            say("stopped: %s is not on ${cohesix_disk} or can not be read: %s", image, again),
            "fi",
            "else",
            "run cohesix_stop",
            say("stopped: no FAT files on ${cohesix_disk}: set cohesix_disk to interface device:partition (part list shows"
                + " them) and type: fatload ${cohesix_disk} ${loadaddr} %s; booti ${loadaddr} - ${fdtcontroladdr}", image),
            "fi",
            "");
    return UImage.script("Cohesix " + BootImage.VERSION + " " + board, text);
  }

  private static String say(String format, Object... values) {
    String text = String.format(Locale.ROOT, format, values);
    if (text.indexOf('\'') >= 0 || text.indexOf('"') >= 0) {
      throw new IllegalArgumentException("a quote in: " + text);
    }
    return "echo \"cohesix: " + text + "\"";
  }
}
