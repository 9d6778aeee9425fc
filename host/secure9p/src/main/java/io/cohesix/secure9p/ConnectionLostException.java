// The connection ended under an operation that has no side effect, or that was never sent.
package io.cohesix.secure9p;

import org.jspecify.annotations.Nullable;

/** The connection was lost or closed and the operation certainly changed nothing: it may be repeated on a new one. */
public final class ConnectionLostException extends NinePException {
  private static final long serialVersionUID = 1L;

  ConnectionLostException(int errno, String operation, String path, String detail, @Nullable Throwable cause) {
    super(errno, operation, path, detail, false, cause);
  }
}
