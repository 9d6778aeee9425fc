// BLAKE3 and SHA-256 of byte strings.
package io.cohesix.rtc.secrets;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.bouncycastle.crypto.digests.Blake3Digest;

/** Hashes. */
public final class Blake3 {
  private Blake3() {}

  /** BLAKE3, 32 bytes. */
  public static byte[] hash(byte[] input) {
    Blake3Digest digest = new Blake3Digest();
    digest.update(input, 0, input.length);
    byte[] out = new byte[32];
    digest.doFinal(out, 0);
    return out;
  }

  /** SHA-256, 32 bytes. */
  public static byte[] sha256(byte[] input) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(input);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Lower-case hex. */
  public static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
