// Key derivation: everything that tables and blobs carry comes from here.
package io.cohesix.rtc.secrets;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;

/** Derivations of spec "Capability tickets" and spec "/updates". */
public final class Derive {
  /** Role names by number. */
  public static final List<String> ROLES =
      List.of("queen", "worker-heartbeat", "worker-gpu", "worker-bus", "worker-lora");

  private Derive() {}

  /** A role's number. */
  public static int role(String name) {
    return ROLES.indexOf(name);
  }

  /** A role's key from its secret. */
  public static TicketKey ticket(int role, byte[] secret) {
    return TicketKey.derive(role, secret);
  }

  /** Hex of the console token's digest. */
  public static String token(byte[] token) {
    return Blake3.hex(Blake3.hash(token));
  }

  /** Hex of the Ed25519 public key of a seed given as 64 hex digits; IllegalArgumentException when it is not that. */
  public static String publicKey(byte[] hexSeed) {
    byte[] seed = HexFormat.of().parseHex(new String(hexSeed, StandardCharsets.US_ASCII).strip());
    if (seed.length != 32) {
      throw new IllegalArgumentException("seed has " + seed.length + " bytes");
    }
    return Blake3.hex(new Ed25519PrivateKeyParameters(seed, 0).generatePublicKey().getEncoded());
  }
}
