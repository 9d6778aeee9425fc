// A push that is refused on this side, before anything was sent.
package io.cohesix.core.telemetry;

/** Why a file can't be pushed; the acknowledgement's words and a sentence for people. */
public final class PushException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String words;

  /**
   * A refusal.
   *
   * @param words what stands behind {@code ERR TELEMETRY }
   * @param message one sentence for people, without the file's name
   */
  public PushException(String words, String message) {
    super(message);
    this.words = words;
  }

  /** What stands behind {@code ERR TELEMETRY }. */
  public String words() {
    return words;
  }
}
