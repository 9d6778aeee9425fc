// A socket with a buffer each way: whole frames in, whole frames out, never blocking.
package io.cohesix.secure9p;

import java.io.EOFException;
import java.io.IOException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** Belongs to the leader. */
final class FrameChannel {
  /** Room for many small frames in one system call. */
  private static final int BUFFER_BYTES = 64 * 1024;

  private final SocketChannel channel;
  private final FrameTap tap;
  private final ByteBuffer in;
  private final ByteBuffer out;
  private int msize;
  /** Unread bytes of {@code in} stand from {@code at} to {@code end}. */
  private int at;

  private int end;

  FrameChannel(SocketChannel channel, int msize, FrameTap tap) {
    this.channel = channel;
    this.tap = tap;
    this.msize = msize;
    int bytes = Math.max(BUFFER_BYTES, 2 * msize);
    in = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    out = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  void msize(int negotiated) {
    msize = negotiated;
  }

  int msize() {
    return msize;
  }

  /** Whether a largest frame can be put. */
  boolean hasRoom() {
    return out.remaining() >= msize;
  }

  /** Puts a frame; throws BufferOverflowException when it is larger than msize. Needs {@link #hasRoom}. */
  void put(Message message) {
    int start = out.position();
    Codec.encode(message, out);
    if (out.position() - start > msize) {
      out.position(start);
      throw new BufferOverflowException();
    }
    if (tap != FrameTap.NONE) {
      tap.sent(out.slice(start, out.position() - start).order(ByteOrder.LITTLE_ENDIAN));
    }
  }

  /** Writes what was put; false when the socket takes no more now. */
  boolean flush() throws IOException {
    if (out.position() == 0) {
      return true;
    }
    out.flip();
    try {
      while (out.hasRemaining() && channel.write(out) > 0) {
        // as much as the socket takes
      }
    } finally {
      out.compact();
    }
    return out.position() == 0;
  }

  /** Reads once; false when nothing was there. */
  boolean fill() throws IOException {
    in.clear().position(at).limit(end);
    in.compact();
    at = 0;
    int got = channel.read(in);
    end = in.position();
    if (got < 0) {
      throw new EOFException(
          end == 0
              ? "the server closed the connection"
              : "the server closed the connection in the middle of a frame, " + end + " bytes into it");
    }
    return got > 0;
  }

  /** The next whole frame; its data is valid until {@link #fill}. Null when there is none yet. */
  @Nullable Reply next() {
    if (end - at < 4) {
      return null;
    }
    in.limit(end);
    int size = in.getInt(at);
    if (size >= 0 && size < Wire.HEADER_BYTES) {
      throw Codec.broken("its size field says " + Integer.toUnsignedString(size) + ", at least 7 is needed");
    }
    if (Integer.compareUnsigned(size, msize) > 0) {
      throw Codec.broken("its size field says " + Integer.toUnsignedString(size) + " and msize is " + msize);
    }
    if (end - at < size) {
      return null;
    }
    in.limit(at + size).position(at);
    if (tap != FrameTap.NONE) {
      tap.received(in.slice(at, size).order(ByteOrder.LITTLE_ENDIAN));
    }
    Reply reply = Codec.decodeReply(in);
    at += size;
    return reply;
  }

  void close() throws IOException {
    channel.close();
  }
}
