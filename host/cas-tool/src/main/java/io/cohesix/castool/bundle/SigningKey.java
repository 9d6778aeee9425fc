// The secret half of a key: read from a file, never shown.
package io.cohesix.castool.bundle;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/** An Ed25519 seed, as the manifest's {@code cas.signing.key_path} holds it. {@code toString} shows the public key only. */
public final class SigningKey {
  private static final int MAX_FILE_BYTES = 256;

  private final byte[] seed;
  private final PublicKey publicKey;

  private SigningKey(byte[] seed) {
    this.seed = seed;
    byte[] key = new byte[Ed25519.PUBLIC_KEY_SIZE];
    Ed25519.generatePublicKey(seed, 0, key, 0);
    this.publicKey = new PublicKey(HexFormat.of().formatHex(key));
  }

  /** Reads a seed of 32 bytes as 64 hexadecimal digits. An error never holds what the file holds. */
  public static SigningKey read(Path file) throws BundleException {
    String text;
    try {
      if (Files.isRegularFile(file) && Files.size(file) > MAX_FILE_BYTES) {
        throw unusable(file, Files.size(file) + " bytes");
      }
      text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).strip();
    } catch (IOException e) {
      throw new BundleException("can't read the signing key " + file + ": " + Io.why(e));
    }
    if (!text.matches("[0-9a-fA-F]{64}")) {
      throw unusable(file, text.length() + " characters");
    }
    return new SigningKey(HexFormat.of().parseHex(text));
  }

  private static BundleException unusable(Path file, String found) {
    return new BundleException(
        "the signing key " + file + " must be a seed of " + Ed25519.SECRET_KEY_SIZE + " bytes as "
            + 2 * Ed25519.SECRET_KEY_SIZE + " hexadecimal digits, found " + found);
  }

  /** The key that verifies. */
  public PublicKey publicKey() {
    return publicKey;
  }

  /** Signs; the same message always gives the same signature. */
  public Signature sign(byte[] message) {
    byte[] signature = new byte[Ed25519.SIGNATURE_SIZE];
    Ed25519.sign(seed, 0, message, 0, message.length, signature, 0);
    return Signature.wrap(signature);
  }

  @Override
  public String toString() {
    return "SigningKey[" + publicKey + "]";
  }
}
