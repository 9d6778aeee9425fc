// Names of the tasks.
package io.cohesix.rtc.caps;

import java.util.Locale;

/** In the order of the C enum. */
public enum TaskId {
  /** The root task. */
  AUTHORITY(0),
  /** The NIC's driver. */
  NICD(1),
  /** The TCP/IP stack. */
  NETD(2),
  /** The local seat: keyboard and display. */
  SEATD(3),
  /** Heartbeat workers; last, so that an instance's number can be added to the task's. */
  WORKER(4);

  private final int number;

  TaskId(int number) {
    this.number = number;
  }

  /** Its number in the C enum. */
  public int number() {
    return number;
  }

  /** Lower case. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
