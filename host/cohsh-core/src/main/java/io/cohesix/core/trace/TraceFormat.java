// The layout of a trace file, version 0: one place for the writer, the reader and the document (docs/TRACES.md).
package io.cohesix.core.trace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/*
 * All integers little-endian.
 *
 * header   0  8  "cohtrace"
 *          8  1  version, 0
 *          9  1  transport: 1 console, 2 secure9p
 *         10  2  0
 *         12 32  SHA-256 of the client's manifest
 *         44 32  SHA-256 of bytes 0 … 43: the chain's first link
 * record   0  4  size of the record, with this field and the link
 *          4  1  kind: 1 sent, 2 received, 3 connection opened, 4 connection closed, 255 end
 *          5  1  layer: 1 console line, 2 9P frame; 0 for the end
 *          6  2  flags: bit 0, a secret was taken out
 *          8  4  milliseconds since the recording began
 *         12  n  bytes
 *       12+n 32  SHA-256 of the link before and bytes 0 … 11+n of this record
 * end      a record whose bytes are: records before it[4], 1 when the recording was ended by its session, 0 by its bound[4]
 * Nothing follows the end.
 */
final class TraceFormat {
  static final byte[] MAGIC = "cohtrace".getBytes(StandardCharsets.US_ASCII);
  static final int VERSION = 0;
  static final int HASH_BYTES = 32;
  static final int HEADER_BYTES = 44;
  static final int HEAD_BYTES = 12;
  static final int END_KIND = 255;
  static final int END_BYTES = 8;

  /** A whole end record: the recorder always keeps this much of its bound free. */
  static final int END_RECORD_BYTES = HEAD_BYTES + END_BYTES + HASH_BYTES;

  static final int REDACTED = 1;

  private TraceFormat() {}

  static byte[] header(TraceRecord.Layer transport, byte[] manifest) {
    byte[] file = new byte[HEADER_BYTES + HASH_BYTES];
    ByteBuffer head = little(file);
    head.put(MAGIC).put((byte) VERSION).put((byte) transport.number()).putShort((short) 0).put(manifest);
    head.put(sha256().digest(java.util.Arrays.copyOf(file, HEADER_BYTES)));
    return file;
  }

  /** A record whose link is the digest of the link before it and all of itself. */
  static byte[] record(byte[] link, int kind, int layer, int flags, long offsetMs, byte[] bytes) {
    byte[] file = new byte[HEAD_BYTES + bytes.length + HASH_BYTES];
    ByteBuffer record = little(file);
    record.putInt(file.length).put((byte) kind).put((byte) layer).putShort((short) flags);
    record.putInt((int) Math.min(offsetMs, 0xffff_ffffL)).put(bytes);
    MessageDigest digest = sha256();
    digest.update(link);
    digest.update(file, 0, record.position());
    record.put(digest.digest());
    return file;
  }

  static byte[] endBytes(int records, boolean whole) {
    byte[] bytes = new byte[END_BYTES];
    little(bytes).putInt(records).putInt(whole ? 1 : 0);
    return bytes;
  }

  static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
