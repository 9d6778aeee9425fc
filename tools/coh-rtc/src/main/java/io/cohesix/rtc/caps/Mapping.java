// Pages in a task's address space.
package io.cohesix.rtc.caps;

/**
 * An object's pages, one behind the other.
 *
 * @param task in whose VSpace
 * @param object the object's name
 * @param vaddr where the first page is
 * @param rights reading, or reading and writing
 * @param executable whether instructions may be fetched from it
 * @param why one sentence
 */
public record Mapping(TaskId task, String object, long vaddr, Rights rights, boolean executable, String why) {
  /** VADDR_NICD_TEXT, VADDR_NICD_NET_PACKETS. */
  public String macro(KernelObject o) {
    String own = task.name() + '_';
    String name = o.macro();
    return "VADDR_" + own + (name.startsWith(own) ? name.substring(own.length()) : name);
  }
}
