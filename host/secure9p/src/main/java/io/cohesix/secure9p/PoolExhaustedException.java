// All sessions of a pool are lent.
package io.cohesix.secure9p;

/** No session of the wanted kind was free in time; nothing was sent. */
public final class PoolExhaustedException extends NinePException {
  private static final long serialVersionUID = 1L;

  PoolExhaustedException(String detail) {
    super(Errno.EBUSY, "lease", "", detail, false, null);
  }
}
