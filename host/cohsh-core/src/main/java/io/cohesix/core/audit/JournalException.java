// A journal that does not hold together.
package io.cohesix.core.audit;

/** Where a journal breaks: the first line that is not as a hive wrote it, what is wrong with it, and what would be right. */
public final class JournalException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int line;
  private final String what;
  private final String expected;

  JournalException(int line, String what, String expected) {
    super("line " + line + ": " + what + (expected.isEmpty() ? "" : ", expected " + expected));
    this.line = line;
    this.what = what;
    this.expected = expected;
  }

  /** The line, from 1. */
  public int line() {
    return line;
  }

  /** What is wrong. */
  public String what() {
    return what;
  }

  /** The digest or number that would be right; empty where nothing can be said. */
  public String expected() {
    return expected;
  }
}
