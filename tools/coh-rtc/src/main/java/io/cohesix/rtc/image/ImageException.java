// The one way in which making an image fails: with a sentence for the person who asked for it.
package io.cohesix.rtc.image;

/**
 * An image can't be made or read. The message says what is wrong with what, the value, the bound,
 * and what to do; it is safe to show.
 */
public final class ImageException extends RuntimeException {
  /** With a sentence as above. */
  public ImageException(String message) {
    super(message);
  }

  /** With a sentence as above and what led to it. */
  public ImageException(String message, Throwable cause) {
    super(message, cause);
  }
}
