// Reads an installed upstream seL4 build, and refuses by name what the images can't serve.
package io.cohesix.rtc.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** `ninja install` of upstream's CMake project: bin/kernel.elf, libsel4/include, support/. */
final class Sel4Build {
  static final int MAX_NODES = 4;

  private static final List<String> LABEL_HEADERS =
      List.of(
          "sel4/syscall.h",
          "sel4/invocation.h",
          "sel4/sel4_arch/invocation.h",
          "sel4/arch/invocation.h",
          "sel4/objecttype.h",
          "sel4/sel4_arch/objecttype.h",
          "sel4/arch/objecttype.h",
          "sel4/sel4_arch/constants.h");
  private static final Pattern SOURCE =
      Pattern.compile("^CMAKE_HOME_DIRECTORY:INTERNAL=(.+)$", Pattern.MULTILINE);

  private final Path dir;
  private final CHeader config = new CHeader();

  private Sel4Build(Path dir) {
    this.dir = dir;
  }

  /** The build's kernel, found where an installation or a link to it has it. */
  static Path kernel(Path dir) {
    return first(dir, "bin/kernel.elf", "kernel.elf", "kernel/kernel.elf")
        .orElseThrow(
            () ->
                new ImageException(
                    dir + ": no bin/kernel.elf: name an installed seL4 build (ninja install)"));
  }

  /** The build's device tree, if it has one. */
  static Optional<Path> dtb(Path dir) {
    return first(dir, "support/kernel.dtb", "kernel.dtb", "kernel/kernel.dtb");
  }

  private static Optional<Path> first(Path dir, String... names) {
    for (String n : names) {
      if (Files.isRegularFile(dir.resolve(n))) {
        return Optional.of(dir.resolve(n));
      }
    }
    return Optional.empty();
  }

  /** Reads and checks a build's folder; it must be for the board. */
  static KernelBuild read(Path dir, Board board) {
    return new Sel4Build(dir).read(board);
  }

  private ImageException refuse(String what, String option) {
    return new ImageException("seL4 build " + dir + ": " + what + ": configure it with " + option);
  }

  private KernelBuild read(Board board) {
    config.read(text("libsel4/include/kernel/gen_config.h"));
    config.read(text("libsel4/include/sel4/gen_config.h"));
    if (!config.defined("CONFIG_ARCH_AARCH64")) {
      throw refuse("CONFIG_ARCH_AARCH64 is off, must be on", "-DKernelSel4Arch=aarch64");
    }
    if (!config.defined(board.config)) {
      throw refuse("it is for another platform than " + board.platform, "-DKernelPlatform=" + board.platform);
    }
    if (config.defined("CONFIG_KERNEL_MCS")) {
      throw refuse("CONFIG_KERNEL_MCS is on, must be off", "-DKernelIsMCS=OFF");
    }
    if (board.isVirt() && config.defined("CONFIG_ARM_GIC_V3_SUPPORT")) {
      throw refuse(
          "CONFIG_ARM_GIC_V3_SUPPORT is on, the QEMU machine has a GICv2", "-DQEMU_GIC_VERSION=2");
    }
    boolean counter = config.defined("CONFIG_EXPORT_VCNT_USER") || config.defined("CONFIG_EXPORT_PCNT_USER");
    if (config.defined("CONFIG_EXPORT_VTMR_USER") && !(counter && config.defined("CONFIG_EXPORT_PTMR_USER"))) {
      throw refuse(
          "CONFIG_EXPORT_VTMR_USER is on, and the physical timer or all counters are not exported: tasks that"
              + " share a priority for that are kept apart by time slices, which any of them could stop",
          "-DKernelArmExportVTMRUser=OFF -DKernelArmExportVCNTUser=ON -DKernelArmExportPTMRUser=ON");
    }
    int nodes = number("CONFIG_MAX_NUM_NODES");
    if (nodes < 1 || nodes > MAX_NODES) {
      throw refuse(
          "CONFIG_MAX_NUM_NODES is " + nodes + ", must be 1 to " + MAX_NODES,
          "-DKernelMaxNumNodes=1 (to " + MAX_NODES + ")");
    }
    List<MemoryRange> memory = memory(board);
    Optional<String> version = version();
    return new KernelBuild(
        board,
        "seL4-" + version.orElse("unknown"),
        false,
        nodes,
        config.defined("CONFIG_ARM_HYPERVISOR_SUPPORT"),
        config.defined("CONFIG_DEBUG_BUILD"),
        number("CONFIG_ROOT_CNODE_SIZE_BITS"),
        number("CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS"),
        memory.get(0).start(),
        memory.get(0).end(),
        memory,
        board == Board.BCM2711 ? VerifiedKernel.differences(config, memory) : null,
        physicalBits(),
        labels(),
        notes(board, version));
  }

  private List<String> notes(Board board, Optional<String> version) {
    List<String> notes = new ArrayList<>();
    boolean exported = config.defined("CONFIG_EXPORT_VCNT_USER") && config.defined("CONFIG_EXPORT_PTMR_USER");
    if (board == Board.QEMU_VIRT && !exported) { // the Raspberry Pi 4 has a timer of its own
      notes.add(
          "the kernel exports no timer to the root task, which will poll: configure it with"
              + " -DKernelArmExportVCNTUser=ON -DKernelArmExportPTMRUser=ON");
    }
    if (config.defined("CONFIG_EXPORT_VTMR_USER")) {
      notes.add(
          "the kernel exports the virtual timer, which nothing here uses, to every task: "
              + (config.defined("CONFIG_ARM_HYPERVISOR_SUPPORT")
                  ? "it is for virtual machines"
                  : "any of them can stop the time slices of its core until the next boot")
              + ": configure it with -DKernelArmExportVTMRUser=OFF");
    }
    if (version.isPresent()
        && Integer.parseInt(version.get().substring(0, version.get().indexOf('.'))) < 16) {
      notes.add(
          "seL4 "
              + version.get()
              + " leaks PAR_EL1 between threads: 16.0.0 or later is recommended");
    }
    return notes;
  }

  /** A kernel at EL2 starts only where the processor's physical addresses have its own size. */
  private int physicalBits() {
    if (!config.defined("CONFIG_ARM_HYPERVISOR_SUPPORT")) {
      return 0;
    }
    return config.defined("CONFIG_ARM_PA_SIZE_BITS_40") ? 40 : 44;
  }

  private int number(String key) {
    OptionalInt n = config.value(key);
    return n.orElseThrow(
        () ->
            new ImageException(
                "seL4 build "
                    + dir
                    + ": its configuration has no "
                    + key
                    + ": not a build of seL4 13.0.0 to 16.x"));
  }

  private Map<String, Integer> labels() {
    for (String h : LABEL_HEADERS) {
      config.read(text("libsel4/include/" + h));
    }
    Map<String, Integer> out = new LinkedHashMap<>();
    for (String name : KernelNote.LABELS) {
      OptionalInt n = config.value(name);
      out.put(
          name,
          n.orElseThrow(
              () ->
                  new ImageException(
                      "seL4 build "
                          + dir
                          + ": libsel4's headers have no "
                          + name
                          + ": not a build of seL4 13.0.0 to 16.x")));
    }
    return out;
  }

  /** The memory that is compiled in; QEMU's virt machine has one region of it. */
  private List<MemoryRange> memory(Board board) {
    try {
      JsonNode memory =
          new ObjectMapper().readTree(text("support/platform_gen.json")).path("memory");
      if (memory.isEmpty() || (board == Board.QEMU_VIRT && memory.size() != 1)) {
        throw new ImageException(
            "seL4 build "
                + dir
                + ": support/platform_gen.json has "
                + memory.size()
                + " memory regions, must have 1");
      }
      List<MemoryRange> out = new ArrayList<>();
      memory.forEach(m -> out.add(new MemoryRange(m.path("start").asLong(), m.path("end").asLong())));
      return List.copyOf(out);
    } catch (IOException e) {
      throw new ImageException("seL4 build " + dir + ": support/platform_gen.json is not JSON", e);
    }
  }

  /**
   * From a VERSION file beside the build, or from the source tree that a build folder remembers.
   */
  private Optional<String> version() {
    Optional<Path> cache = first(dir, "CMakeCache.txt");
    Path file = dir.resolve("VERSION");
    if (!Files.isRegularFile(file) && cache.isPresent()) {
      Matcher m = SOURCE.matcher(text("CMakeCache.txt"));
      file = m.find() ? Path.of(m.group(1), "VERSION") : file;
    }
    try {
      String v = Files.isRegularFile(file) ? Files.readString(file).trim() : "";
      return v.matches("\\d+\\.\\d+\\.\\d+.*") ? Optional.of(v) : Optional.empty();
    } catch (IOException e) {
      throw new ImageException(file + ": can't be read", e);
    }
  }

  private String text(String name) {
    Path p = dir.resolve(name);
    try {
      return Files.readString(p);
    } catch (IOException e) {
      throw new ImageException(
          "seL4 build " + dir + ": no " + name + ": name an installed seL4 build (ninja install)",
          e);
    }
  }
}
