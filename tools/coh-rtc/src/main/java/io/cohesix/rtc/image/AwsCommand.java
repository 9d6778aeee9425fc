// The command `coh-rtc image aws`: a disk that UEFI firmware boots.
package io.cohesix.rtc.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * A raw disk with a GUID partition table and an EFI system partition. All that boots is in BOOTAA64.EFI, under its own sums;
 * the files beside it are for whoever looks. Exit codes as {@link ImageCommand}.
 */
@Command(
    name = "aws",
    description =
        "Makes cohesix-aws.img, a disk with an EFI system partition that UEFI firmware boots, manifest.json and"
            + " manifest.sha256.",
    mixinStandardHelpOptions = true)
final class AwsCommand implements Callable<Integer> {
  static final String IMAGE = "cohesix-aws.img";

  /** Where firmware looks on a medium that it was told nothing about. */
  static final String APPLICATION = "EFI/BOOT/BOOTAA64.EFI";

  static final String KERNEL = "kernel.elf";
  static final String ROOTSERVER = "rootserver";

  private static final String LABEL = "COHESIX-ESP";

  @Spec CommandSpec spec;
  @Mixin PartsOptions options;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  AwsCommand() {}

  @Override
  public Integer call() {
    return Outcome.of(spec, options.json, this::make);
  }

  /** The disk. */
  static byte[] disk(BootImage.Parts parts, BootImage.Files files) {
    SortedMap<String, Octets> esp = new TreeMap<>();
    esp.put(APPLICATION, new Octets(PeImage.write(parts.loader(), files.image().array())));
    esp.put(KERNEL, parts.kernelFile());
    esp.put(ROOTSERVER, parts.rootserverFile());
    esp.put(BootImage.MANIFEST, parts.manifest().json());
    esp.put(BootImage.MANIFEST_SUM, files.manifestSha256Line());
    return Gpt.disk("Cohesix ESP", FatVolume.write(esp, new FatVolume.Options(LABEL, 0, Gpt.START)));
  }

  private Map<String, Object> make() throws IOException {
    BootImage.Parts parts = options.parts(Board.AWS);
    BootImage.Files files = BootImage.make(parts);
    byte[] disk = disk(parts, files);
    OutputFolder out = new OutputFolder(options.out, parts.secrets());
    String name = out.image(IMAGE, disk).toString();
    out.plain(BootImage.MANIFEST, parts.manifest().json().array());
    out.plain(BootImage.MANIFEST_SUM, files.manifestSha256Line().array());
    Measurements measurements = Measurements.of(files.image().array());
    out.plain(Measurements.FILE, measurements.text());
    Map<String, Object> result = Outcome.describe(name, disk, files.table());
    result.put("measurements", measurements.json());
    List<String> notes = new ArrayList<>(files.notes());
    if (parts.dtb() == null) {
      notes.add(
          "the image carries no device tree: it starts only where firmware has one (QEMU: -machine virt,acpi=off); add one"
              + " with --dtb");
    }
    result.put("notes", notes);
    return result;
  }
}
