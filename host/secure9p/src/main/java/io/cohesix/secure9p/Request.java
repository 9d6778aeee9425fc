// The requests that are served, one record each.
package io.cohesix.secure9p;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A request, from client to server (spec/secure9p.md, "Messages"). Buffers in records are borrowed: they show the bytes
 * between their position and limit, and a decoded one lies in the frame that it came from.
 */
public sealed interface Request extends Message {

  /** Tversion: msize is the largest frame that the client takes, in bytes. */
  record Version(int tag, int msize, String version) implements Request {
    @Override
    public int type() {
      return Wire.TVERSION;
    }
  }

  /** Tauth. */
  record Auth(int tag, int afid, String uname, String aname, int nUname) implements Request {
    @Override
    public int type() {
      return Wire.TAUTH;
    }

    /** Without the aname, which may hold a token. */
    @Override
    public String toString() {
      return "Auth[tag=" + tag + ", afid=" + afid + ", uname=" + uname + ']';
    }
  }

  /** Tattach. */
  record Attach(int tag, int fid, int afid, String uname, String aname, int nUname) implements Request {
    @Override
    public int type() {
      return Wire.TATTACH;
    }

    /** Without the aname, which may hold a token or a ticket. */
    @Override
    public String toString() {
      return "Attach[tag=" + tag + ", fid=" + fid + ", afid=" + afid + ", uname=" + uname + ']';
    }
  }

  /** Twalk: names has at most {@link Wire#WALK_NAMES_MAX} elements. */
  record Walk(int tag, int fid, int newFid, List<String> names) implements Request {
    /** Keeps a copy of the names. */
    public Walk {
      names = List.copyOf(names);
    }

    @Override
    public int type() {
      return Wire.TWALK;
    }
  }

  /** Tlopen: flags as those of Linux's {@code open}. */
  record Open(int tag, int fid, int flags) implements Request {
    @Override
    public int type() {
      return Wire.TLOPEN;
    }
  }

  /** Tread. */
  record Read(int tag, int fid, long offset, int count) implements Request {
    @Override
    public int type() {
      return Wire.TREAD;
    }
  }

  /** Twrite. */
  record Write(int tag, int fid, long offset, ByteBuffer data) implements Request {
    @Override
    public int type() {
      return Wire.TWRITE;
    }
  }

  /** Treaddir: offset is 0 or the cookie of the last entry that was seen. */
  record ReadDir(int tag, int fid, long offset, int count) implements Request {
    @Override
    public int type() {
      return Wire.TREADDIR;
    }
  }

  /** Tgetattr. */
  record GetAttr(int tag, int fid, long mask) implements Request {
    @Override
    public int type() {
      return Wire.TGETATTR;
    }
  }

  /** Tsetattr. */
  record SetAttrs(int tag, int fid, SetAttr attributes) implements Request {
    @Override
    public int type() {
      return Wire.TSETATTR;
    }
  }

  /** Tstatfs. */
  record StatFsOf(int tag, int fid) implements Request {
    @Override
    public int type() {
      return Wire.TSTATFS;
    }
  }

  /** Tfsync. */
  record Fsync(int tag, int fid, int dataSync) implements Request {
    @Override
    public int type() {
      return Wire.TFSYNC;
    }
  }

  /** Tflush. */
  record Flush(int tag, int oldTag) implements Request {
    @Override
    public int type() {
      return Wire.TFLUSH;
    }
  }

  /** Tclunk. */
  record Clunk(int tag, int fid) implements Request {
    @Override
    public int type() {
      return Wire.TCLUNK;
    }
  }

  /** Tremove: a hive refuses it; the fid is clunked all the same. */
  record Remove(int tag, int fid) implements Request {
    @Override
    public int type() {
      return Wire.TREMOVE;
    }
  }
}
