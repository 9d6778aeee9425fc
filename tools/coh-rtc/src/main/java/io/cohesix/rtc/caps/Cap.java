// One capability in a task's CSpace.
package io.cohesix.rtc.caps;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A slot's content.
 *
 * @param task whose CSpace
 * @param slot which slot; 0 in the authority's, where the place is chosen at boot
 * @param name what the task calls it
 * @param object the object's name
 * @param rights what may be done
 * @param badge the bit that a signal through it sets; null: none
 * @param why one sentence
 */
public record Cap(
    TaskId task, int slot, String name, String object, Rights rights, @Nullable Badge badge, String why) {
  /** CAP_NICD_WAIT. */
  public String macro() {
    return "CAP_" + task.name() + '_' + name.toUpperCase(Locale.ROOT);
  }

  /** The bit, or 0. */
  public long bit() {
    return badge == null ? 0 : badge.bit();
  }
}
