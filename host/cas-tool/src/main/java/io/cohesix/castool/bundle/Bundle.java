// An update on disk: manifest.cbor and a file for each chunk, named by its digest.
package io.cohesix.castool.bundle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A bundle: a folder with {@code manifest.cbor} and {@code chunks/<sha256>}. Reads only. */
public final class Bundle {
  static final String MANIFEST = "manifest.cbor";
  static final String CHUNKS = "chunks";

  private final Path folder;
  private final byte[] manifestBytes;
  private final Manifest manifest;

  private Bundle(Path folder, byte[] manifestBytes, Manifest manifest) {
    this.folder = folder;
    this.manifestBytes = manifestBytes;
    this.manifest = manifest;
  }

  /** Reads a bundle's manifest; the chunks are read when they are asked for. */
  public static Bundle open(Path folder) throws BundleException {
    Path file = folder.resolve(MANIFEST);
    byte[] bytes = Io.read(file, "the manifest", Manifest.MAX_BYTES);
    try {
      return new Bundle(folder, bytes, Manifest.decode(bytes));
    } catch (BundleException e) {
      throw new BundleException(file + ": " + e.getMessage() + "; pack the update again");
    }
  }

  /** Where it is. */
  public Path folder() {
    return folder;
  }

  /** What it says. */
  public Manifest manifest() {
    return manifest;
  }

  /** The manifest as it goes to a hive. */
  public byte[] manifestBytes() {
    return manifestBytes.clone();
  }

  private Path file(Sha256 chunk) {
    return folder.resolve(CHUNKS).resolve(chunk.hex());
  }

  /** A chunk, checked against its length and its name. */
  public byte[] chunk(int index) throws BundleException {
    Path file = file(manifest.chunks().get(index));
    byte[] content = Io.read(file, "chunk " + index, Manifest.MAX_CHUNK_BYTES);
    if (content.length != manifest.chunkBytes()) {
      throw new BundleException(
          "chunk " + index + " " + file + " has " + content.length + " bytes, chunk_bytes is " + manifest.chunkBytes()
              + ": pack the update again");
    }
    Sha256 actual = Sha256.of(content);
    if (!actual.equals(manifest.chunks().get(index))) {
      throw new BundleException("chunk " + index + " " + file + " has SHA-256 " + actual + ", not that of its name: pack the update again");
    }
    for (int i = manifest.payloadIn(index); i < content.length; i++) {
      if (content[i] != 0) {
        throw new BundleException("chunk " + index + " " + file + " is padded with something else than zeros: pack the update again");
      }
    }
    return content;
  }

  /** Feeds the own payload, without its padding, to a digest. */
  private void feed(MessageDigest digest) throws BundleException {
    for (int i = 0; i < manifest.chunks().size(); i++) {
      digest.update(chunk(i), 0, manifest.payloadIn(i));
    }
  }

  /**
   * The digest that payload_sha256 must be for a payload of which {@code own} feeds the own part.
   *
   * @param base the update below it, or null
   */
  static MessageDigest payloadDigest(@Nullable Bundle base) throws BundleException {
    MessageDigest digest = Sha256.start();
    if (base != null) {
      base.feed(digest);
    }
    return digest;
  }

  /**
   * What was checked.
   *
   * @param distinct different chunks
   * @param payloadChecked whether payload_sha256 was; a delta's needs its base
   * @param strays files among the chunks that the manifest does not name
   */
  public record Verified(int distinct, boolean payloadChecked, List<String> strays) {}

  /**
   * Checks every chunk and, where it can be, the payload's digest. Signatures are {@link Manifest#isSignedBy}'s.
   *
   * @param base what a delta builds on; null: not at hand
   */
  public Verified verify(@Nullable Bundle base) throws BundleException {
    if (base != null) {
      checkBase(base);
    }
    MessageDigest digest = payloadDigest(base);
    feed(digest);
    boolean whole = manifest.base() == null || base != null;
    if (whole) {
      Sha256 actual = Sha256.wrap(digest.digest());
      if (!actual.equals(manifest.payloadSha256())) {
        throw new BundleException(
            folder + ": the payload" + (base == null ? "" : " on its base") + " has SHA-256 " + actual + ", the manifest says "
                + manifest.payloadSha256() + ": pack the update again");
      }
    }
    Set<String> names = new HashSet<>();
    manifest.chunks().forEach(each -> names.add(each.hex()));
    return new Verified(names.size(), whole, strays(names));
  }

  private void checkBase(Bundle given) throws BundleException {
    Manifest.Base base = manifest.base();
    if (base == null) {
      throw new BundleException(folder + " is no delta, so it has no base: leave --base out");
    }
    given.requireWhole();
    if (!given.manifest.epoch().equals(base.epoch()) || !given.manifest.payloadSha256().equals(base.sha256())) {
      throw new BundleException(
          folder + " builds on epoch " + base.epoch() + " with payload " + base.sha256() + ", but " + given.folder + " is epoch "
              + given.manifest.epoch() + " with payload " + given.manifest.payloadSha256());
    }
    given.verify(null);
  }

  /** A delta can't be a base. */
  void requireWhole() throws BundleException {
    Manifest.Base below = manifest.base();
    if (below != null) {
      throw new BundleException(
          folder + " can't be a base, since it is a delta itself, on epoch " + below.epoch() + ": name a bundle without a base");
    }
  }

  private List<String> strays(Set<String> names) throws BundleException {
    List<String> strays = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder.resolve(CHUNKS))) {
      files.map(each -> String.valueOf(each.getFileName())).filter(each -> !names.contains(each)).forEach(strays::add);
    } catch (IOException e) {
      throw new BundleException("can't list " + folder.resolve(CHUNKS) + ": " + Io.why(e));
    }
    Collections.sort(strays);
    return strays;
  }

  /** Puts this key's signature into the manifest, in the place of any other, once everything else was found right. */
  public static Bundle sign(Path folder, SigningKey key) throws BundleException {
    Bundle bundle = open(folder);
    bundle.verify(null);
    byte[] signed = bundle.manifest.signedBy(key).encode();
    Io.write(folder.resolve(MANIFEST), signed);
    return open(folder);
  }
}
