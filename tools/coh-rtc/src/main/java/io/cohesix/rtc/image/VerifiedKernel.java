// The configuration of seL4 that is formally verified for the Raspberry Pi 4, and how a build differs from it.
package io.cohesix.rtc.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Upstream's AARCH64_bcm2711_verified as a build's headers show it. Compiler and linker are trusted and not compared;
 * neither is the kernel's source.
 */
final class VerifiedKernel {
  /** Everything else that a build's headers define is a difference. */
  private static final Map<String, String> WANTS = wants(
      """
      ARCH_AARCH64 1, SEL4_ARCH aarch64, ARCH_ARM 1, ARCH arm, WORD_SIZE 64, ARM_PLAT rpi4, PLAT_BCM2711 1,
      PLAT bcm2711,
      ARM_CORTEX_A72 1, ARCH_ARM_V8A 1, TIMER_FREQUENCY 54000000, ARM_PA_SIZE_BITS_44 1, ARM_HYPERVISOR_SUPPORT 1,
      AARCH64_USER_CACHE_ENABLE 1, ALLOW_SMC_CALLS 1, ARM_TLS_REG_TPIDRU 1, ARM_TLS_REG tpidru,
      L1_CACHE_LINE_SIZE_BITS 6,
      HAVE_FPU 1, PADDR_USER_DEVICE_TOP 17592186044416, ROOT_CNODE_SIZE_BITS 12, TIMER_TICK_MS 2, TIME_SLICE 5,
      RETYPE_FAN_OUT_LIMIT 256, MAX_NUM_WORK_UNITS_PER_PREEMPTION 100, RESET_CHUNK_BITS 8,
      MAX_NUM_BOOTINFO_UNTYPED_CAPS 50,
      FASTPATH 1, NUM_DOMAINS 16, NUM_DOMAIN_SCHEDULES 100, NUM_PRIORITIES 256, MAX_NUM_NODES 1, KERNEL_STACK_BITS 12,
      VERIFICATION_BUILD 1, NO_BENCHMARKS 1, KERNEL_BENCHMARK none, MAX_NUM_TRACE_POINTS 0, USER_STACK_TRACE_LENGTH 0,
      KERNEL_OPT_LEVEL_O2 1, KERNEL_OPT_LEVEL -O2, KERNEL_OPTIMISATION_CLONE_FUNCTIONS 1""");

  /** Options of other processors, which have values here and no effect, and those of the library beside the kernel. */
  private static final List<String> WITHOUT_EFFECT = List.of("ARM_HIKEY_", "ARM_MACH", "ARM_ICACHE_VIPT", "LIB_SEL4_");

  /** The memory map of the board with 8 GiB, which upstream takes where nothing else is said. */
  static final List<MemoryRange> MEMORY =
      List.of(
          new MemoryRange(0x1000L, 0x3b40_0000L),
          new MemoryRange(0x4000_0000L, 0xfc00_0000L),
          new MemoryRange(0x1_0000_0000L, 0x2_0000_0000L));

  private static final String PREFIX = "CONFIG_";

  private VerifiedKernel() {}

  private static Map<String, String> wants(String text) {
    Map<String, String> out = new TreeMap<>();
    for (String pair : text.split(",", -1)) {
      String[] words = pair.trim().split(" ", 2);
      out.put(PREFIX + words[0], words[1]);
    }
    return out;
  }

  /**
   * Sentences, one for each difference; none: the build is of the verified configuration.
   *
   * @param config what the kernel's and libsel4's generated headers define
   */
  static List<String> differences(CHeader config, List<MemoryRange> memory) {
    List<String> out = new ArrayList<>();
    SortedMap<String, String> has = config.defines(PREFIX);
    WANTS.forEach((key, value) -> {
      String is = has.remove(key);
      if (is == null) {
        out.add(key + " is off, must be " + value);
      } else if (!is.equals(value)) {
        out.add(key + " is " + is + ", must be " + value);
      }
    });
    has.forEach((key, value) -> {
      if (WITHOUT_EFFECT.stream().noneMatch(p -> key.startsWith(PREFIX + p))) {
        out.add(key + " is " + (value.isEmpty() ? "on" : value) + ", must be off");
      }
    });
    if (!memory.equals(MEMORY)) {
      out.add(
          String.format(
              Locale.ROOT, "its memory ends at 0x%x, must be at 0x%x (RPI4_MEMORY=8192)",
              memory.get(memory.size() - 1).end(), MEMORY.get(MEMORY.size() - 1).end()));
    }
    return out;
  }
}
