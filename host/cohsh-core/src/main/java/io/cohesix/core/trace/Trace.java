// A trace that was read whole and whose every byte is as it was written.
package io.cohesix.core.trace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A verified trace.
 *
 * @param transport what the recorded session spoke
 * @param manifestSha256 the manifest of the client that recorded it
 * @param records in order, without the end record
 * @param whole whether the session ended the recording; false when it reached its bound
 * @param head the chain's last link, hex: names the trace's whole content
 */
public record Trace(
    TraceRecord.Layer transport, String manifestSha256, List<TraceRecord> records, boolean whole, String head) {

  /** Copies the records. */
  public Trace {
    records = List.copyOf(records);
  }

  /** Milliseconds from the begin to the last record. */
  public long durationMs() {
    return records.isEmpty() ? 0 : records.get(records.size() - 1).offsetMs();
  }

  /**
   * Checks every byte.
   *
   * @throws TraceException for a file that is truncated, extended, reordered, modified or no trace
   */
  public static Trace parse(byte[] file) throws TraceException {
    return new Parser(file).trace();
  }

  private static final class Parser {
    private final byte[] file;
    private final ByteBuffer in;
    private final List<TraceRecord> records = new ArrayList<>();
    private byte[] link = new byte[0];

    Parser(byte[] file) {
      this.file = file;
      this.in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }

    Trace trace() throws TraceException {
      if (file.length < TraceFormat.MAGIC.length
          || !Arrays.equals(file, 0, TraceFormat.MAGIC.length, TraceFormat.MAGIC, 0, TraceFormat.MAGIC.length)) {
        throw new TraceException("it does not begin as a trace does");
      }
      if (file.length < TraceFormat.HEADER_BYTES + TraceFormat.HASH_BYTES) {
        throw new TraceException("it is truncated: it ends within its header, at byte " + file.length);
      }
      int version = in.get(8) & 255;
      if (version != TraceFormat.VERSION) {
        throw new TraceException("its format is version " + version + ", this program reads version " + TraceFormat.VERSION);
      }
      in.position(TraceFormat.HEADER_BYTES);
      link = take();
      byte[] sum = TraceFormat.sha256().digest(Arrays.copyOf(file, TraceFormat.HEADER_BYTES));
      if (!MessageDigest.isEqual(sum, link)) {
        throw new TraceException("its header was changed: bytes 0 to 43 don't have the digest that follows them");
      }
      TraceRecord.Layer transport = layer(in.get(9) & 255, 9);
      String manifest = HexFormat.of().formatHex(file, 12, TraceFormat.HEADER_BYTES);
      while (true) {
        int at = in.position();
        int kind = next();
        if (kind == TraceFormat.END_KIND) {
          boolean whole = end(at);
          return new Trace(transport, manifest, records, whole, HexFormat.of().formatHex(link));
        }
      }
    }

    /** Checks one record against the chain and keeps it; its kind. */
    private int next() throws TraceException {
      int at = in.position();
      if (in.remaining() < TraceFormat.HEAD_BYTES) {
        throw new TraceException(
            "it is truncated: after " + records.size() + " records, at byte " + at + ", a record must follow, the end at least");
      }
      long size = Integer.toUnsignedLong(in.getInt(at));
      int least = TraceFormat.HEAD_BYTES + TraceFormat.HASH_BYTES;
      if (size < least || size > in.remaining()) {
        throw new TraceException(
            "it is truncated or was changed: record %d at byte %d says that it has %d bytes, %d are left and %d is the least"
                .formatted(records.size(), at, size, in.remaining(), least));
      }
      int content = (int) size - TraceFormat.HASH_BYTES;
      MessageDigest digest = TraceFormat.sha256();
      digest.update(link);
      digest.update(file, at, content);
      in.position(at + content);
      byte[] found = take();
      if (!MessageDigest.isEqual(digest.digest(), found)) {
        throw new TraceException(
            "record %d at byte %d was changed, or does not stand where it was written: the chain breaks here"
                .formatted(records.size(), at));
      }
      link = found;
      int kind = in.get(at + 4) & 255;
      if (kind != TraceFormat.END_KIND) {
        boolean redacted = (in.getShort(at + 6) & TraceFormat.REDACTED) != 0;
        long ms = Integer.toUnsignedLong(in.getInt(at + 8));
        ByteBuffer bytes = ByteBuffer.wrap(Arrays.copyOfRange(file, at + TraceFormat.HEAD_BYTES, at + content));
        records.add(new TraceRecord(kind(kind, at), layer(in.get(at + 5) & 255, at), redacted, ms, bytes));
      }
      return kind;
    }

    private boolean end(int at) throws TraceException {
      if (in.hasRemaining()) {
        throw new TraceException("it was extended: " + in.remaining() + " bytes follow its end at byte " + in.position());
      }
      int bytes = file.length - at - TraceFormat.HEAD_BYTES - TraceFormat.HASH_BYTES;
      if (bytes != TraceFormat.END_BYTES || in.getInt(at + TraceFormat.HEAD_BYTES) != records.size()) {
        throw new TraceException("its end record does not fit: " + records.size() + " records stand before it");
      }
      return in.getInt(at + TraceFormat.HEAD_BYTES + 4) != 0;
    }

    private byte[] take() {
      byte[] hash = new byte[TraceFormat.HASH_BYTES];
      in.get(hash);
      return hash;
    }

    private static TraceRecord.Kind kind(int number, int at) throws TraceException {
      for (TraceRecord.Kind kind : TraceRecord.Kind.values()) {
        if (kind.number() == number) {
          return kind;
        }
      }
      throw new TraceException("the record at byte " + at + " is of kind " + number + ", which this program does not know");
    }

    private static TraceRecord.Layer layer(int number, int at) throws TraceException {
      for (TraceRecord.Layer layer : TraceRecord.Layer.values()) {
        if (layer.number() == number) {
          return layer;
        }
      }
      throw new TraceException("byte " + at + " names transport " + number + ", which this program does not know");
    }
  }
}
