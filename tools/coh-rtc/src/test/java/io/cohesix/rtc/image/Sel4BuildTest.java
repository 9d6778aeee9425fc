// What is read from a seL4 build, and each thing that is refused, with the option to set.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Sel4BuildTest {
  private static final String CONFIG =
      """
      #define CONFIG_ARCH_AARCH64 1
      #define CONFIG_PLAT_QEMU_ARM_VIRT 1
      #define CONFIG_MAX_NUM_NODES 1
      #define CONFIG_ROOT_CNODE_SIZE_BITS 12
      #define CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS 230
      """;

  @TempDir Path dir = Path.of("");

  @BeforeEach
  void build() throws IOException {
    config(CONFIG);
    write(
        "libsel4/include/sel4/gen_config.h",
        "#define CONFIG_EXPORT_VCNT_USER 1\n#define CONFIG_EXPORT_PTMR_USER 1\n");
    List<String> names = KernelNote.LABELS;
    write(
        "libsel4/include/sel4/syscall.h",
        "enum { " + String.join(", ", names.subList(0, 8)) + " };\n");
    write(
        "libsel4/include/sel4/invocation.h",
        "enum { "
            + String.join(", ", names.subList(8, 20))
            + ",\n#if CONFIG_MAX_NUM_NODES > 1\n Extra,\n#endif\n n };\n");
    write("libsel4/include/sel4/sel4_arch/invocation.h", "enum { v = n, m };\n");
    write(
        "libsel4/include/sel4/arch/invocation.h",
        "enum { w = m, "
            + String.join(", ", names.subList(20, 34))
            + ", "
            + String.join(", ", names.subList(36, 49))
            + " };\n");
    for (String empty : List.of("objecttype.h", "sel4_arch/objecttype.h", "arch/objecttype.h")) {
      write("libsel4/include/sel4/" + empty, "");
    }
    write(
        "libsel4/include/sel4/sel4_arch/constants.h",
        Stream.concat(names.subList(34, 36).stream(), names.subList(49, 51).stream())
            .map(n -> "#define " + n + " 5\n")
            .collect(Collectors.joining()));
    write(
        "support/platform_gen.json",
        "{\"memory\": [{\"start\": 1073741824, \"end\": 2147483648}]}");
    write("VERSION", "16.0.0\n");
  }

  private void write(String name, String text) throws IOException {
    Path p = dir.resolve(name);
    Files.createDirectories(java.util.Objects.requireNonNull(p.getParent()));
    Files.writeString(p, text);
  }

  private void config(String text) throws IOException {
    write("libsel4/include/kernel/gen_config.h", text);
  }

  private String refusal() {
    return String.valueOf(
            assertThrows(ImageException.class, () -> Sel4Build.read(dir, Board.QEMU_VIRT)).getMessage())
        .replace(dir.toString(), "DIR");
  }

  @Test
  void aBuildsFactsAreRead() {
    KernelBuild b = Sel4Build.read(dir, Board.QEMU_VIRT);
    assertEquals("seL4-16.0.0", b.name());
    assertEquals(1, b.nodes());
    assertEquals(12, b.rootCnodeBits());
    assertEquals(230, b.bootUntypeds());
    assertEquals(1024, b.board().memoryMiB(b.ramEnd()));
    assertEquals(KernelNote.LABELS.size(), b.labels().size());
    assertEquals(0, b.labels().get("seL4_SysCall"));
    assertEquals(14, b.labels().get("ARMPageMap"));
    assertEquals(5, b.labels().get("seL4_TCBBits"));
    assertEquals(List.of(), b.notes());
  }

  @Test
  void aRaspberryPisBuildHasAllItsMemoryAndSaysWhetherItIsVerified() throws IOException {
    config(VerifiedKernelTest.CONFIG);
    write("libsel4/include/sel4/gen_config.h", "");
    write(
        "support/platform_gen.json",
        "{\"memory\": [{\"start\": 4096, \"end\": 994050048}, {\"start\": 1073741824, \"end\": 4227858432},"
            + " {\"start\": 4294967296, \"end\": 8589934592}]}");
    KernelBuild b = Sel4Build.read(dir, Board.BCM2711);
    assertEquals(VerifiedKernel.MEMORY, b.memory());
    assertEquals(0x1000, b.ramStart());
    assertEquals(0x3b40_0000L, b.ramEnd());
    assertEquals(List.of(), b.unverified());
    assertEquals(List.of(), b.notes()); // the board has a timer of its own
    assertEquals(
        "seL4 build DIR: it is for another platform than qemu-arm-virt: configure it with"
            + " -DKernelPlatform=qemu-arm-virt",
        refusal());
    config(VerifiedKernelTest.CONFIG.replace("ALLOW_SMC_CALLS  1", "ALLOW_SMC_CALLS  0"));
    assertEquals(List.of("CONFIG_ALLOW_SMC_CALLS is 0, must be 1"), Sel4Build.read(dir, Board.BCM2711).unverified());
  }

  @Test
  void labelsFollowTheConfiguration() throws IOException {
    config(
        CONFIG.replace("NODES 1", "NODES 4")
            + "#define CONFIG_ARM_HYPERVISOR_SUPPORT 1\n#define CONFIG_DEBUG_BUILD 1\n");
    KernelBuild b = Sel4Build.read(dir, Board.QEMU_VIRT);
    assertEquals(15, b.labels().get("ARMPageMap"));
    assertEquals(4, b.nodes());
    assertTrue(b.hyp() && b.debug());
    assertEquals(44, b.physicalBits());
  }

  @Test
  void aKernelAtEl2NamesTheSizeOfPhysicalAddressesThatItNeeds() throws IOException {
    config(CONFIG + "#define CONFIG_ARM_PA_SIZE_BITS_40 1\n");
    assertEquals(0, Sel4Build.read(dir, Board.QEMU_VIRT).physicalBits());
    config(
        CONFIG
            + "#define CONFIG_ARM_PA_SIZE_BITS_40 1\n#define CONFIG_ARM_HYPERVISOR_SUPPORT 1\n");
    assertEquals(40, Sel4Build.read(dir, Board.QEMU_VIRT).physicalBits());
  }

  @Test
  void whatCannotBeServedIsRefusedWithTheOptionToSet() throws IOException {
    config(CONFIG + "#define CONFIG_KERNEL_MCS 1\n");
    assertEquals(
        "seL4 build DIR: CONFIG_KERNEL_MCS is on, must be off: configure it with -DKernelIsMCS=OFF",
        refusal());
    config(CONFIG.replace("PLAT_QEMU_ARM_VIRT", "PLAT_TX2"));
    assertEquals(
        "seL4 build DIR: it is for another platform than qemu-arm-virt: configure it with"
            + " -DKernelPlatform=qemu-arm-virt",
        refusal());
    config(CONFIG.replace("ARCH_AARCH64", "ARCH_AARCH32"));
    assertEquals(
        "seL4 build DIR: CONFIG_ARCH_AARCH64 is off, must be on: configure it with"
            + " -DKernelSel4Arch=aarch64",
        refusal());
    config(CONFIG.replace("NODES 1", "NODES 5"));
    assertEquals(
        "seL4 build DIR: CONFIG_MAX_NUM_NODES is 5, must be 1 to 4: configure it with"
            + " -DKernelMaxNumNodes=1 (to 4)",
        refusal());
    config(CONFIG + "#define CONFIG_ARM_GIC_V3_SUPPORT 1\n");
    assertEquals(
        "seL4 build DIR: CONFIG_ARM_GIC_V3_SUPPORT is on, the QEMU machine has a GICv2: configure"
            + " it with -DQEMU_GIC_VERSION=2",
        refusal());
    config(CONFIG.replace("#define CONFIG_ROOT_CNODE_SIZE_BITS 12\n", ""));
    assertEquals(
        "seL4 build DIR: its configuration has no CONFIG_ROOT_CNODE_SIZE_BITS: not a build of seL4"
            + " 13.0.0 to 16.x",
        refusal());
  }

  @Test
  void aFolderThatIsNoInstalledBuildIsNamedWithWhatIsMissing() throws IOException {
    write("libsel4/include/sel4/arch/invocation.h", "");
    assertEquals(
        "seL4 build DIR: libsel4's headers have no ARMPageMap: not a build of seL4 13.0.0 to 16.x",
        refusal());
    write("support/platform_gen.json", "{");
    assertEquals("seL4 build DIR: support/platform_gen.json is not JSON", refusal());
    write("support/platform_gen.json", "{\"memory\": []}");
    assertEquals(
        "seL4 build DIR: support/platform_gen.json has 0 memory regions, must have 1", refusal());
    Files.delete(dir.resolve("libsel4/include/kernel/gen_config.h"));
    assertEquals(
        "seL4 build DIR: no libsel4/include/kernel/gen_config.h: name an installed seL4 build"
            + " (ninja install)",
        refusal());
    assertEquals(
        dir + ": no bin/kernel.elf: name an installed seL4 build (ninja install)",
        assertThrows(ImageException.class, () -> Sel4Build.kernel(dir)).getMessage());
  }

  @Test
  void whatAPersonShouldKnowIsNoted() throws IOException {
    write("libsel4/include/sel4/gen_config.h", "#define CONFIG_EXPORT_VCNT_USER 1\n");
    write("VERSION", "13.0.0\n");
    assertEquals(
        List.of(
            "the kernel exports no timer to the root task, which will poll: configure it with"
                + " -DKernelArmExportVCNTUser=ON -DKernelArmExportPTMRUser=ON",
            "seL4 13.0.0 leaks PAR_EL1 between threads: 16.0.0 or later is recommended"),
        Sel4Build.read(dir, Board.QEMU_VIRT).notes());
  }

  @Test
  void anExportedVirtualTimerIsNotedAndRefusedWhereTimeSlicesAreAllThatKeepsTasksApart() throws IOException {
    String exports = "#define CONFIG_EXPORT_VCNT_USER 1\n#define CONFIG_EXPORT_VTMR_USER 1\n";
    write("libsel4/include/sel4/gen_config.h", exports + "#define CONFIG_EXPORT_PTMR_USER 1\n");
    assertEquals(
        List.of(
            "the kernel exports the virtual timer, which nothing here uses, to every task: any of them can"
                + " stop the time slices of its core until the next boot: configure it with"
                + " -DKernelArmExportVTMRUser=OFF"),
        Sel4Build.read(dir, Board.QEMU_VIRT).notes());
    config(CONFIG + "#define CONFIG_ARM_HYPERVISOR_SUPPORT 1\n");
    assertEquals(
        List.of(
            "the kernel exports the virtual timer, which nothing here uses, to every task: it is for virtual"
                + " machines: configure it with -DKernelArmExportVTMRUser=OFF"),
        Sel4Build.read(dir, Board.QEMU_VIRT).notes());
    config(CONFIG);
    for (String without : List.of(exports, exports.replace("VCNT", "PTMR"))) {
      write("libsel4/include/sel4/gen_config.h", without);
      assertEquals(
          "seL4 build DIR: CONFIG_EXPORT_VTMR_USER is on, and the physical timer or all counters are not"
              + " exported: tasks that share a priority for that are kept apart by time slices, which any of"
              + " them could stop: configure it with -DKernelArmExportVTMRUser=OFF"
              + " -DKernelArmExportVCNTUser=ON -DKernelArmExportPTMRUser=ON",
          refusal());
    }
  }

  @Test
  void theVersionCanComeFromTheSourceTreeThatABuildRemembersOrStayUnknown() throws IOException {
    Files.delete(dir.resolve("VERSION"));
    assertEquals("seL4-unknown", Sel4Build.read(dir, Board.QEMU_VIRT).name());
    write("source/VERSION", "15.0.0\n");
    write("CMakeCache.txt", "A:B=C\nCMAKE_HOME_DIRECTORY:INTERNAL=" + dir.resolve("source") + "\n");
    assertEquals("seL4-15.0.0", Sel4Build.read(dir, Board.QEMU_VIRT).name());
  }
}
