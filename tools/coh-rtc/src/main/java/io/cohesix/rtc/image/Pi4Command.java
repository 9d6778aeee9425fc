// The command `coh-rtc image pi4`: a card for the Raspberry Pi 4.
package io.cohesix.rtc.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Exit codes as {@link ImageCommand}. */
@Command(
    name = "pi4",
    description =
        "Makes cohesix-pi4-sd.img, a card for the Raspberry Pi 4 with one FAT32 partition: config.txt, firmware and"
            + " u-boot.bin from your folders, boot.scr, cohesix-pi4.img, manifest.json, manifest.sha256, image.json."
            + " Without firmware or U-Boot it is made all the same and says what to copy onto it.",
    mixinStandardHelpOptions = true)
final class Pi4Command implements Callable<Integer> {
  static final String DISK = "cohesix-pi4-sd.img";
  static final String COMMAND = "coh-rtc image pi4";

  @Spec CommandSpec spec;
  @Mixin PartsOptions options;

  @Option(
      names = "--firmware",
      paramLabel = "DIR",
      description =
          "folder with start4.elf, fixup4.dat, bcm2711-rpi-4-b.dtb, overlays/disable-bt.dtbo; may be repeated")
  List<Path> firmware = List.of();

  @Option(names = "--u-boot", paramLabel = "FILE", description = "U-Boot's u-boot.bin for the Raspberry Pi 4")
  @Nullable Path uboot;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  Pi4Command() {}

  @Override
  public Integer call() {
    return Outcome.of(spec, options.json, this::make);
  }

  private Map<String, Object> make() throws IOException {
    BootImage.Parts parts = options.parts(Board.BCM2711);
    boolean miniUart = parts.manifest().uart().equals("miniuart");
    Firmware found = Firmware.find(firmware, uboot, miniUart);
    BootImage.Files files = BootImage.make(parts);
    Pi4Card.Card card = Pi4Card.make(parts, files, found, miniUart, COMMAND);
    OutputFolder out = new OutputFolder(options.out, parts.secrets());
    out.image(Pi4Card.IMAGE, files.image().array());
    String name = out.image(DISK, card.disk().array()).toString();
    Measurements measurements = Measurements.of(files.image().array());
    out.plain(Measurements.FILE, measurements.text());
    Map<String, Object> result = Outcome.describe(Pi4Card.IMAGE, files.image().array(), files.table());
    result.put("measurements", measurements.json());
    result.put("disk", name);
    result.put("disk_bytes", card.disk().length());
    result.put("disk_sha256", card.disk().sha256());
    result.put("card", card.list());
    result.put("notes", notes(parts.build(), files, found));
    return result;
  }

  private static List<String> notes(KernelBuild build, BootImage.Files files, Firmware found) {
    List<String> notes = new ArrayList<>(files.notes());
    List<String> differs = build.unverified();
    if (differs != null && differs.isEmpty()) {
      notes.add("the kernel's configuration is the formally verified one (AARCH64_bcm2711_verified)");
    } else if (differs != null) {
      notes.add("the kernel's configuration is not the formally verified one: " + String.join("; ", differs));
    }
    found.missing().forEach(m -> notes.add(m.words()));
    return notes;
  }
}
