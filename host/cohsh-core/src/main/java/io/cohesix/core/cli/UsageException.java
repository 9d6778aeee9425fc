// Something the caller can put right: an option, a file, an environment variable.
package io.cohesix.core.cli;

/** Ends a program with exit code 2; its message is shown as it is. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With what is wrong and what to do. */
  public UsageException(String message) {
    super(message);
  }
}
