// A bit that says who signalled.
package io.cohesix.rtc.caps;

/**
 * One bit of a task's notification.
 *
 * @param to whose notification
 * @param source who signals, or for what, in capitals
 * @param bit the bit
 * @param why what it means to the receiver
 */
public record Badge(TaskId to, String source, long bit, String why) {
  /** BADGE_AUTHORITY_TIMER. */
  public String macro() {
    return "BADGE_" + to.name() + '_' + source;
  }
}
