// The options that all commands share which make images, and the files that these name.
package io.cohesix.rtc.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A picocli mixin: `@Mixin PartsOptions options` in a command of one board. */
final class PartsOptions {
  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  @Option(names = "--loader", required = true, paramLabel = "FILE", description = "loader.elf")
  Path loader;

  @Option(
      names = "--kernel",
      paramLabel = "FILE",
      description = "kernel.elf: the simulation kernel, or with --sel4-build another than that build's own")
  @Nullable Path kernel;

  @Option(names = "--rootserver", required = true, paramLabel = "FILE", description = "rootserver.elf")
  Path rootserver;

  @Option(
      names = "--sel4-build",
      paramLabel = "DIR",
      description = "an installed seL4 build; without it the kernel is the simulation kernel")
  @Nullable Path sel4Build;

  @Option(
      names = "--dtb",
      paramLabel = "FILE",
      description = "device tree for loaders that pass none; default: the seL4 build's")
  @Nullable Path dtb;

  @Option(names = "--provision", paramLabel = "FILE", description = "provisioning blob (secret), at most 4096 bytes")
  @Nullable Path provision;

  @Option(
      names = "--manifest-json",
      paramLabel = "FILE",
      defaultValue = "out/manifests/root_task_resolved.json",
      description = "resolved manifest (default: ${DEFAULT-VALUE})")
  Path manifest;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "out/cohesix/image",
      description = "folder for the image (default: ${DEFAULT-VALUE})")
  Path out;

  @Option(names = "--json", description = "the result as JSON on stdout")
  boolean json;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  PartsOptions() {}

  /**
   * Reads the files that the options name.
   *
   * @throws ImageException when one is missing or can't be part of an image for the board
   */
  BootImage.Parts parts(Board board) throws IOException {
    Path kernelPath = kernel != null ? kernel : sel4Build != null ? Sel4Build.kernel(sel4Build) : null;
    if (kernelPath == null) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "name a kernel: --kernel sim-kernel.elf, or --sel4-build DIR");
    }
    byte[] kernelFile = OutputFolder.bytes(kernelPath);
    Elf kernelElf = Elf.read(kernelPath.toString(), kernelFile);
    KernelBuild build = sel4Build != null ? Sel4Build.read(sel4Build, board) : KernelBuild.sim(kernelElf, board);
    Optional<Path> tree = dtb != null ? Optional.of(dtb) : sel4Build != null ? Sel4Build.dtb(sel4Build) : Optional.empty();
    byte[] rootserverFile = OutputFolder.bytes(rootserver);
    return new BootImage.Parts(
        Elf.read(loader.toString(), OutputFolder.bytes(loader)),
        kernelElf,
        new Octets(kernelFile),
        build,
        Elf.read(rootserver.toString(), rootserverFile),
        new Octets(rootserverFile),
        tree.isPresent()
            ? new Octets(DeviceTree.trimmed(tree.get().toString(), OutputFolder.bytes(tree.get())))
            : null,
        provision != null ? new Octets(OutputFolder.bytes(provision)) : null,
        ManifestFacts.read(manifest.toString(), OutputFolder.bytes(manifest)));
  }
}
