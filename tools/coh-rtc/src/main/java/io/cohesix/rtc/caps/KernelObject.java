// A kernel object that the tables name.
package io.cohesix.rtc.caps;

import io.cohesix.rtc.capacity.TaskMemory;
import java.util.Locale;

/**
 * One object, or several equal pages of one purpose.
 *
 * @param name owner or subject, dot, what: {@code net.packets}
 * @param kind its kind
 * @param home the task with which it is made and whose end ends it; the authority's are made once at boot
 * @param pageBits size of a page, log 2; 0 where it has none
 * @param count pages; 1 for what has none; 0: the manifest leaves it out
 * @param shared whether several tasks may write to it
 * @param holds what is in it or what it is for, half a sentence
 */
public record KernelObject(String name, Kind kind, TaskId home, int pageBits, long count, boolean shared, String holds) {
  /** Bytes of its pages. */
  public long bytes() {
    return pageBits == 0 ? 0 : count << pageBits;
  }

  /** NET_PACKETS. */
  public String macro() {
    return name.toUpperCase(Locale.ROOT).replace('.', '_');
  }

  /** {@code RAM, 1 x 2 MiB}. */
  public String words() {
    if (pageBits == 0) {
      return kind.word();
    }
    return kind.word() + ", " + count + " x " + (pageBits == TaskMemory.LARGE ? "2 MiB" : "4 KiB");
  }
}
