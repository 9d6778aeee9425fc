// What the caller of this library catches.
package io.cohesix.secure9p;

import org.jspecify.annotations.Nullable;

/**
 * An operation that was refused or whose answer never came (spec/secure9p.md, "Errors"). The message says the operation,
 * the path, the error's name and number and what to do; it never holds data, tokens or tickets, so it is safe to show.
 */
public class NinePException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int errno;
  private final String operation;
  private final String path;
  private final boolean fromServer;

  NinePException(
      int errno, String operation, String path, String detail, boolean fromServer, @Nullable Throwable cause) {
    super(text(errno, operation, path, detail), cause);
    this.errno = errno;
    this.operation = operation;
    this.path = path;
    this.fromServer = fromServer;
  }

  /** An Rlerror. */
  static NinePException refused(int errno, String operation, String path) {
    return new NinePException(errno, operation, path, "", true, null);
  }

  /** A refusal of this side, before anything was sent. */
  static NinePException local(int errno, String operation, String path, String detail) {
    return new NinePException(errno, operation, path, detail, false, null);
  }

  private static String text(int errno, String operation, String path, String detail) {
    String meaning = detail.isEmpty() ? Errno.meaning(errno) : detail;
    return operation
        + (path.isEmpty() ? "" : " " + path)
        + ": "
        + Errno.name(errno)
        + " ("
        + Integer.toUnsignedString(errno)
        + ")"
        + (meaning.isEmpty() ? "" : ": " + meaning);
  }

  /** The error's number as on Linux, see {@link Errno}. */
  public final int errno() {
    return errno;
  }

  /** The error's name, such as {@code EPERM}. */
  public final String errnoName() {
    return Errno.name(errno);
  }

  /** The operation: attach, walk, open, read, write, readdir, stat, … */
  public final String operation() {
    return operation;
  }

  /** The path that the operation was about; empty where there is none. */
  public final String path() {
    return path;
  }

  /** Whether the server said so; false for what this side found out, such as a deadline or a lost connection. */
  public final boolean isFromServer() {
    return fromServer;
  }
}
