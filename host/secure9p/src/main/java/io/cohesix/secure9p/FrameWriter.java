// Writes the fields of a frame; the counterpart of FrameReader.
package io.cohesix.secure9p;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Puts fields at the position of a little-endian buffer; a full buffer throws BufferOverflowException. */
final class FrameWriter {
  private FrameWriter() {}

  static void qid(ByteBuffer out, Qid qid) {
    out.put((byte) qid.type()).putInt(qid.version()).putLong(qid.path());
  }

  static void data(ByteBuffer out, ByteBuffer data) {
    out.putInt(data.remaining());
    out.put(data.duplicate());
  }

  /** A string; text without a UTF-8 form, with NUL or longer than 65535 bytes is refused. */
  static void string(ByteBuffer out, String text, String field, int tag) {
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw unfit(tag, field + " holds a NUL character");
      }
      if (c >= 0x80) {
        encoded(out, text, field, tag);
        return;
      }
    }
    if (length > Wire.STRING_BYTES_MAX) {
      throw tooLong(tag, field, length);
    }
    out.putShort((short) length);
    for (int i = 0; i < length; i++) {
      out.put((byte) text.charAt(i));
    }
  }

  private static void encoded(ByteBuffer out, String text, String field, int tag) {
    if (text.indexOf('\0') >= 0) {
      throw unfit(tag, field + " holds a NUL character");
    }
    ByteBuffer bytes;
    try {
      bytes =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .encode(CharBuffer.wrap(text));
    } catch (CharacterCodingException e) {
      throw unfit(tag, field + " has half a surrogate pair and so no UTF-8 form");
    }
    if (bytes.remaining() > Wire.STRING_BYTES_MAX) {
      throw tooLong(tag, field, bytes.remaining());
    }
    out.putShort((short) bytes.remaining());
    out.put(bytes);
  }

  private static FrameException tooLong(int tag, String field, int bytes) {
    return unfit(tag, field + " has " + bytes + " bytes and a string holds at most " + Wire.STRING_BYTES_MAX);
  }

  static FrameException unfit(int tag, String what) {
    return new FrameException(FrameException.Kind.MALFORMED, tag, "message cannot be encoded: " + what);
  }
}
