// What a tail tells.
package io.cohesix.secure9p;

import java.nio.charset.StandardCharsets;

/** An event of a {@link Tail} (spec/secure9p.md, "Rings"). */
public sealed interface TailEvent {
  /** The absolute position that the event begins at. */
  long position();

  /** Bytes that were appended; a record may be cut at the end and go on in the next event. */
  final class Data implements TailEvent {
    private final long position;
    private final byte[] bytes;

    Data(long position, byte[] bytes) {
      this.position = position;
      this.bytes = bytes;
    }

    @Override
    public long position() {
      return position;
    }

    /** The bytes, at least one; the array is the receiver's. */
    public byte[] bytes() {
      return bytes;
    }

    /** The bytes as UTF-8. */
    public String text() {
      return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
      return "Data[position=" + position + ", " + bytes.length + " bytes]";
    }
  }

  /**
   * Bytes that were overwritten before they could be read.
   *
   * @param position of the first lost byte
   * @param lost how many; reading goes on at {@code position + lost}
   */
  record Gap(long position, long lost) implements TailEvent {}

  /**
   * The ring is not the one that was read: the hive was started anew, or the ring ends before the position that was
   * reached. Reading goes on with its oldest record.
   *
   * @param position where reading goes on
   * @param reached the position that had been reached in the ring that is no more
   */
  record Restarted(long position, long reached) implements TailEvent {}
}
