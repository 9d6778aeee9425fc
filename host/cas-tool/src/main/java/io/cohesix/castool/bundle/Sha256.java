// The name of a content.
package io.cohesix.castool.bundle;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A SHA-256 digest.
 *
 * @param hex 64 lower-case hexadecimal digits, as they stand in file names
 */
public record Sha256(String hex) {
  /** Bytes of a digest. */
  public static final int BYTES = 32;

  /** Checks the digits. */
  public Sha256 {
    if (!valid(hex)) {
      throw new IllegalArgumentException("'" + hex + "' is not " + 2 * BYTES + " lower-case hexadecimal digits");
    }
  }

  /** Whether a text is a digest's. */
  public static boolean valid(String text) {
    return text.length() == 2 * BYTES && text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }

  /** A digest from its bytes. */
  public static Sha256 wrap(byte[] digest) {
    return new Sha256(HexFormat.of().formatHex(digest));
  }

  /** The digest of a content. */
  public static Sha256 of(byte[] content) {
    return wrap(start().digest(content));
  }

  /** A digest to be fed piece by piece. */
  public static MessageDigest start() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The digest's bytes. */
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }

  @Override
  public String toString() {
    return hex;
  }
}
