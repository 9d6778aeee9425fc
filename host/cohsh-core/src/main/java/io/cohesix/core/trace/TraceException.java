// A file that is no trace, or not the one that was recorded.
package io.cohesix.core.trace;

/** Why a trace is refused: what is wrong, at which byte. Nothing of such a file is used. */
public final class TraceException extends Exception {
  private static final long serialVersionUID = 1L;

  TraceException(String message) {
    super(message);
  }
}
