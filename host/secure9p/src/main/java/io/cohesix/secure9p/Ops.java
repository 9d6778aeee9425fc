// One class for each request that the client sends.
package io.cohesix.secure9p;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

final class Ops {
  private Ops() {}

  /** The reply as what it must be. */
  static <R extends Reply> R expect(Reply reply, Class<R> type, String operation) {
    if (!type.isInstance(reply)) {
      throw Connection.violation("a " + operation + " was answered with type " + reply.type());
    }
    return type.cast(reply);
  }

  /** Tauth, giving the afid. */
  static final class Auth extends Op<Fid> {
    private final Login login;
    private int number;

    Auth(Connection connection, Login login) {
      super(connection, "auth", "", connection.options().requestTimeout().toNanos(), false);
      this.login = login;
    }

    @Override
    Request request(int tag) {
      number = connection.fids().reserve();
      return new Request.Auth(tag, number, login.uname, "", login.uid);
    }

    @Override
    Fid accept(Reply reply) {
      Fid fid = new Fid(connection, number, "", expect(reply, Reply.Auth.class, operation).qid(), timeoutNanos);
      connection.fids().register(fid);
      return fid;
    }

    @Override
    void orphaned(Fid fid) {
      fid.close();
    }

    @Override
    void undone() {
      connection.fids().release(number);
    }
  }

  /** Twrite of the token to an afid. It changes nothing but the afid, so it may be repeated with another one. */
  static final class Prove extends Op<Integer> {
    private final Fid afid;
    private final ByteBuffer token;

    Prove(Fid afid, ByteBuffer token) {
      super(afid.connection(), "auth", "", afid.timeoutNanos(), false);
      this.afid = afid;
      this.token = token;
    }

    @Override
    Request request(int tag) {
      return new Request.Write(tag, afid.number(), 0, token);
    }

    @Override
    Integer accept(Reply reply) {
      return expect(reply, Reply.Write.class, operation).count();
    }
  }

  /** Tattach, giving the root. */
  static final class Attach extends Op<Fid> {
    private final Login login;
    private final @Nullable Fid afid;
    private int number;

    Attach(Connection connection, Login login, @Nullable Fid afid) {
      super(connection, "attach", "/", connection.options().requestTimeout().toNanos(), false);
      this.login = login;
      this.afid = afid;
    }

    @Override
    Request request(int tag) {
      number = connection.fids().reserve();
      int proof = afid == null ? Wire.NOFID : afid.number();
      return new Request.Attach(tag, number, proof, login.uname, login.aname, login.uid);
    }

    @Override
    Fid accept(Reply reply) {
      Fid fid = new Fid(connection, number, "/", expect(reply, Reply.Attach.class, operation).qid(), timeoutNanos);
      connection.fids().register(fid);
      connection.attached();
      return fid;
    }

    @Override
    void orphaned(Fid fid) {
      fid.close();
    }

    @Override
    void undone() {
      connection.fids().release(number);
    }
  }

  /** How far a walk came: all the way when fid is there. */
  record Walked(int names, @Nullable Fid fid) {}

  /** Twalk to a fid of its own. */
  static final class Walk extends Op<Walked> {
    private final Fid from;
    private final List<String> names;
    private int number;

    Walk(Fid from, String path, List<String> names) {
      super(from.connection(), "walk", path, from.timeoutNanos(), false);
      this.from = from;
      this.names = names;
    }

    @Override
    Request request(int tag) {
      number = connection.fids().reserve();
      return new Request.Walk(tag, from.number(), number, names);
    }

    @Override
    Walked accept(Reply reply) {
      List<Qid> qids = checked(reply, names.size());
      if (qids.size() < names.size()) {
        undone();
        return new Walked(qids.size(), null);
      }
      Qid last = qids.isEmpty() ? from.qid() : qids.get(qids.size() - 1);
      Fid fid = new Fid(connection, number, path, last, timeoutNanos);
      connection.fids().register(fid);
      return new Walked(names.size(), fid);
    }

    @Override
    void orphaned(Walked walked) {
      if (walked.fid() != null) {
        walked.fid().close();
      }
    }

    @Override
    void undone() {
      connection.fids().release(number);
    }
  }

  private static List<Qid> checked(Reply reply, int asked) {
    List<Qid> qids = expect(reply, Reply.Walk.class, "walk").qids();
    if (qids.size() > asked || (asked > 0 && qids.isEmpty())) {
      throw Connection.violation("a walk of " + asked + " names was answered with " + qids.size() + " qids");
    }
    return qids;
  }

  /** Twalk that moves a fid of ours further on; nobody else knows it yet. */
  static final class WalkOn extends Op<Integer> {
    private final Fid fid;
    private final List<String> names;

    WalkOn(Fid fid, List<String> names) {
      super(fid.connection(), "walk", fid.path(), fid.timeoutNanos(), false);
      this.fid = fid;
      this.names = names;
    }

    @Override
    Request request(int tag) {
      return new Request.Walk(tag, fid.number(), fid.number(), names);
    }

    @Override
    Integer accept(Reply reply) {
      List<Qid> qids = checked(reply, names.size());
      if (qids.size() == names.size()) {
        fid.moved(qids.get(qids.size() - 1));
      }
      return qids.size();
    }
  }

  /** Tclunk; the number is free when it was answered, whatever the answer. */
  static final class Clunk extends Op<Boolean> {
    /** A clunk is never given up: a fid would be lost with it. */
    private static final long PATIENCE_NANOS = 1L << 60;

    private final int number;

    Clunk(Connection connection, String path, int number) {
      super(connection, "clunk", path, PATIENCE_NANOS, false);
      this.number = number;
    }

    @Override
    Request request(int tag) {
      return new Request.Clunk(tag, number);
    }

    @Override
    Boolean accept(Reply reply) {
      expect(reply, Reply.Clunk.class, operation);
      connection.fids().release(number);
      return true;
    }

    @Override
    void refused() {
      connection.fids().release(number);
    }

    /** Flushed: it was not done, so it is asked for again. */
    @Override
    void undone() {
      connection.enqueue(new Clunk(connection, path, number));
    }
  }

  /** Tremove: the fid is gone, whatever the answer. */
  static final class Remove extends Op<Boolean> {
    private final int number;

    Remove(Fid fid) {
      super(fid.connection(), "remove", fid.path(), fid.timeoutNanos(), true);
      this.number = fid.number();
    }

    @Override
    Request request(int tag) {
      return new Request.Remove(tag, number);
    }

    @Override
    Boolean accept(Reply reply) {
      expect(reply, Reply.Remove.class, operation);
      connection.fids().release(number);
      return true;
    }

    @Override
    void refused() {
      connection.fids().release(number);
    }

    @Override
    void undone() {
      connection.enqueue(new Clunk(connection, path, number));
    }
  }

  /** Tlopen. */
  static final class Open extends Op<Fid> {
    private final Fid fid;
    private final int flags;

    Open(Fid fid, int flags) {
      super(fid.connection(), "open", fid.path(), fid.timeoutNanos(), false);
      this.fid = fid;
      this.flags = flags;
    }

    @Override
    Request request(int tag) {
      return new Request.Open(tag, fid.number(), flags);
    }

    @Override
    Fid accept(Reply reply) {
      Reply.Open open = expect(reply, Reply.Open.class, operation);
      fid.opened(open.qid(), open.iounit());
      return fid;
    }
  }

  /** Tread into the caller's buffer. */
  static final class Read extends Op<Integer> {
    private final Fid fid;
    private final long offset;
    private final ByteBuffer into;
    private final int count;

    Read(Fid fid, long offset, ByteBuffer into) {
      super(fid.connection(), "read", fid.path(), fid.timeoutNanos(), false);
      this.fid = fid;
      this.offset = offset;
      this.into = into;
      this.count = Math.min(into.remaining(), fid.ioBytes());
    }

    @Override
    Request request(int tag) {
      return new Request.Read(tag, fid.number(), offset, count);
    }

    @Override
    Integer accept(Reply reply) {
      ByteBuffer data = expect(reply, Reply.Read.class, operation).data();
      int got = data.remaining();
      if (got > count) {
        throw Connection.violation("a read of " + count + " bytes was answered with " + got);
      }
      if (!result.isDone()) {
        into.put(data);
      }
      return got;
    }
  }

  /** Tread into an array of the right size. */
  static final class ReadBytes extends Op<byte[]> {
    private final Fid fid;
    private final long offset;
    private final int count;

    ReadBytes(Fid fid, long offset, int count) {
      super(fid.connection(), "read", fid.path(), fid.timeoutNanos(), false);
      this.fid = fid;
      this.offset = offset;
      this.count = Math.min(count, fid.ioBytes());
    }

    @Override
    Request request(int tag) {
      return new Request.Read(tag, fid.number(), offset, count);
    }

    @Override
    byte[] accept(Reply reply) {
      ByteBuffer data = expect(reply, Reply.Read.class, operation).data();
      if (data.remaining() > count) {
        throw Connection.violation("a read of " + count + " bytes was answered with " + data.remaining());
      }
      byte[] bytes = new byte[data.remaining()];
      data.get(bytes);
      return bytes;
    }
  }

  /** Twrite of one record. */
  static final class Write extends Op<Integer> {
    private final Fid fid;
    private final long offset;
    private final ByteBuffer data;
    private final int count;

    Write(Fid fid, long offset, ByteBuffer data) {
      super(fid.connection(), "write", fid.path(), fid.timeoutNanos(), true);
      this.fid = fid;
      this.offset = offset;
      this.data = data;
      this.count = data.remaining();
    }

    @Override
    Request request(int tag) {
      return new Request.Write(tag, fid.number(), offset, data);
    }

    @Override
    Integer accept(Reply reply) {
      int taken = expect(reply, Reply.Write.class, operation).count();
      if (Integer.compareUnsigned(taken, count) > 0) {
        throw Connection.violation(
            "a write of " + count + " bytes was answered with " + Integer.toUnsignedString(taken));
      }
      return taken;
    }
  }

  /** Treaddir: one page. */
  static final class ReadDir extends Op<List<DirEntry>> {
    private final Fid fid;
    private final long cookie;

    ReadDir(Fid fid, long cookie) {
      super(fid.connection(), "readdir", fid.path(), fid.timeoutNanos(), false);
      this.fid = fid;
      this.cookie = cookie;
    }

    @Override
    Request request(int tag) {
      return new Request.ReadDir(tag, fid.number(), cookie, fid.ioBytes());
    }

    @Override
    List<DirEntry> accept(Reply reply) {
      return Codec.decodeEntries(expect(reply, Reply.ReadDir.class, operation).data());
    }
  }

  /** Tgetattr. */
  static final class GetAttr extends Op<Stat> {
    private static final long MASK = Wire.GETATTR_BASIC | Wire.GETATTR_GEN | Wire.GETATTR_DATA_VERSION;

    private final Fid fid;

    GetAttr(Fid fid) {
      super(fid.connection(), "stat", fid.path(), fid.timeoutNanos(), false);
      this.fid = fid;
    }

    @Override
    Request request(int tag) {
      return new Request.GetAttr(tag, fid.number(), MASK);
    }

    @Override
    Stat accept(Reply reply) {
      return expect(reply, Reply.GetAttr.class, operation).stat();
    }
  }

  /** Tsetattr. */
  static final class SetAttrs extends Op<Boolean> {
    private final Fid fid;
    private final SetAttr wish;

    SetAttrs(Fid fid, SetAttr wish) {
      super(fid.connection(), "setattr", fid.path(), fid.timeoutNanos(), true);
      this.fid = fid;
      this.wish = wish;
    }

    @Override
    Request request(int tag) {
      return new Request.SetAttrs(tag, fid.number(), wish);
    }

    @Override
    Boolean accept(Reply reply) {
      expect(reply, Reply.SetAttrs.class, operation);
      return true;
    }
  }

  /** Tstatfs. */
  static final class StatFsOf extends Op<StatFs> {
    private final Fid fid;

    StatFsOf(Fid fid) {
      super(fid.connection(), "statfs", fid.path(), fid.timeoutNanos(), false);
      this.fid = fid;
    }

    @Override
    Request request(int tag) {
      return new Request.StatFsOf(tag, fid.number());
    }

    @Override
    StatFs accept(Reply reply) {
      return expect(reply, Reply.StatFsOf.class, operation).figures();
    }
  }

  /** Tfsync. */
  static final class Fsync extends Op<Boolean> {
    private final Fid fid;

    Fsync(Fid fid) {
      super(fid.connection(), "fsync", fid.path(), fid.timeoutNanos(), false);
      this.fid = fid;
    }

    @Override
    Request request(int tag) {
      return new Request.Fsync(tag, fid.number(), 0);
    }

    @Override
    Boolean accept(Reply reply) {
      expect(reply, Reply.Fsync.class, operation);
      return true;
    }
  }
}
