// One isolated program.
package io.cohesix.rtc.caps;

import java.util.List;

/**
 * A task, as all its instances are.
 *
 * @param id which
 * @param trusted whether others believe what it does
 * @param role what it is for, half a sentence
 * @param priority seL4's, 0..255, higher runs first
 * @param cores cores of its instances, by instance number modulo their count
 * @param radix slots of its CSpace, log 2; 0 for the authority, whose CSpace the kernel made
 * @param instances how many there may be; 0: the manifest leaves it out
 */
public record Task(TaskId id, boolean trusted, String role, int priority, List<Long> cores, int radix, long instances) {
  /** Faults arrive at the authority with this bit, so that they can't be taken for a signal. */
  public static final long FAULT = 1L << 32;

  /** The badge of its first instance's faults. */
  public long faultBadge() {
    return FAULT + id.number();
  }

  /** As in the manifest's terms. */
  public String word() {
    return id.word();
  }
}
