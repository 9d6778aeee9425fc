// Which builds count as the verified configuration, and what is said of the others.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class VerifiedKernelTest {
  /** What a build of upstream's AARCH64_bcm2711_verified of 16.0.0 has in its headers. */
  static final String CONFIG =
      """
      #define CONFIG_ARCH_AARCH64  1
      #define CONFIG_SEL4_ARCH  aarch64
      #define CONFIG_ARCH_ARM  1
      #define CONFIG_ARCH  arm
      #define CONFIG_WORD_SIZE  64
      #define CONFIG_ARM_PLAT  rpi4
      #define CONFIG_ARM_HIKEY_OUTSTANDING_PREFETCHERS  0
      #define CONFIG_PLAT_BCM2711  1
      #define CONFIG_PLAT  bcm2711
      #define CONFIG_ARM_CORTEX_A72  1
      #define CONFIG_ARCH_ARM_V8A  1
      #define CONFIG_TIMER_FREQUENCY  54000000
      #define CONFIG_ARM_MACH  /* empty */
      #define CONFIG_ARM_PA_SIZE_BITS_44  1
      #define CONFIG_ARM_ICACHE_VIPT  /* empty */
      #define CONFIG_ARM_HYPERVISOR_SUPPORT  1
      /* disabled: CONFIG_ARM_SMMU */
      #define CONFIG_AARCH64_USER_CACHE_ENABLE  1
      #define CONFIG_ALLOW_SMC_CALLS  1
      #define CONFIG_ARM_TLS_REG_TPIDRU  1
      #define CONFIG_ARM_TLS_REG  tpidru
      #define CONFIG_L1_CACHE_LINE_SIZE_BITS  6
      #define CONFIG_HAVE_FPU  1
      #define CONFIG_PADDR_USER_DEVICE_TOP  17592186044416
      #define CONFIG_ROOT_CNODE_SIZE_BITS  12
      #define CONFIG_TIMER_TICK_MS  2
      #define CONFIG_TIME_SLICE  5
      #define CONFIG_RETYPE_FAN_OUT_LIMIT  256
      #define CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION  100
      #define CONFIG_RESET_CHUNK_BITS  8
      #define CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS  50
      #define CONFIG_FASTPATH  1
      #define CONFIG_NUM_DOMAINS  16
      #define CONFIG_NUM_DOMAIN_SCHEDULES  100
      #define CONFIG_NUM_PRIORITIES  256
      #define CONFIG_MAX_NUM_NODES  1
      #define CONFIG_KERNEL_STACK_BITS  12
      #define CONFIG_VERIFICATION_BUILD  1
      #define CONFIG_NO_BENCHMARKS  1
      #define CONFIG_KERNEL_BENCHMARK  none
      #define CONFIG_MAX_NUM_TRACE_POINTS  0
      #define CONFIG_USER_STACK_TRACE_LENGTH  0
      #define CONFIG_KERNEL_OPT_LEVEL_O2  1
      #define CONFIG_KERNEL_OPT_LEVEL  -O2
      #define CONFIG_KERNEL_OPTIMISATION_CLONE_FUNCTIONS  1
      #define CONFIG_LIB_SEL4_INLINE_INVOCATIONS  1
      """;

  private static List<String> differences(String config, List<MemoryRange> memory) {
    CHeader h = new CHeader();
    h.read(config);
    return VerifiedKernel.differences(h, memory);
  }

  @Test
  void theVerifiedConfigurationDiffersInNothing() {
    assertEquals(List.of(), differences(CONFIG, VerifiedKernel.MEMORY));
  }

  @Test
  void eachOtherValueIsNamed() {
    assertEquals(
        List.of(
            "CONFIG_MAX_NUM_NODES is 4, must be 1",
            "CONFIG_VERIFICATION_BUILD is off, must be 1",
            "CONFIG_DEBUG_BUILD is 1, must be off",
            "CONFIG_PRINTING is on, must be off"),
        differences(
            CONFIG.replace("NODES  1", "NODES  4").replace("#define CONFIG_VERIFICATION_BUILD  1\n", "")
                + "#define CONFIG_PRINTING\n#define CONFIG_DEBUG_BUILD 1\n",
            VerifiedKernel.MEMORY));
  }

  @Test
  void everyOptionOfTheConfigurationCounts() {
    long counted =
        CONFIG.lines().filter(l -> l.startsWith("#define"))
            .filter(l -> !l.contains("HIKEY") && !l.contains("empty") && !l.contains("LIB_SEL4"))
            .filter(l -> differences(CONFIG.replace(l + "\n", ""), VerifiedKernel.MEMORY).size() == 1)
            .count();
    assertEquals(41, counted);
  }

  @Test
  void anotherMapOfMemoryIsADifference() {
    assertEquals(
        List.of("its memory ends at 0x80000000, must be at 0x200000000 (RPI4_MEMORY=8192)"),
        differences(
            CONFIG,
            List.of(new MemoryRange(0x1000, 0x3b40_0000L), new MemoryRange(0x4000_0000L, 0x8000_0000L))));
  }
}
