// The number that orders updates.
package io.cohesix.castool.bundle;

/**
 * An epoch (spec/namespace.md, "/updates"): 1 to 20 decimal digits without a leading zero, compared as a number of any size.
 *
 * @param text the digits
 */
public record Epoch(String text) implements Comparable<Epoch> {
  /** The most digits. */
  public static final int MAX_DIGITS = 20;

  /** Checks the digits. */
  public Epoch {
    if (!valid(text)) {
      throw new IllegalArgumentException(
          "epoch '" + text + "' is not 1 to " + MAX_DIGITS + " decimal digits without a leading zero");
    }
  }

  /** Whether a text is an epoch. */
  public static boolean valid(String text) {
    int length = text.length();
    return length >= 1
        && length <= MAX_DIGITS
        && text.chars().allMatch(c -> c >= '0' && c <= '9')
        && (length == 1 || text.charAt(0) != '0');
  }

  /** As numbers: the longer one is the greater. */
  @Override
  public int compareTo(Epoch other) {
    int lengths = Integer.compare(text.length(), other.text.length());
    return lengths != 0 ? lengths : text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }
}
