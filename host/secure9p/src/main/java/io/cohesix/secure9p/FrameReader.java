// A cursor over one frame: every "is it still inside?" of the codec is asked here.
package io.cohesix.secure9p;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Reads little-endian fields from {@code at} up to {@code end}; the buffer's position is not used and not moved. */
final class FrameReader {
  private final ByteBuffer in;
  private final int end;
  private final int tag;
  private int at;

  FrameReader(ByteBuffer in, int at, int end, int tag) {
    this.in = in;
    this.at = at;
    this.end = end;
    this.tag = tag;
  }

  private int take(int bytes, String field) {
    if (bytes > end - at) {
      throw malformed(field + " needs " + bytes + " bytes and the frame has " + (end - at) + " left");
    }
    int start = at;
    at += bytes;
    return start;
  }

  FrameException malformed(String what) {
    return new FrameException(FrameException.Kind.MALFORMED, tag, "malformed frame: " + what);
  }

  int remaining() {
    return end - at;
  }

  int u8(String field) {
    return in.get(take(1, field)) & 0xff;
  }

  int u16(String field) {
    return in.getShort(take(2, field)) & 0xffff;
  }

  int u32(String field) {
    return in.getInt(take(4, field));
  }

  long u64(String field) {
    return in.getLong(take(8, field));
  }

  Qid qid() {
    int start = take(Wire.QID_BYTES, "qid");
    return new Qid(in.get(start) & 0xff, in.getInt(start + 1), in.getLong(start + 5));
  }

  /** The rest of {@code count[4] data[count]} as a view of the frame. */
  ByteBuffer data() {
    int count = u32("count");
    if (count < 0 || count > end - at) {
      throw malformed(
          "count is " + Integer.toUnsignedString(count) + " and the frame has " + (end - at) + " bytes of data");
    }
    return in.slice(take(count, "data"), count);
  }

  /** A string: valid UTF-8 without NUL. */
  String string(String field) {
    int length = u16(field);
    int start = take(length, field);
    byte[] bytes = new byte[length];
    in.get(start, bytes);
    int signs = 0;
    for (byte each : bytes) {
      if (each == 0) {
        throw malformed(field + " holds a NUL byte");
      }
      signs |= each;
    }
    if (signs >= 0) {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
    try {
      CharBuffer text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes));
      return text.toString();
    } catch (CharacterCodingException e) {
      throw malformed(field + " is not valid UTF-8");
    }
  }

  void end() {
    if (at != end) {
      throw malformed((end - at) + " bytes follow the last field");
    }
  }
}
