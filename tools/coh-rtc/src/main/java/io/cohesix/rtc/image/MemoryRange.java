// A range of physical memory.
package io.cohesix.rtc.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Half-open.
 *
 * @param start first byte
 * @param end first byte behind it
 */
record MemoryRange(long start, long end) {
  private static final int BYTES = 16;

  /** The payload that the loader compares with the machine: pairs of 64-bit words, little-endian. */
  static Octets write(List<MemoryRange> ranges) {
    ByteBuffer out = ByteBuffer.allocate(ranges.size() * BYTES).order(ByteOrder.LITTLE_ENDIAN);
    ranges.forEach(r -> out.putLong(r.start).putLong(r.end));
    return new Octets(out.array());
  }

  /** Reads it back. */
  static List<MemoryRange> read(Octets payload) {
    ByteBuffer in = ByteBuffer.wrap(payload.array()).order(ByteOrder.LITTLE_ENDIAN);
    List<MemoryRange> out = new ArrayList<>();
    while (in.remaining() >= BYTES) {
      out.add(new MemoryRange(in.getLong(), in.getLong()));
    }
    return out;
  }
}
