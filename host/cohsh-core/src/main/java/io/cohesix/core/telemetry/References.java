// A file that is too large to push, as a telemetry-ref/v1 manifest: its parts with their digests and where they are.
package io.cohesix.core.telemetry;

import io.cohesix.core.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.LongConsumer;

/** Makes reference manifests. */
public final class References {
  /** The smallest chunk: less would only make the manifest longer. */
  private static final long CHUNK_MIN = 65536;

  private static final int BUFFER = 1 << 16;

  private References() {}

  /** A chunk of a file. */
  private record Chunk(int index, long bytes, String sha256, String uri) {
    String json() {
      return "{\"i\":%d,\"bytes\":%d,\"sha256\":\"%s\",\"uri\":%s}".formatted(index, bytes, sha256, Json.quote(uri));
    }
  }

  /**
   * Reads the file once and describes it in one record.
   *
   * @param name the name that the manifest gives it
   * @param uri where the file can be had; each chunk's is this with {@code #bytes=<first>-<last>}
   * @param progress told how many bytes were read so far
   * @throws PushException when no manifest of the file fits the limits
   */
  public static String of(Path file, String name, String uri, PushLimits limits, LongConsumer progress)
      throws IOException, PushException {
    long size = Files.size(file);
    if (size == 0) {
      throw new PushException("reason=policy detail=empty-file", "the file is empty");
    }
    int max = Math.min(limits.recordBytes(), limits.refBytes());
    long chunk = chunkBytes(size, name, uri, limits.refs(), max);
    MessageDigest whole = sha256();
    List<Chunk> chunks = new ArrayList<>();
    byte[] buffer = new byte[BUFFER];
    long done = 0;
    try (InputStream in = Files.newInputStream(file)) {
      while (done < size) {
        long end = Math.min(done + chunk, size);
        long from = done;
        MessageDigest part = sha256();
        while (done < end) {
          int n = in.read(buffer, 0, (int) Math.min(buffer.length, end - done));
          if (n < 0) {
            throw new IOException("the file became shorter while it was read");
          }
          whole.update(buffer, 0, n);
          part.update(buffer, 0, n);
          done += n;
          progress.accept(done);
        }
        chunks.add(new Chunk(chunks.size(), done - from, hex(part), uri(uri, from, done)));
      }
    }
    String manifest = manifest(name, size, hex(whole), chunks);
    if (manifest.getBytes(StandardCharsets.UTF_8).length > max) {
      throw tooLong(max);
    }
    return manifest;
  }

  private static String uri(String base, long from, long to) {
    return base + "#bytes=" + from + "-" + (to - 1);
  }

  private static String manifest(String name, long size, String sha256, List<Chunk> chunks) {
    return "{\"schema\":\"telemetry-ref/v1\",\"seq\":1,\"name\":%s,\"bytes\":%d,\"sha256\":\"%s\",\"chunks\":[%s]}"
        .formatted(Json.quote(name), size, sha256, String.join(",", chunks.stream().map(Chunk::json).toList()));
  }

  /** The smallest power of two of which few enough make the file, and whose manifest fits a record. */
  private static long chunkBytes(long size, String name, String uri, int refs, int max) throws PushException {
    String digest = "0".repeat(64);
    int bare = manifest(name, size, digest, List.of()).getBytes(StandardCharsets.UTF_8).length;
    int each = new Chunk(refs, size, digest, uri(uri, size, size)).json().getBytes(StandardCharsets.UTF_8).length + 1;
    long fit = Math.min(refs, (max - bare) / each);
    if (max < bare || fit < 1) {
      throw tooLong(max);
    }
    long chunk = CHUNK_MIN;
    while ((size + chunk - 1) / chunk > fit) {
      chunk *= 2;
    }
    return chunk;
  }

  private static PushException tooLong(int max) {
    return new PushException(
        "reason=quota detail=too-big",
        "a reference manifest of this file does not fit the " + max + " bytes of a record here: give a shorter --uri or use --transport secure9p");
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
