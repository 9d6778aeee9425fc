// Something that a release can't be made of.
package io.cohesix.release;

/** Ends the program with exit code 1; its message says what is wrong and what to do. */
public final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With what is shown. */
  public Refused(String message) {
    super(message);
  }
}
