// The other end of an upload, in memory: as much of /updates and /models as shows what the client does, with connections that
// end at a chosen write. It serves no more of 9P than that needs; what a hive really says is HiveUploadTest's.
package io.cohesix.castool.upload;

import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.bundle.Manifest;
import io.cohesix.castool.bundle.Sha256;
import io.cohesix.secure9p.Codec;
import io.cohesix.secure9p.DirEntry;
import io.cohesix.secure9p.Errno;
import io.cohesix.secure9p.Qid;
import io.cohesix.secure9p.Reply;
import io.cohesix.secure9p.Request;
import io.cohesix.secure9p.Stat;
import io.cohesix.secure9p.Wire;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

public final class StorePeer implements AutoCloseable {
  /** What happens to a write instead of being served and answered. */
  public enum Fault {
    /** The connection ends before it is served. */
    CUT_BEFORE,
    /** It is served, and the connection ends before the answer. */
    CUT_AFTER,
    /** Rlerror EBUSY. */
    BUSY
  }

  private static final Qid DIR = new Qid(Wire.QTDIR, 0, 1);
  private static final Qid FILE = new Qid(Wire.QTAPPEND, 0, 2);
  private static final int RANGES = 32;

  private final ServerSocket listener;
  private final Map<Integer, Fault> faults = new HashMap<>();
  private final StringBuilder log = new StringBuilder();

  /** Every byte stream by its path. */
  public final SortedMap<String, byte[]> files = new TreeMap<>();

  /** Manifests that are complete, by their epoch. */
  private final Map<String, Manifest> manifests = new HashMap<>();

  private final Map<String, Integer> quarantined = new HashMap<>();
  private final TreeSet<String> committed = new TreeSet<>();

  /** Writes to files that came, tokens not counted. */
  public int writes;

  /** Bytes that were appended, also those that were dropped again. */
  public long appended;

  /** Why manifests are refused, as the hive's log has it; empty: they are not. */
  public String refuseManifests = "";

  public boolean updates = true;
  public boolean models = true;

  public StorePeer() throws IOException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(this::acceptAll, "store");
    thread.setDaemon(true);
    thread.start();
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** The n-th write from now on, counted from 1. */
  public synchronized void fault(int write, Fault fault) {
    faults.put(writes + write, fault);
  }

  public synchronized void put(String path, byte[] content) {
    files.put(path, content.clone());
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket socket = listener.accept();
        Thread thread = new Thread(() -> serveAll(socket), "store connection");
        thread.setDaemon(true);
        thread.start();
      }
    } catch (IOException e) {
      // closed by the test
    }
  }

  private void serveAll(Socket socket) {
    Map<Integer, String> fids = new HashMap<>();
    try (socket;
        DataInputStream in = new DataInputStream(socket.getInputStream())) {
      socket.setTcpNoDelay(true);
      while (true) {
        byte[] size = new byte[4];
        in.readFully(size);
        ByteBuffer frame = ByteBuffer.allocate(Integer.reverseBytes(ByteBuffer.wrap(size).getInt())).put(size);
        in.readFully(frame.array(), 4, frame.remaining());
        Reply reply = answer(Codec.decodeRequest(frame.rewind()), fids);
        if (reply == null) {
          return;
        }
        ByteBuffer out = ByteBuffer.allocate(70_000);
        Codec.encode(reply, out);
        socket.getOutputStream().write(out.array(), 0, out.position());
      }
    } catch (IOException e) {
      // the client closed
    }
  }

  private synchronized Reply answer(Request request, Map<Integer, String> fids) {
    boolean write = request instanceof Request.Write m && !fids.getOrDefault(m.fid(), "").isEmpty();
    Fault fault = write ? faults.remove(++writes) : null;
    if (fault == Fault.CUT_BEFORE) {
      return null;
    }
    if (fault == Fault.BUSY) {
      return new Reply.Refused(request.tag(), Errno.EBUSY);
    }
    Reply reply;
    try {
      reply = serve(request, fids);
    } catch (Refusal e) {
      reply = new Reply.Refused(request.tag(), e.errno);
    }
    return fault == Fault.CUT_AFTER ? null : reply;
  }

  private static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;
    final int errno;

    Refusal(int errno) {
      super(null, null, false, false);
      this.errno = errno;
    }
  }

  private Refusal refuse(int errno, String path, String detail) {
    String[] words = detail.split(" ", 2);
    log.append("7 audit op=write role=queen result=policy detail=").append(words[0]).append(" path=").append(path);
    log.append(words.length == 2 ? " " + words[1] : "").append('\n');
    return new Refusal(errno);
  }

  private Reply serve(Request request, Map<Integer, String> fids) {
    int tag = request.tag();
    if (request instanceof Request.Version m) {
      return new Reply.Version(tag, m.msize(), m.version());
    }
    if (request instanceof Request.Auth m) {
      fids.put(m.afid(), "");
      return new Reply.Auth(tag, new Qid(Wire.QTAUTH, 0, 0));
    }
    if (request instanceof Request.Attach m) {
      fids.put(m.fid(), "/");
      return new Reply.Attach(tag, DIR);
    }
    if (request instanceof Request.Walk m) {
      String base = fids.get(m.fid());
      String path = m.names().isEmpty() ? base : (base.equals("/") ? "" : base) + "/" + String.join("/", m.names());
      requireNode(path);
      fids.put(m.newFid(), path);
      return new Reply.Walk(tag, m.names().stream().map(each -> FILE).toList());
    }
    if (request instanceof Request.Open) {
      return new Reply.Open(tag, FILE, 0);
    }
    if (request instanceof Request.GetAttr m) {
      long size = content(fids.get(m.fid())).length;
      return new Reply.GetAttr(tag, new Stat(Wire.GETATTR_BASIC, FILE, 0600, 0, 0, 1, 0, size, 4096, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    }
    if (request instanceof Request.Read m) {
      byte[] content = content(fids.get(m.fid()));
      int from = (int) Math.min(m.offset(), content.length);
      return new Reply.Read(tag, ByteBuffer.wrap(Arrays.copyOfRange(content, from, Math.min(content.length, from + m.count()))));
    }
    if (request instanceof Request.ReadDir m) {
      return new Reply.ReadDir(tag, m.offset() == 0 ? entries() : ByteBuffer.allocate(0));
    }
    if (request instanceof Request.Write m) {
      byte[] data = new byte[m.data().remaining()];
      m.data().get(data);
      String path = fids.get(m.fid());
      if (!path.isEmpty()) {
        write(path, m.offset(), data);
      }
      return new Reply.Write(tag, data.length);
    }
    if (request instanceof Request.Clunk m) {
      fids.remove(m.fid());
      return new Reply.Clunk(tag);
    }
    return request instanceof Request.Flush ? new Reply.Flush(tag) : new Reply.Refused(tag, Errno.EOPNOTSUPP);
  }

  private ByteBuffer entries() {
    ByteBuffer out = ByteBuffer.allocate(4096);
    int n = 0;
    for (String epoch : new TreeSet<>(epochs())) {
      Codec.encodeEntry(new DirEntry(DIR, ++n, 4, epoch), out);
    }
    return out.flip();
  }

  private List<String> epochs() {
    return files.keySet().stream().filter(each -> each.endsWith("/manifest.cbor")).map(each -> each.split("/", -1)[2]).toList();
  }

  private void requireNode(String path) {
    String[] part = path.split("/", -1);
    if ((part[1].equals("updates") && !updates) || (part[1].equals("models") && !models)) {
      throw new Refusal(Errno.ENOENT);
    }
    if (part.length == 5) {
      Manifest manifest = manifests.get(part[2]);
      if (manifest == null || manifest.chunks().stream().noneMatch(each -> each.hex().equals(part[4]))) {
        throw new Refusal(Errno.ENOENT);
      }
    }
    if (path.endsWith("/status") && !epochs().contains(part[2])) {
      throw new Refusal(Errno.ENOENT);
    }
  }

  private byte[] content(String path) {
    if (path.equals("/log/queen.log")) {
      return log.toString().getBytes(StandardCharsets.UTF_8);
    }
    if (path.endsWith("/status")) {
      return status(path.split("/", -1)[2]).getBytes(StandardCharsets.UTF_8);
    }
    return files.getOrDefault(path, new byte[0]);
  }

  private boolean has(String epoch, Manifest manifest, int index) {
    byte[] chunk = files.get("/updates/" + epoch + "/chunks/" + manifest.chunks().get(index));
    return chunk != null && chunk.length == manifest.chunkBytes();
  }

  private String status(String epoch) {
    Manifest manifest = manifests.get(epoch);
    StringBuilder missing = new StringBuilder();
    int have = 0;
    int ranges = 0;
    int total = manifest == null ? 0 : manifest.chunks().size();
    for (int i = 0; i < total; i++) {
      if (has(epoch, manifest, i)) {
        have++;
        continue;
      }
      int first = i;
      while (i + 1 < total && !has(epoch, manifest, i + 1)) {
        i++;
      }
      if (ranges++ < RANGES) {
        missing.append("missing=").append(first).append('-').append(i).append('\n');
      }
    }
    boolean ready = manifest != null && have == total;
    return "epoch=" + epoch + " state=" + (ready ? "ready" : "receiving") + " manifest_bytes="
        + files.getOrDefault("/updates/" + epoch + "/manifest.cbor", new byte[0]).length + " manifest="
        + (manifest == null ? "partial" : "complete") + " chunks=" + have + " total=" + total + " payload_bytes="
        + (manifest == null ? 0 : manifest.payloadBytes()) + " quarantined=" + quarantined.getOrDefault(epoch, 0) + "\n" + missing;
  }

  private void write(String path, long offset, byte[] data) {
    byte[] there = files.getOrDefault(path, new byte[0]);
    String[] part = path.split("/", -1);
    boolean model = part[1].equals("models");
    if (model ? committed.contains(part[2]) : part.length == 4 ? manifests.containsKey(part[2]) : there.length == chunkBytes(part[2])) {
      throw refuse(Errno.EPERM, path, "denied");
    }
    if (offset != there.length && offset != -1) {
      throw refuse(Errno.EINVAL, path, "offset");
    }
    byte[] all = join(there, data);
    files.put(path, all);
    appended += data.length;
    if (model) {
      commit(part[2], path);
    } else if (part.length == 4) {
      complete(part[2], path, all);
    } else {
      check(part[2], path, part[4], all);
    }
  }

  private int chunkBytes(String epoch) {
    return manifests.get(epoch).chunkBytes();
  }

  private static byte[] join(byte[] a, byte[] b) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(a);
    out.writeBytes(b);
    return out.toByteArray();
  }

  private void complete(String epoch, String path, byte[] all) {
    try {
      Manifest manifest = Manifest.decode(all);
      if (!refuseManifests.isEmpty()) {
        files.remove(path);
        throw refuse(Errno.EINVAL, path, refuseManifests);
      }
      if (!manifest.epoch().text().equals(epoch)) {
        files.remove(path);
        throw refuse(Errno.EINVAL, path, "epoch-mismatch");
      }
      manifests.put(epoch, manifest);
    } catch (BundleException e) {
      if (!e.getMessage().contains("the file ends within")) {
        files.remove(path);
        throw refuse(Errno.EINVAL, path, "malformed");
      }
    }
  }

  private void check(String epoch, String path, String name, byte[] all) {
    if (all.length > chunkBytes(epoch)) {
      files.put(path, Arrays.copyOf(all, all.length - 1));
      throw refuse(Errno.EMSGSIZE, path, "too-big");
    }
    if (all.length == chunkBytes(epoch) && !Sha256.of(all).hex().equals(name)) {
      files.remove(path);
      quarantined.merge(epoch, 1, Integer::sum);
      throw refuse(Errno.EINVAL, path, "hash-mismatch");
    }
  }

  private void commit(String id, String path) {
    String folder = "/models/" + id + "/";
    if (files.getOrDefault(folder + "signature", new byte[0]).length < 64) {
      return;
    }
    boolean right = Sha256.of(files.getOrDefault(folder + "weights", new byte[0])).hex().equals(id);
    if (!right || files.getOrDefault(folder + "schema", new byte[0]).length == 0) {
      files.keySet().removeIf(each -> each.startsWith(folder));
      throw refuse(Errno.EINVAL, path, "hash-mismatch");
    }
    committed.add(id);
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A hive's policy that does not make tests wait. */
  public static io.cohesix.core.policy.ClientPolicy quick(int attempts) {
    var policy = io.cohesix.core.policy.ClientPolicy.defaults();
    return new io.cohesix.core.policy.ClientPolicy(
        new io.cohesix.core.policy.ClientPolicy.Retry(attempts, 1, 1, 5000),
        policy.heartbeatMs(),
        policy.tailPollMs(),
        policy.pool(),
        policy.traceMaxBytes(),
        policy.paths(),
        policy.manifestSha256());
  }
}
