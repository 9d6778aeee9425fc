// An upload that ended without its goal.
package io.cohesix.castool.upload;

/** A refusal, or a hive that can't be reached. The message says what happened, to what and what to do. */
public final class UploadException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean unreachable;

  private UploadException(String message, boolean unreachable) {
    super(message);
    this.unreachable = unreachable;
  }

  /** The hive, or what is on it, says no. */
  public static UploadException refused(String message) {
    return new UploadException(message, false);
  }

  /** No hive answers. */
  static UploadException unreachable(String message) {
    return new UploadException(message, true);
  }

  /** Whether another attempt may go better by itself. */
  public boolean isUnreachable() {
    return unreachable;
  }

  @Override
  public String getMessage() {
    return super.getMessage() + "";
  }
}
