// Names and meanings of Linux's error numbers, which Rlerror carries.
package io.cohesix.secure9p;

import java.util.HashMap;
import java.util.Map;

/** Error numbers of 9P2000.L (spec/secure9p.md, "Errors"): those of Linux, whatever the client runs on. */
public final class Errno {
  private Errno() {}

  /** Refused: role, scope, mode or policy. */
  public static final int EPERM = 1;
  /** No such file, or a disabled node. */
  public static final int ENOENT = 2;
  /** Interrupted. */
  public static final int EINTR = 4;
  /** Input or output failed. */
  public static final int EIO = 5;
  /** The fid is dead: clunked, revoked or its session closed. */
  public static final int EBADF = 9;
  /** Rate-limited: try again later. */
  public static final int EAGAIN = 11;
  /** Authentication failed. */
  public static final int EACCES = 13;
  /** Busy: window, queue or resource in use. */
  public static final int EBUSY = 16;
  /** Not a directory. */
  public static final int ENOTDIR = 20;
  /** Invalid argument. */
  public static final int EINVAL = 22;
  /** Larger than the caller's bound. */
  public static final int EFBIG = 27;
  /** The peer broke the protocol. */
  public static final int EPROTO = 71;
  /** Too big for a message. */
  public static final int EMSGSIZE = 90;
  /** Not served. */
  public static final int EOPNOTSUPP = 95;
  /** The connection was lost. */
  public static final int ECONNRESET = 104;
  /** The connection was closed on this side. */
  public static final int ESHUTDOWN = 108;
  /** No answer before the deadline. */
  public static final int ETIMEDOUT = 110;
  /** No connection could be made. */
  public static final int EHOSTUNREACH = 113;
  /** The hive's root is cut or its lifecycle is offline. */
  public static final int EHOSTDOWN = 112;
  /** The position has been overwritten. */
  public static final int ESTALE = 116;
  /** A quota or limit is used up. */
  public static final int EDQUOT = 122;
  /** Cancelled by the caller. */
  public static final int ECANCELED = 125;

  private static final Map<Integer, String[]> NAMES = new HashMap<>();

  private static void name(int number, String name, String meaning) {
    NAMES.put(number, new String[] {name, meaning});
  }

  static {
    name(EPERM, "EPERM", "not permitted");
    name(ENOENT, "ENOENT", "no such file");
    name(EINTR, "EINTR", "interrupted");
    name(EIO, "EIO", "input or output failed");
    name(6, "ENXIO", "no such device");
    name(EBADF, "EBADF", "the file handle is dead");
    name(EAGAIN, "EAGAIN", "rate-limited, try again later");
    name(12, "ENOMEM", "out of memory");
    name(EACCES, "EACCES", "authentication or access denied");
    name(14, "EFAULT", "bad address");
    name(EBUSY, "EBUSY", "busy");
    name(17, "EEXIST", "exists already");
    name(18, "EXDEV", "crosses devices");
    name(19, "ENODEV", "no such device");
    name(ENOTDIR, "ENOTDIR", "not a directory");
    name(21, "EISDIR", "is a directory");
    name(EINVAL, "EINVAL", "invalid");
    name(23, "ENFILE", "too many open files in the system");
    name(24, "EMFILE", "too many open files");
    name(25, "ENOTTY", "not a terminal");
    name(EFBIG, "EFBIG", "too large");
    name(28, "ENOSPC", "no space left");
    name(29, "ESPIPE", "cannot seek");
    name(30, "EROFS", "read-only file system");
    name(31, "EMLINK", "too many links");
    name(32, "EPIPE", "broken pipe");
    name(34, "ERANGE", "out of range");
    name(35, "EDEADLK", "would deadlock");
    name(36, "ENAMETOOLONG", "name too long");
    name(38, "ENOSYS", "not implemented");
    name(39, "ENOTEMPTY", "directory not empty");
    name(40, "ELOOP", "too many symbolic links");
    name(61, "ENODATA", "no data");
    name(62, "ETIME", "timer expired");
    name(EPROTO, "EPROTO", "protocol error");
    name(74, "EBADMSG", "bad message");
    name(75, "EOVERFLOW", "value too large");
    name(EMSGSIZE, "EMSGSIZE", "too big for a message");
    name(93, "EPROTONOSUPPORT", "protocol not supported");
    name(EOPNOTSUPP, "EOPNOTSUPP", "operation not supported");
    name(103, "ECONNABORTED", "connection aborted");
    name(ECONNRESET, "ECONNRESET", "connection lost");
    name(105, "ENOBUFS", "no buffer space");
    name(ESHUTDOWN, "ESHUTDOWN", "connection closed");
    name(ETIMEDOUT, "ETIMEDOUT", "no answer in time");
    name(111, "ECONNREFUSED", "connection refused");
    name(EHOSTDOWN, "EHOSTDOWN", "root cut or lifecycle offline");
    name(EHOSTUNREACH, "EHOSTUNREACH", "host unreachable");
    name(ESTALE, "ESTALE", "the position has been overwritten");
    name(121, "EREMOTEIO", "remote input or output failed");
    name(EDQUOT, "EDQUOT", "quota or limit used up");
    name(ECANCELED, "ECANCELED", "cancelled");
  }

  /** The number's name, such as {@code EPERM}; {@code E<number>} for one without a name here. */
  public static String name(int number) {
    String[] entry = NAMES.get(number);
    return entry == null ? "E" + Integer.toUnsignedString(number) : entry[0];
  }

  /** What the number means, in a few words; empty for one without a name here. */
  public static String meaning(int number) {
    String[] entry = NAMES.get(number);
    return entry == null ? "" : entry[1];
  }
}
