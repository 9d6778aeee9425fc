// The half of a key that checks signatures and that an image embeds.
package io.cohesix.castool.bundle;

import java.util.HexFormat;
import java.util.Locale;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * An Ed25519 public key.
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record PublicKey(String hex) {
  /** A key from text such as {@code --public} takes. */
  public static PublicKey parse(String text) throws BundleException {
    String hex = text.strip().toLowerCase(Locale.ROOT);
    if (!Sha256.valid(hex)) {
      throw new BundleException(
          "a public key is " + 2 * Ed25519.PUBLIC_KEY_SIZE + " hexadecimal digits, found " + hex.length()
              + " characters: cas-tool public-key prints it");
    }
    if (!Ed25519.validatePublicKeyFull(HexFormat.of().parseHex(hex), 0)) {
      throw new BundleException(hex + " is no Ed25519 public key: cas-tool public-key prints it");
    }
    return new PublicKey(hex);
  }

  /** Whether this key's owner signed the message. */
  public boolean verifies(Signature signature, byte[] message) {
    return Ed25519.verify(signature.bytes(), 0, HexFormat.of().parseHex(hex), 0, message, 0, message.length);
  }

  @Override
  public String toString() {
    return hex;
  }
}
