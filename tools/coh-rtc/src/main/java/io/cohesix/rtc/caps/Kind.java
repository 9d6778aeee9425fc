// Kinds of kernel objects.
package io.cohesix.rtc.caps;

/** In the order of the C enum. */
public enum Kind {
  /** Thread control block. */
  TCB("TCB"),
  /** CNode with a task's slots. */
  CSPACE("CSpace"),
  /** Root of an address space; tables below it are made as mappings need them. */
  VSPACE("VSpace"),
  /** Notification. */
  NOTIFICATION("notification"),
  /** Endpoint. */
  ENDPOINT("endpoint"),
  /** Handler of one interrupt. */
  IRQ("irq-handler"),
  /** Pages of RAM, contiguous in physical memory, zero when they are new. */
  PAGES("RAM"),
  /** One page of device registers. */
  DEVICE("device page");

  private final String word;

  Kind(String word) {
    this.word = word;
  }

  /** For people. */
  public String word() {
    return word;
  }

  /** Can it be mapped? */
  public boolean mapped() {
    return this == PAGES || this == DEVICE;
  }
}
