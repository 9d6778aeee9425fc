// The sealed provisioning blob: opens only with the key that one device gives to one image.
package io.cohesix.rtc.build;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.digests.Blake3Digest;
import org.bouncycastle.crypto.params.Blake3Parameters;

/** Layout and construction: seL4/attest/record.h. */
public final class SealedBlob {
  /** hw.attestation.kind = "tpm2". */
  public static final int TPM2 = 1;

  /** hw.attestation.kind = "dice". */
  public static final int DICE = 2;

  static final String MAGIC = "COHSEAL1";
  static final int HEAD_BYTES = 84;
  static final int BOUND_BYTES = 48;
  static final int CONTENT_MAX = 512;
  static final String TAG_LABEL = "cohesix-seal-tag";
  static final String STREAM_LABEL = "cohesix-seal-stream";

  private static final int KEY_BYTES = 32;

  private SealedBlob() {}

  /**
   * The key that a device with this secret derives from this measurement.
   *
   * @param secret the device secret, 32 bytes
   * @param measurement the image's measurement, 32 bytes
   */
  public static byte[] diceKey(byte[] secret, byte[] measurement) {
    need("device secret", secret);
    need("measurement", measurement);
    if (allSame(secret)) {
      throw new IllegalArgumentException(
          "device secret: all bytes are the same; make one with head -c 32 /dev/urandom");
    }
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return mac.doFinal(measurement);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  /**
   * Seals a blob.
   *
   * @param kind {@link #TPM2} or {@link #DICE}
   * @param key 32 bytes: {@link #diceKey}, or what the TPM object unseals to
   * @param measurement the image's measurement, 32 bytes
   * @param tpmPublic the TPM object's TPM2B_PUBLIC; empty with DICE
   * @param tpmPrivate the TPM object's TPM2B_PRIVATE; empty with DICE
   * @param content what is sealed, at most 512 bytes
   */
  public static byte[] of(
      int kind, byte[] key, byte[] measurement, byte[] tpmPublic, byte[] tpmPrivate, byte[] content) {
    need("sealing key", key);
    need("measurement", measurement);
    int total = HEAD_BYTES + tpmPublic.length + tpmPrivate.length + content.length;
    if (content.length > CONTENT_MAX || total > 4096) {
      throw new IllegalArgumentException("sealed blob: " + content.length + " bytes of keys and " + total
          + " in all, at most " + CONTENT_MAX + " and 4096; name fewer tickets");
    }
    ByteBuffer out = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
    out.put(MAGIC.getBytes(StandardCharsets.US_ASCII)).putInt(kind);
    out.putShort((short) tpmPublic.length).putShort((short) tpmPrivate.length).put(measurement);
    byte[] bound = Arrays.copyOf(out.array(), BOUND_BYTES);
    byte[] tag = keyed(keyed(key, label(TAG_LABEL)), bound, content);
    out.put(tag).putInt(content.length).put(tpmPublic).put(tpmPrivate);
    out.put(stream(keyed(key, label(STREAM_LABEL)), tag, content));
    return out.array();
  }

  private static byte[] stream(byte[] key, byte[] tag, byte[] content) {
    byte[] out = content.clone();
    byte[] block = {};
    for (int at = 0; at < out.length; at++) {
      if (at % KEY_BYTES == 0) {
        byte[] number =
            ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(at / KEY_BYTES).array();
        block = keyed(key, tag, number);
      }
      out[at] ^= block[at % KEY_BYTES];
    }
    return out;
  }

  private static byte[] keyed(byte[] key, byte[]... parts) {
    Blake3Digest digest = new Blake3Digest();
    digest.init(Blake3Parameters.key(key));
    for (byte[] part : parts) {
      digest.update(part, 0, part.length);
    }
    byte[] out = new byte[KEY_BYTES];
    digest.doFinal(out, 0);
    return out;
  }

  private static byte[] label(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static boolean allSame(byte[] bytes) {
    for (byte b : bytes) {
      if (b != bytes[0]) {
        return false;
      }
    }
    return true;
  }

  private static void need(String what, byte[] bytes) {
    if (bytes.length != KEY_BYTES) {
      throw new IllegalArgumentException(what + ": has " + bytes.length + " bytes, must have " + KEY_BYTES);
    }
  }
}
