// The manifest of an update: what it is, what it is made of, who says so.
package io.cohesix.castool.bundle;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A manifest, {@code cohesix-cas/manifest-v1} (spec/namespace.md, "/updates"): in CBOR an array of 8 in the order of these
 * parameters behind the schema's name.
 *
 * @param epoch the update's number
 * @param chunkBytes bytes of every chunk, 16 … 65536; the last chunk is padded with zeros
 * @param payloadBytes bytes of this update's own payload, without the padding
 * @param payloadSha256 digest of the base's payload, if there is one, and this one's
 * @param chunks the chunks' digests in the payload's order; one may occur several times
 * @param base what this is a delta on, or null
 * @param signature over the same array with null in its last place; null: unsigned
 */
public record Manifest(
    Epoch epoch,
    int chunkBytes,
    long payloadBytes,
    Sha256 payloadSha256,
    List<Sha256> chunks,
    @Nullable Base base,
    @Nullable Signature signature) {

  /** The schema's name. */
  public static final String SCHEMA = "cohesix-cas/manifest-v1";

  /** Bytes of a chunk, bounds of the manifest key {@code cas.store.chunk_bytes}. */
  public static final int MIN_CHUNK_BYTES = 16;

  /** See {@link #MIN_CHUNK_BYTES}. */
  public static final int MAX_CHUNK_BYTES = 65536;

  /** Far more than a hive stores; it bounds what this program reads. */
  public static final int MAX_CHUNKS = 400_000;

  /** Bytes of a largest manifest: 34 for each chunk, and what stands around them. */
  static final int MAX_BYTES = 34 * MAX_CHUNKS + 1024;

  private static final int FIELDS = 8;

  /**
   * The update that a delta builds on.
   *
   * @param epoch its number
   * @param sha256 its payload's digest
   */
  public record Base(Epoch epoch, Sha256 sha256) {}

  /** Checks that the numbers fit together. */
  public Manifest {
    chunks = List.copyOf(chunks);
    String wrong = inconsistency(chunkBytes, payloadBytes, chunks.size());
    if (wrong != null) {
      throw new IllegalArgumentException(wrong);
    }
  }

  /** (n − 1) · chunkBytes &lt; payloadBytes ≤ n · chunkBytes. */
  private static @Nullable String inconsistency(int chunkBytes, long payloadBytes, int chunks) {
    long needed = (payloadBytes + chunkBytes - 1) / chunkBytes;
    return needed == chunks
        ? null
        : "payload_bytes " + payloadBytes + " with chunk_bytes " + chunkBytes + " makes " + needed + " chunks, the list has " + chunks;
  }

  /** The same without its signature. */
  public Manifest unsigned() {
    return new Manifest(epoch, chunkBytes, payloadBytes, payloadSha256, chunks, base, null);
  }

  /** The same with this key's signature in the place of any other. */
  public Manifest signedBy(SigningKey key) {
    return new Manifest(epoch, chunkBytes, payloadBytes, payloadSha256, chunks, base, key.sign(signedBytes()));
  }

  /** Whether it has a signature, and this key's owner made it. */
  public boolean isSignedBy(PublicKey key) {
    return signature != null && key.verifies(signature, signedBytes());
  }

  /** What is signed. */
  private byte[] signedBytes() {
    return unsigned().encode();
  }

  /** Whether the base's epoch is newer: this update is then its signer's permission to go back. */
  public boolean goesBack() {
    return base != null && base.epoch().compareTo(epoch) > 0;
  }

  /** Bytes of payload in a chunk: all of it but in the last one. */
  public int payloadIn(int index) {
    return (int) Math.min(chunkBytes, payloadBytes - (long) index * chunkBytes);
  }

  /** The canonical bytes. */
  public byte[] encode() {
    CborWriter out = new CborWriter();
    out.array(FIELDS).text(SCHEMA).text(epoch.text()).unsigned(chunkBytes).unsigned(payloadBytes).bytes(payloadSha256.bytes());
    out.array(chunks.size());
    for (Sha256 each : chunks) {
      out.bytes(each.bytes());
    }
    if (base == null) {
      out.nothing();
    } else {
      out.array(2).text(base.epoch().text()).bytes(base.sha256().bytes());
    }
    return (signature == null ? out.nothing() : out.bytes(signature.bytes())).done();
  }

  /** Reads canonical bytes; anything else is refused with the byte at which it goes wrong. */
  public static Manifest decode(byte[] bytes) throws BundleException {
    CborReader in = new CborReader(bytes);
    in.array("the manifest", FIELDS, FIELDS);
    int at = in.at();
    String schema = in.text("the schema", 1, 64);
    if (!schema.equals(SCHEMA)) {
      throw CborReader.wrong(at, "the schema is '" + schema + "', this program knows '" + SCHEMA + "'");
    }
    Epoch epoch = epoch(in, "epoch");
    int chunkBytes = (int) in.unsigned("chunk_bytes", MIN_CHUNK_BYTES, MAX_CHUNK_BYTES);
    long payloadBytes = in.unsigned("payload_bytes", 1, (long) MAX_CHUNKS * MAX_CHUNK_BYTES);
    Sha256 payload = Sha256.wrap(in.bytes("payload_sha256", Sha256.BYTES));
    at = in.at();
    int count = in.array("the list of chunks", 1, MAX_CHUNKS);
    String wrong = inconsistency(chunkBytes, payloadBytes, count);
    if (wrong != null) {
      throw CborReader.wrong(at, wrong);
    }
    List<Sha256> chunks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      chunks.add(Sha256.wrap(in.bytes("the digest of chunk " + i, Sha256.BYTES)));
    }
    Base base = in.nothing() ? null : base(in, epoch);
    Signature signature = in.nothing() ? null : Signature.wrap(in.bytes("the signature", Signature.BYTES));
    in.end();
    return new Manifest(epoch, chunkBytes, payloadBytes, payload, chunks, base, signature);
  }

  private static Base base(CborReader in, Epoch own) throws BundleException {
    in.array("the base", 2, 2);
    int at = in.at();
    Epoch epoch = epoch(in, "the base's epoch");
    if (epoch.equals(own)) {
      throw CborReader.wrong(at, "epoch " + own + " has itself as its base");
    }
    return new Base(epoch, Sha256.wrap(in.bytes("base_sha256", Sha256.BYTES)));
  }

  private static Epoch epoch(CborReader in, String what) throws BundleException {
    int at = in.at();
    String text = in.text(what, 1, Epoch.MAX_DIGITS);
    if (!Epoch.valid(text)) {
      throw CborReader.wrong(at, what + " is '" + text + "', must be decimal digits without a leading zero");
    }
    return new Epoch(text);
  }
}
