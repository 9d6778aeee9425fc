// Something the caller can put right on the command line.
package io.cohesix.castool;

/** Ends the program with exit code 2; its message is shown as it is. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
