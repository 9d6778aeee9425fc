// What the loader will measure of an image, foretold: seL4/attest/measure.c is the other side.
package io.cohesix.rtc.image;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The digests of an image's parts, and their chain.
 *
 * @param kind number of hw.attestation.kind
 * @param digests hex by name, in the chain's order, then that of the provisioning blob; null where the
 *     image has no such part
 * @param measurement hex of the chain
 */
record Measurements(int kind, Map<String, String> digests, String measurement) {
  /** In the order of the manifest's choices, which numbers them. */
  static final List<String> KINDS = List.of("none", "tpm2", "dice");

  static final int DICE = 2;

  /** Beside each image. */
  static final String FILE = "measurements.json";

  /** What the chain holds; the provisioning blob is sealed to it, so that it can't be in it. */
  static final List<String> CHAIN =
      List.of("loader", "table", "kernel", "rootserver", "dtb", "manifest");

  /** Of a whole flat image. */
  static Measurements of(byte[] image) {
    PayloadTable t = FlatImage.read(image);
    PayloadTable.Boot boot = t.boot();
    if (boot.selfStart() < 0 || boot.selfEnd() < boot.selfStart() || boot.selfEnd() > image.length) {
      throw new ImageException("payload table: what it says of the loader is impossible");
    }
    Map<String, String> digests = new LinkedHashMap<>();
    CHAIN.forEach(name -> digests.put(name, ""));
    digests.put("provision", "");
    digests.put(
        "loader", Hash.sha256Hex(Arrays.copyOfRange(image, boot.selfStart(), boot.selfEnd())));
    digests.put("table", Hash.sha256Hex(t.measured()));
    for (PayloadTable.Blob b : t.blobs()) {
      digests.replace(b.kind().name().toLowerCase(java.util.Locale.ROOT), b.bytes().sha256());
    }
    return new Measurements(boot.attestation(), digests, chain(digests));
  }

  private static String chain(Map<String, String> digests) {
    byte[] link = new byte[64];
    for (String name : CHAIN) {
      String hex = digests.getOrDefault(name, "");
      byte[] digest = hex.isEmpty() ? new byte[32] : java.util.HexFormat.of().parseHex(hex);
      System.arraycopy(digest, 0, link, 32, 32);
      System.arraycopy(Hash.sha256(link), 0, link, 0, 32);
    }
    return Hash.hex(Arrays.copyOf(link, 32));
  }

  /** The content of {@link #FILE}. */
  byte[] text() {
    return (Outcome.print(json()) + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  /** The same as an object. */
  Map<String, Object> json() {
    Map<String, Object> out = new TreeMap<>();
    out.put("schema", "cohesix-measurements/v1");
    out.put("kind", KINDS.get(Math.min(kind, KINDS.size() - 1)));
    out.put("hash", "sha256");
    out.put("chain", CHAIN);
    out.put("digests", digests);
    out.put("measurement", measurement);
    return out;
  }
}
