// A role's derived ticket key.
package io.cohesix.rtc.secrets;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A ticket key (spec "Capability tickets").
 *
 * @param role 0 queen … 4 worker-lora
 * @param keyId 16 hex digits: the first 8 bytes of BLAKE3(key)
 * @param key 64 hex digits: BLAKE3(secret); null when only the id is known
 */
public record TicketKey(int role, String keyId, @Nullable String key) {
  /** Derives key and id from a secret's bytes. */
  static TicketKey derive(int role, byte[] secret) {
    byte[] key = Blake3.hash(secret);
    return new TicketKey(role, HexFormat.of().formatHex(Blake3.hash(key), 0, 8), Blake3.hex(key));
  }

  /** Never shows the key. */
  @Override
  public String toString() {
    return "TicketKey[role=" + role + ", keyId=" + keyId + ']';
  }
}
