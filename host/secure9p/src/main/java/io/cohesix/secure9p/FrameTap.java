// Sees the frames of a connection, for those who record them.
package io.cohesix.secure9p;

import java.nio.ByteBuffer;

/**
 * Told of every frame, whole and in order, by the thread that leads the connection: must not block or throw. The buffer shows the
 * frame between position and limit and is the connection's again when the call returns. Frames of an authentication hold
 * tokens and tickets: whoever keeps them takes those out.
 */
public interface FrameTap {
  /** Sees nothing. */
  FrameTap NONE = new FrameTap() {};

  /** A frame is about to be sent. */
  default void sent(ByteBuffer frame) {}

  /** A frame came. */
  default void received(ByteBuffer frame) {}
}
