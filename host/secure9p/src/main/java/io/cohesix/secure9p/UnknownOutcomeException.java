// A write that left this machine and was never answered.
package io.cohesix.secure9p;

import org.jspecify.annotations.Nullable;

/**
 * An operation with a side effect was sent and its answer never came: it may have been done or not. This library never
 * sends it again; find out by reading what it should have changed.
 */
public final class UnknownOutcomeException extends NinePException {
  private static final long serialVersionUID = 1L;

  UnknownOutcomeException(int errno, String operation, String path, String detail, @Nullable Throwable cause) {
    super(
        errno,
        operation,
        path,
        detail + "; it may have been done or not, read back before repeating it",
        false,
        cause);
  }
}
