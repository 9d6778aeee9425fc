// The replies to the requests that are served, one record each.
package io.cohesix.secure9p;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A reply, from server to client (spec/secure9p.md, "Messages"). Buffers in records are borrowed: they show the bytes
 * between their position and limit, and a decoded one lies in the frame that it came from.
 */
public sealed interface Reply extends Message {

  /** Rlerror: errno is a number of Linux. */
  record Refused(int tag, int errno) implements Reply {
    @Override
    public int type() {
      return Wire.RLERROR;
    }
  }

  /** Rversion: msize is the largest frame of the connection, in bytes. */
  record Version(int tag, int msize, String version) implements Reply {
    @Override
    public int type() {
      return Wire.RVERSION;
    }
  }

  /** Rauth. */
  record Auth(int tag, Qid qid) implements Reply {
    @Override
    public int type() {
      return Wire.RAUTH;
    }
  }

  /** Rattach. */
  record Attach(int tag, Qid qid) implements Reply {
    @Override
    public int type() {
      return Wire.RATTACH;
    }
  }

  /** Rwalk: a qid for each name that was walked. */
  record Walk(int tag, List<Qid> qids) implements Reply {
    /** Keeps a copy of the qids. */
    public Walk {
      qids = List.copyOf(qids);
    }

    @Override
    public int type() {
      return Wire.RWALK;
    }
  }

  /** Rlopen: iounit is the most bytes of one read or write, 0 for as many as a frame holds. */
  record Open(int tag, Qid qid, int iounit) implements Reply {
    @Override
    public int type() {
      return Wire.RLOPEN;
    }
  }

  /** Rread. */
  record Read(int tag, ByteBuffer data) implements Reply {
    @Override
    public int type() {
      return Wire.RREAD;
    }
  }

  /** Rwrite: count is how many bytes were taken. */
  record Write(int tag, int count) implements Reply {
    @Override
    public int type() {
      return Wire.RWRITE;
    }
  }

  /** Rreaddir: data is a row of entries, see {@link Codec#decodeEntries}. */
  record ReadDir(int tag, ByteBuffer data) implements Reply {
    @Override
    public int type() {
      return Wire.RREADDIR;
    }
  }

  /** Rgetattr. */
  record GetAttr(int tag, Stat stat) implements Reply {
    @Override
    public int type() {
      return Wire.RGETATTR;
    }
  }

  /** Rsetattr. */
  record SetAttrs(int tag) implements Reply {
    @Override
    public int type() {
      return Wire.RSETATTR;
    }
  }

  /** Rstatfs. */
  record StatFsOf(int tag, StatFs figures) implements Reply {
    @Override
    public int type() {
      return Wire.RSTATFS;
    }
  }

  /** Rfsync. */
  record Fsync(int tag) implements Reply {
    @Override
    public int type() {
      return Wire.RFSYNC;
    }
  }

  /** Rflush. */
  record Flush(int tag) implements Reply {
    @Override
    public int type() {
      return Wire.RFLUSH;
    }
  }

  /** Rclunk. */
  record Clunk(int tag) implements Reply {
    @Override
    public int type() {
      return Wire.RCLUNK;
    }
  }

  /** Rremove. */
  record Remove(int tag) implements Reply {
    @Override
    public int type() {
      return Wire.RREMOVE;
    }
  }
}
