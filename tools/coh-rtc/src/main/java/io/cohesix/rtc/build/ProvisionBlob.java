// The provisioning blob: the ticket keys and token digest of a release image.
package io.cohesix.rtc.build;

import io.cohesix.rtc.codegen.Input;
import io.cohesix.rtc.secrets.Blake3;
import io.cohesix.rtc.secrets.TicketKey;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Layout: magic "COHKEYS1", manifest SHA-256 [32], token digest [32], u8 count, count × {u8 role, key_id [8], key [32]},
 * SHA-256 of all before it [32].
 */
public final class ProvisionBlob {
  private ProvisionBlob() {}

  /** The blob's bytes. IllegalArgumentException names a secret that is not at hand. */
  public static byte[] of(Input in) {
    String digest = in.credentials().tokenDigest();
    if (digest == null) {
      throw new IllegalArgumentException(
          "console.auth_token_ref: the token is not at hand; set what it names: " + in.manifest().textOrNull("console.auth_token_ref"));
    }
    HexFormat hex = HexFormat.of();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("COHKEYS1".getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(hex.parseHex(in.sha256()));
    out.writeBytes(hex.parseHex(digest));
    out.write(in.credentials().tickets().size());
    for (TicketKey t : in.credentials().tickets()) {
      String key = t.key();
      if (key == null) {
        throw new IllegalArgumentException("tickets: the secret of key id " + t.keyId()
            + " is not at hand; set the variable or file that its secret_ref names");
      }
      out.write(t.role());
      out.writeBytes(hex.parseHex(t.keyId()));
      out.writeBytes(hex.parseHex(key));
    }
    out.writeBytes(Blake3.sha256(out.toByteArray()));
    return out.toByteArray();
  }
}
