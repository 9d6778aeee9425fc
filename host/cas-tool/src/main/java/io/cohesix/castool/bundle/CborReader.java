// The other direction, strict: a head that is longer than need be, an indefinite length or a byte too many is refused.
package io.cohesix.castool.bundle;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads items one after the other. Every error names the byte at which the item begins. */
final class CborReader {
  private static final String[] MAJOR = {
    "an unsigned number", "a negative number", "a byte string", "a text", "an array", "a map", "a tag", "a simple value"
  };

  private final byte[] data;
  private int at;

  CborReader(byte[] data) {
    this.data = data;
  }

  static BundleException wrong(int where, String what) {
    return new BundleException("byte " + where + ": " + what);
  }

  private int next(int start, String what) throws BundleException {
    if (at == data.length) {
      throw wrong(start, "the file ends within " + what);
    }
    return data[at++] & 0xff;
  }

  /** The value of a head of the wanted kind. */
  private long head(int major, String what) throws BundleException {
    int start = at;
    int first = next(start, what);
    if (first >> 5 != major) {
      throw wrong(start, what + " must be " + MAJOR[major] + ", found " + MAJOR[first >> 5]);
    }
    int low = first & 31;
    if (low < 24) {
      return low;
    }
    if (low > 27) {
      throw wrong(start, what + " has a length that CBOR reserves or leaves open, which is not canonical");
    }
    int bytes = 1 << (low - 24);
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value = value << 8 | next(start, what);
    }
    long least = bytes == 1 ? 24 : 1L << (bytes * 4);
    if (Long.compareUnsigned(value, least) < 0) {
      throw wrong(start, what + ": " + value + " is written in " + bytes + " more bytes where fewer do, which is not canonical");
    }
    return value;
  }

  int array(String what, long min, long max) throws BundleException {
    return (int) bounded(CborWriter.ARRAY, what, min, max, "items");
  }

  long unsigned(String what, long min, long max) throws BundleException {
    return bounded(CborWriter.UNSIGNED, what, min, max, "");
  }

  private long bounded(int major, String what, long min, long max, String unit) throws BundleException {
    int start = at;
    long value = head(major, what);
    if (value < min || value > max) {
      String has = unit.isEmpty() ? " is " : " has ";
      String bounds = min == max ? " " + min : " " + min + " to " + max;
      throw wrong(
          start,
          what + has + Long.toUnsignedString(value) + (unit.isEmpty() ? "" : " " + unit) + ", must be" + bounds);
    }
    return value;
  }

  private byte[] string(int major, String what, int min, int max) throws BundleException {
    int start = at;
    int length = (int) bounded(major, what, min, max, "bytes");
    if (length > data.length - at) {
      throw wrong(start, "the file ends within " + what);
    }
    at += length;
    return Arrays.copyOfRange(data, at - length, at);
  }

  byte[] bytes(String what, int length) throws BundleException {
    return string(CborWriter.BYTES, what, length, length);
  }

  /** An ASCII text: manifests hold no other. */
  String text(String what, int min, int max) throws BundleException {
    int start = at;
    byte[] value = string(CborWriter.TEXT, what, min, max);
    for (byte each : value) {
      if (each < 0x20 || each == 0x7f) {
        throw wrong(start, what + " holds something else than printable ASCII");
      }
    }
    return new String(value, StandardCharsets.US_ASCII);
  }

  /** Whether null comes next; if so, it is taken. */
  boolean nothing() {
    if (at < data.length && (data[at] & 0xff) == CborWriter.NULL) {
      at++;
      return true;
    }
    return false;
  }

  int at() {
    return at;
  }

  void end() throws BundleException {
    if (at < data.length) {
      throw wrong(at, (data.length - at) + " bytes follow the end of the manifest");
    }
  }
}
