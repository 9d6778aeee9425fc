// What a key said about a content.
package io.cohesix.castool.bundle;

import java.util.HexFormat;

/**
 * An Ed25519 signature.
 *
 * @param hex 128 lower-case hexadecimal digits
 */
public record Signature(String hex) {
  /** Bytes of a signature. */
  public static final int BYTES = 64;

  /** A signature from its bytes. */
  public static Signature wrap(byte[] signature) {
    if (signature.length != BYTES) {
      throw new IllegalArgumentException("a signature has " + BYTES + " bytes, these are " + signature.length);
    }
    return new Signature(HexFormat.of().formatHex(signature));
  }

  /** The signature's bytes. */
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }
}
