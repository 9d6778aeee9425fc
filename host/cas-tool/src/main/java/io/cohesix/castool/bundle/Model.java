// A model on disk: weights, schema and the signature over both digests.
package io.cohesix.castool.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * A model (spec/namespace.md, "/models"): a folder with {@code weights}, {@code schema} and {@code signature}.
 *
 * @param folder where it is
 * @param id SHA-256 of the weights, the model's name on a hive
 * @param schemaSha256 SHA-256 of the schema
 * @param weightsBytes bytes of the weights
 * @param schemaBytes bytes of the schema
 * @param signature over the two digests, one after the other
 */
public record Model(Path folder, Sha256 id, Sha256 schemaSha256, long weightsBytes, long schemaBytes, Signature signature) {
  /** Names of the files, here and on a hive. */
  public static final String WEIGHTS = "weights";

  /** See {@link #WEIGHTS}. */
  public static final String SCHEMA = "schema";

  /** See {@link #WEIGHTS}. */
  public static final String SIGNATURE = "signature";

  private record Content(Sha256 sha256, long bytes) {}

  /** Reads a model and its digests. */
  public static Model open(Path folder) throws BundleException {
    Content weights = content(folder.resolve(WEIGHTS), "the weights");
    Content schema = content(folder.resolve(SCHEMA), "the schema");
    Path file = folder.resolve(SIGNATURE);
    byte[] signature = Io.read(file, "the signature", Signature.BYTES);
    if (signature.length != Signature.BYTES) {
      throw new BundleException(
          "the signature " + file + " has " + signature.length + " bytes, must be " + Signature.BYTES + ": pack the model again");
    }
    return new Model(folder, weights.sha256, schema.sha256, weights.bytes, schema.bytes, Signature.wrap(signature));
  }

  private static Content content(Path file, String what) throws BundleException {
    MessageDigest digest = Sha256.start();
    long bytes = 0;
    try (InputStream in = Files.newInputStream(file)) {
      byte[] piece = new byte[65536];
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        digest.update(piece, 0, n);
        bytes += n;
      }
    } catch (IOException e) {
      throw new BundleException("can't read " + what + " " + file + ": " + Io.why(e));
    }
    if (bytes == 0) {
      throw new BundleException("a model needs at least one byte of weights and of schema, " + file + " is empty");
    }
    return new Content(Sha256.wrap(digest.digest()), bytes);
  }

  /**
   * Copies weights and schema into a folder and signs them.
   *
   * @param force a different model in the folder is replaced
   */
  public static Model pack(Path weights, Path schema, SigningKey key, Path out, boolean force) throws BundleException {
    Content heavy = content(weights, "the weights");
    Content form = content(schema, "the schema");
    Signature signature = key.sign(signed(heavy.sha256, form.sha256));
    if (!force && occupied(out, heavy, form, signature)) {
      throw new BundleException(out + " holds a different model: name another --out, or replace it with --force");
    }
    Io.createFolder(out);
    try {
      // The signature last: a folder with one is a whole model.
      Files.deleteIfExists(out.resolve(SIGNATURE));
      copy(weights, out.resolve(WEIGHTS));
      copy(schema, out.resolve(SCHEMA));
    } catch (IOException e) {
      throw new BundleException("can't copy the model to " + out + ": " + Io.why(e));
    }
    Io.write(out.resolve(SIGNATURE), signature.bytes());
    Model made = open(out);
    if (!made.id.equals(heavy.sha256) || !made.schemaSha256.equals(form.sha256)) {
      throw new BundleException("the model's files changed while they were packed: pack it again");
    }
    return made;
  }

  private static void copy(Path from, Path to) throws IOException {
    if (!Files.exists(to) || !Files.isSameFile(from, to)) {
      Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static boolean occupied(Path out, Content weights, Content schema, Signature signature) throws BundleException {
    if (!Files.exists(out.resolve(SIGNATURE))) {
      return false;
    }
    Model there = open(out);
    return !there.id.equals(weights.sha256) || !there.schemaSha256.equals(schema.sha256) || !there.signature.equals(signature);
  }

  /** Whether this key's owner signed it. */
  public boolean isSignedBy(PublicKey key) {
    return key.verifies(signature, signed(id, schemaSha256));
  }

  private static byte[] signed(Sha256 weights, Sha256 schema) {
    byte[] both = Arrays.copyOf(weights.bytes(), 2 * Sha256.BYTES);
    System.arraycopy(schema.bytes(), 0, both, Sha256.BYTES, Sha256.BYTES);
    return both;
  }
}
