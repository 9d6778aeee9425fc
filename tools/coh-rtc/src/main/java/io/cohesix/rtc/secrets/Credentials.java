// The derived keys of one manifest.
package io.cohesix.rtc.secrets;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a manifest's secrets become. No secret string is kept.
 *
 * @param tickets one a role, by role
 * @param tokenDigest hex of BLAKE3(console token); null when the token is not at hand
 * @param casPublicKey hex of the Ed25519 public key that signs /updates; null when there is none
 */
public record Credentials(
    List<TicketKey> tickets, @Nullable String tokenDigest, @Nullable String casPublicKey) {
  /** Never shows a key or digest. */
  @Override
  public String toString() {
    return "Credentials" + tickets;
  }
}
