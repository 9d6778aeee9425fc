// Takes tokens and tickets out of 9P frames: what is written to an afid, what an attach carries, and whatever looks like one.
package io.cohesix.core.trace;

import io.cohesix.secure9p.Codec;
import io.cohesix.secure9p.FrameException;
import io.cohesix.secure9p.Message;
import io.cohesix.secure9p.Reply;
import io.cohesix.secure9p.Request;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** Redacts the frames of one session, whose afids it follows. Not thread-safe. */
final class FrameRedaction {
  private static final int ROOM = 64;

  private final Redaction text;
  private final Set<Integer> afids = new HashSet<>();

  FrameRedaction(Redaction text) {
    this.text = text;
  }

  /** A sent frame without secrets; the very same buffer when it holds none. */
  ByteBuffer sent(ByteBuffer frame) {
    Request request = Codec.decodeRequest(frame);
    if (request instanceof Request.Version) {
      afids.clear();
    } else if (request instanceof Request.Auth auth) {
      afids.add(auth.afid());
      return auth.aname().isEmpty()
          ? frame
          : encoded(new Request.Auth(auth.tag(), auth.afid(), auth.uname(), Redaction.MASK, auth.nUname()), frame);
    } else if (request instanceof Request.Attach attach) {
      return attach.aname().isEmpty()
          ? frame
          : encoded(
              new Request.Attach(attach.tag(), attach.fid(), attach.afid(), attach.uname(), Redaction.MASK, attach.nUname()), frame);
    } else if (request instanceof Request.Write write) {
      String found = utf8(write.data());
      String kept = afids.contains(write.fid()) ? Redaction.MASK : text.content(found);
      return kept.equals(found) ? frame : encoded(new Request.Write(write.tag(), write.fid(), write.offset(), bytes(kept)), frame);
    } else if (request instanceof Request.Clunk clunk) {
      afids.remove(clunk.fid());
    }
    return frame;
  }

  /** A received frame without secrets; the very same buffer when it holds none. */
  ByteBuffer received(ByteBuffer frame) {
    Reply reply;
    try {
      reply = Codec.decodeReply(frame);
    } catch (FrameException e) {
      // The client will say what is wrong with it; here it is bytes like any other.
      return frame;
    }
    if (!(reply instanceof Reply.Read read)) {
      return frame;
    }
    String found = utf8(read.data());
    String kept = text.content(found);
    return kept.equals(found) ? frame : encoded(new Reply.Read(read.tag(), bytes(kept)), frame);
  }

  private static String utf8(ByteBuffer data) {
    return StandardCharsets.UTF_8.decode(data.duplicate()).toString();
  }

  private static ByteBuffer bytes(String kept) {
    return ByteBuffer.wrap(kept.getBytes(StandardCharsets.UTF_8));
  }

  private static ByteBuffer encoded(Message message, ByteBuffer instead) {
    ByteBuffer out = ByteBuffer.allocate(3 * instead.remaining() + ROOM);
    Codec.encode(message, out);
    return out.flip();
  }
}
