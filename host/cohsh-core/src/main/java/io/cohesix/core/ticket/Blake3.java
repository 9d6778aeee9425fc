// BLAKE3, plain and keyed, from Bouncy Castle.
package io.cohesix.core.ticket;

import org.bouncycastle.crypto.digests.Blake3Digest;
import org.bouncycastle.crypto.params.Blake3Parameters;

/** 32-byte BLAKE3 digests. */
final class Blake3 {
  static final int BYTES = 32;

  private Blake3() {}

  static byte[] hash(byte[] data) {
    return finish(new Blake3Digest(), data);
  }

  static byte[] keyedHash(byte[] key, byte[] data) {
    Blake3Digest digest = new Blake3Digest();
    digest.init(Blake3Parameters.key(key));
    return finish(digest, data);
  }

  private static byte[] finish(Blake3Digest digest, byte[] data) {
    digest.update(data, 0, data.length);
    byte[] out = new byte[BYTES];
    digest.doFinal(out, 0, BYTES);
    return out;
  }
}
