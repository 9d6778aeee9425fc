// Why bytes are no frame.
package io.cohesix.secure9p;

/** Bytes that are no message that this codec knows, or a message that does not fit a frame. Its text is safe to show. */
public final class FrameException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What a server does about the frame (spec/secure9p.md, "Messages"). */
  public enum Kind {
    /** The size field is below 7 or is not the frame's length: there is no tag. */
    BROKEN,
    /** A known type whose fields do not fill the frame exactly, a string that is no UTF-8 or holds NUL, too many names. */
    MALFORMED,
    /** A known request that is never served because it creates, renames, links or removes. */
    REFUSED_OP,
    /** Any other type; a reply where a request belongs. */
    UNSUPPORTED
  }

  private final Kind kind;
  private final int tag;
  private final int fid;

  FrameException(Kind kind, int tag, String message) {
    this(kind, tag, Wire.NOFID, message);
  }

  FrameException(Kind kind, int tag, int fid, String message) {
    super(message);
    this.kind = kind;
    this.tag = tag;
    this.fid = fid;
  }

  /** What is wrong. */
  public Kind kind() {
    return kind;
  }

  /** The frame's tag, {@link Wire#NOTAG} when {@link Kind#BROKEN}. */
  public int tag() {
    return tag;
  }

  /** The fid that a request of {@link Kind#REFUSED_OP} begins with, else {@link Wire#NOFID}. */
  public int fid() {
    return fid;
  }
}
