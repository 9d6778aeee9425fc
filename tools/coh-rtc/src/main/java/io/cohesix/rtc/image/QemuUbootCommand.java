// The command `coh-rtc image qemu-uboot`: a disk for U-Boot in QEMU.
package io.cohesix.rtc.image;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Exit codes as {@link ImageCommand}. */
@Command(
    name = "qemu-uboot",
    description =
        "Makes cohesix-uboot.img, a disk with one FAT32 partition that U-Boot boots in QEMU: boot.scr,"
            + " cohesix-qemu.img,"
            + " manifest.json, manifest.sha256. The image carries its device tree (--dtb).",
    mixinStandardHelpOptions = true)
final class QemuUbootCommand implements Callable<Integer> {
  static final String DISK = "cohesix-uboot.img";
  static final String COMMAND = "coh-rtc image qemu-uboot";

  @Spec CommandSpec spec;
  @Mixin PartsOptions options;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  QemuUbootCommand() {}

  @Override
  public Integer call() {
    return Outcome.of(spec, options.json, this::make);
  }

  private Map<String, Object> make() throws IOException {
    BootImage.Parts parts = options.parts(Board.QEMU_VIRT);
    BootImage.Files files = BootImage.make(parts);
    byte[] disk = UbootDisk.write(files, parts.manifest().json(), QemuCommand.IMAGE, COMMAND);
    OutputFolder out = new OutputFolder(options.out, parts.secrets());
    String name = out.image(DISK, disk).toString();
    Measurements measurements = Measurements.of(files.image().array());
    out.plain(Measurements.FILE, measurements.text());
    Map<String, Object> result = Outcome.describe(QemuCommand.IMAGE, files.image().array(), files.table());
    result.put("measurements", measurements.json());
    result.put("disk", name);
    result.put("disk_bytes", disk.length);
    result.put("disk_sha256", Hash.sha256Hex(disk));
    result.put("notes", files.notes());
    return result;
  }
}
