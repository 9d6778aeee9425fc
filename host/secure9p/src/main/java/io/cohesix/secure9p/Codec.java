// Frames to messages and back: pure functions over buffers, strict in both directions, nothing of the data is copied.
package io.cohesix.secure9p;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The 9P2000.L codec (spec/secure9p.md, "Messages", "Assurance"). A frame that decodes encodes to the very same bytes.
 * Stateless and safe for use by several threads; buffers are the caller's.
 */
public final class Codec {
  private Codec() {}

  /**
   * Decodes one whole frame from a client.
   *
   * @param frame the frame between position and limit; its byte order becomes little-endian, its position stays. Data of
   *     the message is a view of it
   * @throws FrameException when it is no request that is served
   */
  public static Request decodeRequest(ByteBuffer frame) {
    FrameReader in = open(frame);
    int at = frame.position();
    int tag = frame.getShort(at + Wire.TAG_OFFSET) & 0xffff;
    int type = frame.get(at + Wire.TYPE_OFFSET) & 0xff;
    Request request =
        switch (type) {
          case Wire.TVERSION -> new Request.Version(tag, in.u32("msize"), in.string("version"));
          case Wire.TAUTH ->
              new Request.Auth(tag, in.u32("afid"), in.string("uname"), in.string("aname"), in.u32("n_uname"));
          case Wire.TATTACH ->
              new Request.Attach(
                  tag, in.u32("fid"), in.u32("afid"), in.string("uname"), in.string("aname"), in.u32("n_uname"));
          case Wire.TWALK -> new Request.Walk(tag, in.u32("fid"), in.u32("newfid"), names(in));
          case Wire.TLOPEN -> new Request.Open(tag, in.u32("fid"), in.u32("flags"));
          case Wire.TREAD -> new Request.Read(tag, in.u32("fid"), in.u64("offset"), in.u32("count"));
          case Wire.TWRITE -> new Request.Write(tag, in.u32("fid"), in.u64("offset"), in.data());
          case Wire.TREADDIR -> new Request.ReadDir(tag, in.u32("fid"), in.u64("offset"), in.u32("count"));
          case Wire.TGETATTR -> new Request.GetAttr(tag, in.u32("fid"), in.u64("request_mask"));
          case Wire.TSETATTR -> new Request.SetAttrs(tag, in.u32("fid"), setAttr(in));
          case Wire.TSTATFS -> new Request.StatFsOf(tag, in.u32("fid"));
          case Wire.TFSYNC -> new Request.Fsync(tag, in.u32("fid"), in.u32("datasync"));
          case Wire.TFLUSH -> new Request.Flush(tag, in.u16("oldtag"));
          case Wire.TCLUNK -> new Request.Clunk(tag, in.u32("fid"));
          case Wire.TREMOVE -> new Request.Remove(tag, in.u32("fid"));
          case Wire.TLCREATE,
              Wire.TSYMLINK,
              Wire.TMKNOD,
              Wire.TRENAME,
              Wire.TLINK,
              Wire.TMKDIR,
              Wire.TRENAMEAT,
              Wire.TUNLINKAT ->
              throw new FrameException(
                  FrameException.Kind.REFUSED_OP,
                  tag,
                  in.remaining() < 4 ? Wire.NOFID : in.u32("fid"),
                  "request type " + type + " changes the tree and is never served");
          default -> throw unsupported(tag, type, "request");
        };
    in.end();
    return request;
  }

  /**
   * Decodes one whole frame from a server.
   *
   * @param frame the frame between position and limit; its byte order becomes little-endian, its position stays. Data of
   *     the message is a view of it
   * @throws FrameException when it is no reply to a request that is served
   */
  public static Reply decodeReply(ByteBuffer frame) {
    FrameReader in = open(frame);
    int at = frame.position();
    int tag = frame.getShort(at + Wire.TAG_OFFSET) & 0xffff;
    int type = frame.get(at + Wire.TYPE_OFFSET) & 0xff;
    Reply reply =
        switch (type) {
          case Wire.RLERROR -> new Reply.Refused(tag, in.u32("errno"));
          case Wire.RVERSION -> new Reply.Version(tag, in.u32("msize"), in.string("version"));
          case Wire.RAUTH -> new Reply.Auth(tag, in.qid());
          case Wire.RATTACH -> new Reply.Attach(tag, in.qid());
          case Wire.RWALK -> new Reply.Walk(tag, qids(in));
          case Wire.RLOPEN -> new Reply.Open(tag, in.qid(), in.u32("iounit"));
          case Wire.RREAD -> new Reply.Read(tag, in.data());
          case Wire.RWRITE -> new Reply.Write(tag, in.u32("count"));
          case Wire.RREADDIR -> new Reply.ReadDir(tag, in.data());
          case Wire.RGETATTR -> new Reply.GetAttr(tag, stat(in));
          case Wire.RSETATTR -> new Reply.SetAttrs(tag);
          case Wire.RSTATFS -> new Reply.StatFsOf(tag, statFs(in));
          case Wire.RFSYNC -> new Reply.Fsync(tag);
          case Wire.RFLUSH -> new Reply.Flush(tag);
          case Wire.RCLUNK -> new Reply.Clunk(tag);
          case Wire.RREMOVE -> new Reply.Remove(tag);
          default -> throw unsupported(tag, type, "reply");
        };
    in.end();
    return reply;
  }

  /**
   * Appends a message to a buffer.
   *
   * @param message the message; the position of its data buffer stays
   * @param out where the frame goes; its byte order becomes little-endian
   * @throws BufferOverflowException when it does not fit; nothing was appended
   * @throws FrameException when a string or a list of it has no place in a frame; nothing was appended
   */
  public static void encode(Message message, ByteBuffer out) {
    out.order(ByteOrder.LITTLE_ENDIAN);
    int start = out.position();
    boolean done = false;
    try {
      out.putInt(0).put((byte) message.type()).putShort((short) message.tag());
      if (message instanceof Request request) {
        encodeRequest(request, out);
      } else {
        encodeReply((Reply) message, out);
      }
      out.putInt(start + Wire.SIZE_OFFSET, out.position() - start);
      done = true;
    } finally {
      if (!done) {
        out.position(start);
      }
    }
  }

  private static void encodeRequest(Request request, ByteBuffer out) {
    int tag = request.tag();
    if (request instanceof Request.Read m) {
      out.putInt(m.fid()).putLong(m.offset()).putInt(m.count());
    } else if (request instanceof Request.Write m) {
      FrameWriter.data(out.putInt(m.fid()).putLong(m.offset()), m.data());
    } else if (request instanceof Request.Walk m) {
      walk(m, out);
    } else if (request instanceof Request.Clunk m) {
      out.putInt(m.fid());
    } else if (request instanceof Request.Remove m) {
      out.putInt(m.fid());
    } else if (request instanceof Request.Open m) {
      out.putInt(m.fid()).putInt(m.flags());
    } else if (request instanceof Request.GetAttr m) {
      out.putInt(m.fid()).putLong(m.mask());
    } else if (request instanceof Request.ReadDir m) {
      out.putInt(m.fid()).putLong(m.offset()).putInt(m.count());
    } else if (request instanceof Request.SetAttrs m) {
      setAttr(m.attributes(), out.putInt(m.fid()));
    } else if (request instanceof Request.StatFsOf m) {
      out.putInt(m.fid());
    } else if (request instanceof Request.Fsync m) {
      out.putInt(m.fid()).putInt(m.dataSync());
    } else if (request instanceof Request.Flush m) {
      out.putShort((short) m.oldTag());
    } else if (request instanceof Request.Version m) {
      FrameWriter.string(out.putInt(m.msize()), m.version(), "version", tag);
    } else if (request instanceof Request.Auth m) {
      FrameWriter.string(out.putInt(m.afid()), m.uname(), "uname", tag);
      FrameWriter.string(out, m.aname(), "aname", tag);
      out.putInt(m.nUname());
    } else if (request instanceof Request.Attach m) {
      FrameWriter.string(out.putInt(m.fid()).putInt(m.afid()), m.uname(), "uname", tag);
      FrameWriter.string(out, m.aname(), "aname", tag);
      out.putInt(m.nUname());
    } else {
      throw new AssertionError(request);
    }
  }

  private static void encodeReply(Reply reply, ByteBuffer out) {
    if (reply instanceof Reply.Read m) {
      FrameWriter.data(out, m.data());
    } else if (reply instanceof Reply.ReadDir m) {
      FrameWriter.data(out, m.data());
    } else if (reply instanceof Reply.Write m) {
      out.putInt(m.count());
    } else if (reply instanceof Reply.Refused m) {
      out.putInt(m.errno());
    } else if (reply instanceof Reply.Walk m) {
      checkCount(m.qids().size(), "qids", m.tag());
      out.putShort((short) m.qids().size());
      m.qids().forEach(qid -> FrameWriter.qid(out, qid));
    } else if (reply instanceof Reply.Version m) {
      FrameWriter.string(out.putInt(m.msize()), m.version(), "version", m.tag());
    } else if (reply instanceof Reply.Auth m) {
      FrameWriter.qid(out, m.qid());
    } else if (reply instanceof Reply.Attach m) {
      FrameWriter.qid(out, m.qid());
    } else if (reply instanceof Reply.Open m) {
      FrameWriter.qid(out, m.qid());
      out.putInt(m.iounit());
    } else if (reply instanceof Reply.GetAttr m) {
      stat(m.stat(), out);
    } else if (reply instanceof Reply.StatFsOf m) {
      statFs(m.figures(), out);
    }
    // Rflush, Rclunk, Rsetattr, Rfsync and Rremove have no body.
  }

  /**
   * Decodes the data of an Rreaddir.
   *
   * @param data whole entries between position and limit; its byte order becomes little-endian, its position stays
   * @throws FrameException when it is not a row of whole entries
   */
  public static List<DirEntry> decodeEntries(ByteBuffer data) {
    data.order(ByteOrder.LITTLE_ENDIAN);
    FrameReader in = new FrameReader(data, data.position(), data.limit(), Wire.NOTAG);
    List<DirEntry> entries = new ArrayList<>(in.remaining() / (Wire.ENTRY_HEADER_BYTES + 8) + 1);
    while (in.remaining() > 0) {
      entries.add(new DirEntry(in.qid(), in.u64("cookie"), in.u8("entry type"), in.string("name")));
    }
    return entries;
  }

  /**
   * Appends one entry to the data of an Rreaddir.
   *
   * @throws BufferOverflowException when it does not fit; nothing was appended
   */
  public static void encodeEntry(DirEntry entry, ByteBuffer out) {
    out.order(ByteOrder.LITTLE_ENDIAN);
    int start = out.position();
    boolean done = false;
    try {
      FrameWriter.qid(out, entry.qid());
      out.putLong(entry.cookie()).put((byte) entry.type());
      FrameWriter.string(out, entry.name(), "name", Wire.NOTAG);
      done = true;
    } finally {
      if (!done) {
        out.position(start);
      }
    }
  }

  /** Whether a text is one component of a path: 1–255 bytes of UTF-8 without {@code /} or NUL, and neither {@code .} nor {@code ..}. */
  public static boolean isName(String text) {
    if (text.isEmpty() || text.equals(".") || text.equals("..") || text.indexOf('/') >= 0 || text.indexOf('\0') >= 0) {
      return false;
    }
    return text.length() <= Wire.NAME_BYTES_MAX
        && StandardCharsets.UTF_8.newEncoder().canEncode(text)
        && text.getBytes(StandardCharsets.UTF_8).length <= Wire.NAME_BYTES_MAX;
  }

  /** Checks the header and gives a reader of the body. */
  private static FrameReader open(ByteBuffer frame) {
    frame.order(ByteOrder.LITTLE_ENDIAN);
    int length = frame.remaining();
    if (length < Wire.HEADER_BYTES) {
      throw broken("a frame has at least " + Wire.HEADER_BYTES + " bytes and this one " + length);
    }
    int at = frame.position();
    int size = frame.getInt(at + Wire.SIZE_OFFSET);
    if (size != length) {
      throw broken("its size field says " + Integer.toUnsignedString(size) + " and it has " + length + " bytes");
    }
    int tag = frame.getShort(at + Wire.TAG_OFFSET) & 0xffff;
    return new FrameReader(frame, at + Wire.HEADER_BYTES, frame.limit(), tag);
  }

  static FrameException broken(String what) {
    return new FrameException(FrameException.Kind.BROKEN, Wire.NOTAG, "broken frame: " + what);
  }

  private static FrameException unsupported(int tag, int type, String what) {
    return new FrameException(FrameException.Kind.UNSUPPORTED, tag, "type " + type + " is no " + what + " that is served");
  }

  private static void checkCount(int count, String what, int tag) {
    if (count > Wire.WALK_NAMES_MAX) {
      throw FrameWriter.unfit(tag, "it has " + count + ' ' + what + " and a walk at most " + Wire.WALK_NAMES_MAX);
    }
  }

  private static int count(FrameReader in, String what) {
    int count = in.u16(what);
    if (count > Wire.WALK_NAMES_MAX) {
      throw in.malformed(what + " is " + count + ", at most " + Wire.WALK_NAMES_MAX + " are allowed");
    }
    return count;
  }

  private static List<String> names(FrameReader in) {
    int count = count(in, "nwname");
    List<String> names = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      names.add(in.string("name"));
    }
    return names;
  }

  private static void walk(Request.Walk m, ByteBuffer out) {
    checkCount(m.names().size(), "names", m.tag());
    out.putInt(m.fid()).putInt(m.newFid()).putShort((short) m.names().size());
    for (String name : m.names()) {
      FrameWriter.string(out, name, "name", m.tag());
    }
  }

  private static List<Qid> qids(FrameReader in) {
    int count = count(in, "nwqid");
    List<Qid> qids = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      qids.add(in.qid());
    }
    return qids;
  }

  private static SetAttr setAttr(FrameReader in) {
    return new SetAttr(
        in.u32("valid"),
        in.u32("mode"),
        in.u32("uid"),
        in.u32("gid"),
        in.u64("size"),
        in.u64("atime_s"),
        in.u64("atime_ns"),
        in.u64("mtime_s"),
        in.u64("mtime_ns"));
  }

  private static void setAttr(SetAttr a, ByteBuffer out) {
    out.putInt(a.valid()).putInt(a.mode()).putInt(a.uid()).putInt(a.gid()).putLong(a.size());
    out.putLong(a.atimeS()).putLong(a.atimeNs()).putLong(a.mtimeS()).putLong(a.mtimeNs());
  }

  private static Stat stat(FrameReader in) {
    return new Stat(
        in.u64("valid"),
        in.qid(),
        in.u32("mode"),
        in.u32("uid"),
        in.u32("gid"),
        in.u64("nlink"),
        in.u64("rdev"),
        in.u64("size"),
        in.u64("blksize"),
        in.u64("blocks"),
        in.u64("atime_s"),
        in.u64("atime_ns"),
        in.u64("mtime_s"),
        in.u64("mtime_ns"),
        in.u64("ctime_s"),
        in.u64("ctime_ns"),
        in.u64("btime_s"),
        in.u64("btime_ns"),
        in.u64("gen"),
        in.u64("data_version"));
  }

  private static void stat(Stat s, ByteBuffer out) {
    FrameWriter.qid(out.putLong(s.valid()), s.qid());
    out.putInt(s.mode()).putInt(s.uid()).putInt(s.gid()).putLong(s.nlink()).putLong(s.rdev()).putLong(s.size());
    out.putLong(s.blksize()).putLong(s.blocks()).putLong(s.atimeS()).putLong(s.atimeNs()).putLong(s.mtimeS());
    out.putLong(s.mtimeNs()).putLong(s.ctimeS()).putLong(s.ctimeNs()).putLong(s.btimeS()).putLong(s.btimeNs());
    out.putLong(s.gen()).putLong(s.dataVersion());
  }

  private static StatFs statFs(FrameReader in) {
    return new StatFs(
        in.u32("type"),
        in.u32("bsize"),
        in.u64("blocks"),
        in.u64("bfree"),
        in.u64("bavail"),
        in.u64("files"),
        in.u64("ffree"),
        in.u64("fsid"),
        in.u32("namelen"));
  }

  private static void statFs(StatFs f, ByteBuffer out) {
    out.putInt(f.type()).putInt(f.bsize()).putLong(f.blocks()).putLong(f.bfree()).putLong(f.bavail());
    out.putLong(f.files()).putLong(f.ffree()).putLong(f.fsid()).putInt(f.nameLength());
  }
}
