// A request that the hive answered with an error number.
package io.cohesix.core.p9;

/** Rlerror (spec/secure9p.md "Errors"): a normal answer, which becomes a refusal of the command. */
public final class P9Error extends Exception {
  private static final long serialVersionUID = 1L;

  /** Linux's error numbers, as far as a hive uses them. */
  public static final int EPERM = 1;

  static final int ENOENT = 2;
  static final int EBADF = 9;
  static final int EAGAIN = 11;
  static final int EACCES = 13;
  static final int EBUSY = 16;
  static final int ENOTDIR = 20;
  static final int EINVAL = 22;
  static final int EMSGSIZE = 90;
  static final int EOPNOTSUPP = 95;
  static final int EHOSTDOWN = 112;
  static final int ESTALE = 116;
  static final int EDQUOT = 122;

  private final int errno;

  /** With the number of the Rlerror. */
  public P9Error(int errno) {
    super("error " + errno, null, false, false);
    this.errno = errno;
  }

  /** The number. */
  public int errno() {
    return errno;
  }
}
