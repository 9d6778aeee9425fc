// The command `coh-rtc image`: makes images and shows what is in one.
package io.cohesix.rtc.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * `coh-rtc image …`. Exit codes: 0 done, 1 refused (the reason is on stderr, or with --json on
 * stdout), 2 usage.
 */
@Command(
    name = "image",
    description = "Makes boot images from loader, kernel and rootserver, and shows what is in one.",
    subcommands = {ImageCommand.Qemu.class, ImageCommand.Info.class},
    mixinStandardHelpOptions = true)
public final class ImageCommand implements Runnable {
  @Spec CommandSpec spec;

  /** Made by picocli, which sets the fields before it runs anything. */
  @SuppressWarnings("NullAway.Init")
  public ImageCommand() {}

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "say what to do: qemu or info");
  }

  /** Runs work; a refusal becomes a sentence and exit code 1. */
  private static int guarded(CommandSpec spec, boolean json, Callable<Map<String, Object>> work) {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try {
      Map<String, Object> result = work.call();
      result.put("ok", true);
      if (json) {
        out.println(print(result));
      } else {
        text(out, err, result);
      }
      out.flush();
      return 0;
    } catch (ImageException e) {
      return failed(spec, json, e.getMessage() == null ? "refused" : e.getMessage());
    } catch (IOException e) {
      return failed(spec, json, "can't read or write a file: " + e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static int failed(CommandSpec spec, boolean json, String why) {
    if (json) {
      spec.commandLine().getOut().println(print(new TreeMap<>(Map.of("ok", false, "error", why))));
      spec.commandLine().getOut().flush();
    } else {
      spec.commandLine().getErr().println("coh-rtc image: " + why);
      spec.commandLine().getErr().flush();
    }
    return 1;
  }

  private static void text(PrintWriter out, PrintWriter err, Map<String, Object> result) {
    if (result.get("notes") instanceof List<?> notes) {
      notes.forEach(n -> err.println("note: " + n));
      err.flush();
    }
    if (result.get("payloads") instanceof List<?> payloads) {
      out.println(
          result.get("image")
              + ": "
              + result.get("bytes")
              + " bytes, "
              + result.get("stamp")
              + ", EL"
              + result.get("el")
              + ", cores "
              + result.get("cores")
              + ", memory "
              + result.get("memory_mib")
              + " MiB, manifest "
              + result.get("manifest_sha256"));
      for (Object o : payloads) {
        Map<?, ?> p = (Map<?, ?>) o;
        out.printf(
            Locale.ROOT,
            "  %-10s %8s bytes %9s in memory  %s%n",
            p.get("kind"),
            p.get("bytes"),
            p.get("mem_bytes"),
            p.get("sha256"));
      }
      if (result.get("measurements") instanceof Map<?, ?> m) {
        out.println("  measurement " + m.get("measurement") + " (attestation: " + m.get("kind") + ")");
      }
    }
  }

  private static String print(Map<String, Object> value) {
    try {
      return new ObjectMapper()
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, Object> describe(String name, byte[] image, PayloadTable t) {
    Map<String, Object> out = new TreeMap<>();
    List<Map<String, Object>> payloads = new ArrayList<>();
    for (PayloadTable.Blob b : t.blobs()) {
      Map<String, Object> p = new TreeMap<>();
      p.put("kind", b.kind().name().toLowerCase(Locale.ROOT));
      p.put("bytes", b.bytes().length());
      p.put("mem_bytes", b.memSize());
      p.put("virt", LoadImage.hex(b.virt()));
      p.put("phys", LoadImage.hex(b.phys()));
      p.put("sha256", b.bytes().sha256());
      payloads.add(p);
    }
    out.put("image", name);
    out.put("bytes", image.length);
    out.put("sha256", Hash.sha256Hex(image));
    out.put("stamp", t.stamp());
    out.put("el", t.el2() ? 2 : 1);
    out.put("cores", t.cores());
    out.put("physical_bits", t.physicalBits());
    out.put("memory_mib", (t.ramEnd() - KernelBuild.VIRT_RAM) >> 20);
    out.put("manifest_sha256", t.manifestSha256());
    out.put("measurements", Measurements.of(image).json());
    out.put("payloads", payloads);
    return out;
  }

  /** `coh-rtc image qemu`. */
  @Command(
      name = "qemu",
      description =
          "Makes cohesix-qemu.img (for qemu-system-aarch64 -kernel), cohesix-system.cpio,"
              + " manifest.json and manifest.sha256.",
      mixinStandardHelpOptions = true)
  static final class Qemu implements Callable<Integer> {
    @Spec CommandSpec spec;

    @Option(names = "--loader", required = true, paramLabel = "FILE", description = "loader.elf")
    Path loader;

    @Option(
        names = "--kernel",
        paramLabel = "FILE",
        description =
            "kernel.elf: the simulation kernel, or with --sel4-build another than that build's own")
    @Nullable Path kernel;

    @Option(
        names = "--rootserver",
        required = true,
        paramLabel = "FILE",
        description = "rootserver.elf")
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

    @Option(
        names = "--provision",
        paramLabel = "FILE",
        description = "provisioning blob (secret), at most 4096 bytes")
    @Nullable Path provision;

    @Option(
        names = "--device-secret",
        paramLabel = "FILE",
        description =
            "32 secret bytes for a board that keeps none, with hw.attestation.kind = dice: a fallback"
                + " for development, since it lies in the image")
    @Nullable Path deviceSecret;

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
    Qemu() {}

    @Override
    public Integer call() {
      return guarded(spec, json, this::make);
    }

    private Map<String, Object> make() throws IOException {
      Path kernelPath =
          kernel != null ? kernel : sel4Build != null ? Sel4Build.kernel(sel4Build) : null;
      if (kernelPath == null) {
        throw new CommandLine.ParameterException(
            spec.commandLine(), "name a kernel: --kernel sim-kernel.elf, or --sel4-build DIR");
      }
      byte[] kernelFile = bytes(kernelPath);
      Elf kernelElf = Elf.read(kernelPath.toString(), kernelFile);
      KernelBuild build =
          sel4Build != null ? Sel4Build.read(sel4Build) : KernelBuild.sim(kernelElf);
      Optional<Path> tree =
          dtb != null
              ? Optional.of(dtb)
              : sel4Build != null ? Sel4Build.dtb(sel4Build) : Optional.empty();
      byte[] rootserverFile = bytes(rootserver);
      QemuImage.Files files =
          QemuImage.make(
              new QemuImage.Parts(
                  Elf.read(loader.toString(), bytes(loader)),
                  kernelElf,
                  new Octets(kernelFile),
                  build,
                  Elf.read(rootserver.toString(), rootserverFile),
                  new Octets(rootserverFile),
                  tree.isPresent()
                      ? new Octets(DeviceTree.trimmed(tree.get().toString(), bytes(tree.get())))
                      : null,
                  provision != null ? new Octets(bytes(provision)) : null,
                  deviceSecret != null ? new Octets(bytes(deviceSecret)) : null,
                  ManifestFacts.read(manifest.toString(), bytes(manifest))));
      Files.createDirectories(out);
      replace(
          out.resolve("cohesix-qemu.img"),
          files.image().array(),
          provision != null || deviceSecret != null);
      replace(
          out.resolve("measurements.json"),
          (print(Measurements.of(files.image().array()).json()) + "\n").getBytes(UTF_8),
          false);
      replace(out.resolve("cohesix-system.cpio"), files.cpio().array(), false);
      replace(out.resolve("manifest.json"), bytes(manifest), false);
      replace(
          out.resolve("manifest.sha256"),
          files.manifestSha256Line().getBytes(java.nio.charset.StandardCharsets.US_ASCII),
          false);
      Map<String, Object> result =
          describe(
              out.resolve("cohesix-qemu.img").toString(), files.image().array(), files.table());
      result.put("notes", files.notes());
      return result;
    }

    private static byte[] bytes(Path p) throws IOException {
      if (!Files.isRegularFile(p)) {
        throw new ImageException(p + ": no such file");
      }
      return Files.readAllBytes(p);
    }

    /** Whole or not at all: whoever boots the old file meanwhile keeps it. A secret is the owner's. */
    private static void replace(Path to, byte[] content, boolean secret) throws IOException {
      Path part = to.resolveSibling("." + to.getFileName() + ".part");
      Files.deleteIfExists(part);
      if (secret) {
        Files.createFile(
            part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
      Files.write(part, content);
      Files.move(part, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** `coh-rtc image info`. */
  @Command(
      name = "info",
      description = "Checks an image's sums and lists its payloads.",
      mixinStandardHelpOptions = true)
  static final class Info implements Callable<Integer> {
    @Spec CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "cohesix-qemu.img")
    Path file;

    @Option(names = "--json", description = "the result as JSON on stdout")
    boolean json;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    Info() {}

    @Override
    public Integer call() {
      return guarded(
          spec,
          json,
          () -> {
            byte[] image = Qemu.bytes(file);
            try {
              return describe(file.toString(), image, FlatImage.read(image));
            } catch (ImageException e) {
              throw new ImageException(file + ": " + e.getMessage(), e);
            }
          });
    }
  }
}
