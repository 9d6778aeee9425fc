// The command `coh-rtc image qemu`: an image for QEMU's -kernel.
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
    name = "qemu",
    description =
        "Makes cohesix-qemu.img (for qemu-system-aarch64 -kernel), cohesix-system.cpio,"
            + " manifest.json and manifest.sha256.",
    mixinStandardHelpOptions = true)
final class QemuCommand implements Callable<Integer> {
  static final String IMAGE = "cohesix-qemu.img";

  @Spec CommandSpec spec;
  @Mixin PartsOptions options;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  QemuCommand() {}

  @Override
  public Integer call() {
    return Outcome.of(spec, options.json, this::make);
  }

  private Map<String, Object> make() throws IOException {
    BootImage.Parts parts = options.parts(Board.QEMU_VIRT);
    BootImage.Files files = BootImage.make(parts);
    OutputFolder out = new OutputFolder(options.out, parts.provision() != null);
    byte[] image = files.image().array();
    String name = out.image(IMAGE, image).toString();
    out.plain("cohesix-system.cpio", files.cpio().array());
    out.plain(BootImage.MANIFEST, parts.manifest().json().array());
    out.plain(BootImage.MANIFEST_SUM, files.manifestSha256Line().array());
    Map<String, Object> result = Outcome.describe(name, image, files.table());
    result.put("notes", files.notes());
    return result;
  }
}
