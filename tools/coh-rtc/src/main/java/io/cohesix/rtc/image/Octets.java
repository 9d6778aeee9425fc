// A file's or a payload's bytes as a value: records hold these instead of arrays.
package io.cohesix.rtc.image;

import java.util.Arrays;

/** Immutable by convention: nobody in this package writes to {@link #array()}. */
final class Octets {
  private final byte[] data;

  Octets(byte[] data) {
    this.data = data;
  }

  /** The bytes themselves, to be read only. */
  byte[] array() {
    return data;
  }

  int length() {
    return data.length;
  }

  String sha256() {
    return Hash.sha256Hex(data);
  }

  boolean contains(byte[] what) {
    for (int i = 0; i + what.length <= data.length; i++) {
      if (Arrays.equals(data, i, i + what.length, what, 0, what.length)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Octets o && Arrays.equals(data, o.data);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(data);
  }
}
