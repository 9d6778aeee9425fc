// Memory of the isolated tasks: what they share, and the pages that each has to itself.
package io.cohesix.rtc.capacity;

import io.cohesix.rtc.manifest.Manifest;

/** Pages by manifest. Bounds of text and data are asserted where the tasks are linked. */
public final class TaskMemory {
  /** Bits of a small page. */
  public static final int SMALL = 12;

  /** Bits of a large page. */
  public static final int LARGE = 21;

  /** Small pages of nicd's text and constants; a few hundred lines need a fraction of them. */
  public static final long NICD_TEXT_PAGES = 16;

  /** Small pages of nicd's stack and data. */
  public static final long NICD_DATA_PAGES = 16;

  /** Small pages of netd's text and constants: lwIP without what nobody calls. */
  public static final long NETD_TEXT_PAGES = 32;

  /** netd's data lies on small pages up to here: the kernel clears what it takes, at boot and at each rebuild. */
  private static final long NETD_SMALL_BYTES = 512 << 10;

  /** netd's stack, and static data of its own beside the pools net_*. */
  public static final long NETD_ALLOWANCE = 131072;

  /** Small pages of a worker's text, one copy for all of them, and of its stack and data. */
  public static final long WORKER_PAGES = 1;

  /** Kernel memory of one worker task: TCB, CSpace, VSpace with its tables, notification, data page. */
  public static final long WORKER_BYTES = 32768;

  /** Before the ports in net.streams: bells, counters, the time. */
  public static final long STREAMS_HEAD = 4096;

  /** Small pages of descriptor tables and rings. */
  public static final long QUEUE_PAGES = 5;

  private TaskMemory() {}

  /** Is there a network, and with it nicd and netd? */
  public static boolean net(Manifest m) {
    return m.bool("features.net_console") && !m.text("hw.net.mode").equals("off");
  }

  /** Large pages of net.streams. */
  public static long streamPages(Manifest m) {
    return pages(STREAMS_HEAD + PoolTable.bytes(m, "ports"), LARGE);
  }

  /** Bits of a page of netd's data: its pools, its stack and the rest. */
  public static int netdDataBits(Manifest m) {
    return netdBytes(m) <= NETD_SMALL_BYTES ? SMALL : LARGE;
  }

  /** Pages of netd's data. */
  public static long netdDataPages(Manifest m) {
    return pages(netdBytes(m), netdDataBits(m));
  }

  private static long netdBytes(Manifest m) {
    return NETD_ALLOWANCE + PoolTable.netd(m);
  }

  /** Kernel memory of all worker tasks together: from untyped memory, beside the static pools. */
  public static long workerBytes(Manifest m) {
    return m.num("workers.max") * WORKER_BYTES;
  }

  private static long pages(long bytes, int bits) {
    return (bytes + (1L << bits) - 1) >> bits;
  }
}
