// Makes a bundle from a payload: once over it to know the manifest, once more to write the chunks.
package io.cohesix.castool.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Packs updates. The same input gives the same bytes.
 *
 * @param epoch the update's number
 * @param chunkBytes bytes of a chunk; the hive's {@code cas.store.chunk_bytes}
 * @param base what the payload is a delta on, or null
 * @param key signs; null: unsigned
 * @param force a different bundle in the folder is replaced
 */
public record Packer(Epoch epoch, int chunkBytes, @Nullable Bundle base, @Nullable SigningKey key, boolean force) {

  /** Takes a payload's chunks in their order. */
  private interface ChunkSink {
    void chunk(Sha256 name, byte[] content) throws BundleException;
  }

  /**
   * What was packed.
   *
   * @param bundle it
   * @param unchanged whether the folder held just that already
   */
  public record Packed(Bundle bundle, boolean unchanged) {}

  /** Checks the length of a chunk. */
  public Packer {
    if (chunkBytes < Manifest.MIN_CHUNK_BYTES || chunkBytes > Manifest.MAX_CHUNK_BYTES) {
      throw new IllegalArgumentException(
          "chunk bytes are " + chunkBytes + ", must be " + Manifest.MIN_CHUNK_BYTES + " to " + Manifest.MAX_CHUNK_BYTES);
    }
  }

  /**
   * Packs a payload into a folder; the manifest is written last, so a folder with one is a whole bundle.
   *
   * @param payload the file; with a base, what comes behind the base's payload
   */
  public Packed pack(Path payload, Path out) throws BundleException {
    Manifest manifest = manifest(payload);
    byte[] bytes = manifest.encode();
    boolean unchanged = agree(out, bytes);
    Path chunks = out.resolve(Bundle.CHUNKS);
    Io.createFolder(chunks);
    Set<Sha256> expected = new HashSet<>(manifest.chunks());
    chunked(
        payload,
        (name, content) -> {
          if (!expected.contains(name)) {
            throw new BundleException("the payload " + payload + " changed while it was packed: pack it again");
          }
          put(chunks.resolve(name.hex()), content);
        });
    prune(chunks, expected);
    Io.write(out.resolve(Bundle.MANIFEST), bytes);
    Bundle made = Bundle.open(out);
    made.verify(base);
    return new Packed(made, unchanged);
  }

  private Manifest manifest(Path payload) throws BundleException {
    Manifest.Base below = null;
    Bundle on = base;
    if (on != null) {
      on.requireWhole();
      if (on.manifest().epoch().equals(epoch)) {
        throw new BundleException("the base " + on.folder() + " is epoch " + epoch + " itself: give the delta another --epoch");
      }
      on.verify(null);
      below = new Manifest.Base(on.manifest().epoch(), on.manifest().payloadSha256());
    }
    MessageDigest digest = Bundle.payloadDigest(on);
    List<Sha256> names = new ArrayList<>();
    long length = size(payload);
    long[] left = {length};
    chunked(
        payload,
        (name, content) -> {
          int mine = (int) Math.min(content.length, left[0]);
          digest.update(content, 0, mine);
          left[0] -= mine;
          names.add(name);
        });
    if (left[0] != 0) {
      throw new BundleException("the payload " + payload + " changed while it was packed: pack it again");
    }
    Manifest manifest = new Manifest(epoch, chunkBytes, length, Sha256.wrap(digest.digest()), names, below, null);
    SigningKey by = key;
    return by == null ? manifest : manifest.signedBy(by);
  }

  private long size(Path payload) throws BundleException {
    long length;
    try {
      length = Files.size(payload);
    } catch (IOException e) {
      throw new BundleException("can't read the payload " + payload + ": " + Io.why(e));
    }
    if (length == 0) {
      throw new BundleException("the payload " + payload + " is empty: an update has at least one byte");
    }
    long count = (length + chunkBytes - 1) / chunkBytes;
    if (count > Manifest.MAX_CHUNKS) {
      throw new BundleException(
          "the payload " + payload + " has " + length + " bytes, which makes " + count + " chunks of " + chunkBytes + ", at most "
              + Manifest.MAX_CHUNKS + " are allowed: use longer chunks (--chunk-bytes, the hive's cas.store.chunk_bytes)");
    }
    return length;
  }

  private void chunked(Path payload, ChunkSink sink) throws BundleException {
    try (InputStream in = Files.newInputStream(payload)) {
      for (byte[] piece = in.readNBytes(chunkBytes); piece.length > 0; piece = in.readNBytes(chunkBytes)) {
        byte[] content = Arrays.copyOf(piece, chunkBytes);
        sink.chunk(Sha256.of(content), content);
      }
    } catch (IOException e) {
      throw new BundleException("can't read the payload " + payload + ": " + Io.why(e));
    }
  }

  /** Whether the folder's manifest is this one already; another one is replaced by force only. */
  private boolean agree(Path out, byte[] manifest) throws BundleException {
    Path file = out.resolve(Bundle.MANIFEST);
    if (!Files.exists(file)) {
      return false;
    }
    if (Arrays.equals(Io.read(file, "the manifest", Manifest.MAX_BYTES), manifest)) {
      return true;
    }
    if (!force) {
      throw new BundleException(out + " holds a different bundle: name another --out, or replace it with --force");
    }
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new BundleException("can't replace " + file + ": " + Io.why(e));
    }
    return false;
  }

  private static void put(Path file, byte[] content) throws BundleException {
    try {
      if (Files.isRegularFile(file) && Arrays.equals(Files.readAllBytes(file), content)) {
        return;
      }
    } catch (IOException e) {
      throw new BundleException("can't read " + file + ": " + Io.why(e));
    }
    Io.write(file, content);
  }

  /** Chunks of a bundle that stood here before. Nothing else is touched. */
  private static void prune(Path chunks, Set<Sha256> named) throws BundleException {
    List<Path> old;
    try (Stream<Path> files = Files.list(chunks)) {
      old = files.filter(each -> isChunk(each) && !named.contains(new Sha256(String.valueOf(each.getFileName())))).toList();
      for (Path each : old) {
        Files.delete(each);
      }
    } catch (IOException e) {
      throw new BundleException("can't clear old chunks in " + chunks + ": " + Io.why(e));
    }
  }

  private static boolean isChunk(Path file) {
    return Sha256.valid(String.valueOf(file.getFileName()));
  }
}
