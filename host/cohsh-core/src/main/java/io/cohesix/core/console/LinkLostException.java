// A connection that can't be used any more.
package io.cohesix.core.console;

/** The connection ended, answered nonsense, or did not answer in time. */
final class LinkLostException extends Exception {
  private final boolean sent;

  LinkLostException(String message, boolean sent) {
    super(message);
    this.sent = sent;
  }

  /** True when a byte of the command may have reached the hive. */
  boolean sent() {
    return sent;
  }
}
