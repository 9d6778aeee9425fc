// Canonical CBOR, as much of it as manifests need: each head in its shortest form.
package io.cohesix.castool.bundle;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes items one after the other. */
final class CborWriter {
  static final int UNSIGNED = 0;
  static final int BYTES = 2;
  static final int TEXT = 3;
  static final int ARRAY = 4;

  /** Simple value 22. */
  static final int NULL = 0xf6;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private CborWriter head(int major, long value) {
    int bits = major << 5;
    if (value < 24) {
      out.write(bits | (int) value);
      return this;
    }
    // 24, 25, 26, 27: one, two, four, eight bytes follow.
    int size = value < 1L << 8 ? 0 : value < 1L << 16 ? 1 : value < 1L << 32 ? 2 : 3;
    out.write(bits | (24 + size));
    for (int shift = (8 << size) - 8; shift >= 0; shift -= 8) {
      out.write((int) (value >>> shift));
    }
    return this;
  }

  CborWriter unsigned(long value) {
    return head(UNSIGNED, value);
  }

  CborWriter array(int items) {
    return head(ARRAY, items);
  }

  CborWriter bytes(byte[] value) {
    head(BYTES, value.length).out.writeBytes(value);
    return this;
  }

  CborWriter text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    head(TEXT, utf8.length).out.writeBytes(utf8);
    return this;
  }

  CborWriter nothing() {
    out.write(NULL);
    return this;
  }

  byte[] done() {
    return out.toByteArray();
  }
}
