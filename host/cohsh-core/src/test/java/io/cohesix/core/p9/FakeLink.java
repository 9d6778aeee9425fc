// A 9P link over a map of texts that can be made to break: knows fids and offsets and nothing of what files mean.
package io.cohesix.core.p9;

import io.cohesix.core.transport.Endpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

final class FakeLink implements P9Link {
  /** What all links of a test share. */
  static final class Server implements Connector {
    final Map<String, String> files = new TreeMap<>();
    /** Bytes that a ring has lost at its front. */
    final Map<String, Long> oldest = new HashMap<>();
    /** Files that are rings. */
    final Set<String> rings = new HashSet<>();
    long life = 1;
    final List<String> walks = new ArrayList<>();
    final List<String> log = new ArrayList<>();
    final List<FakeLink> links = new ArrayList<>();
    /** Call that breaks the connection, then is taken off: "write" before it is done, "written" after. */
    final List<String> breaks = new ArrayList<>();
    int attachErrno;

    @Override
    public P9Link connect(Endpoint endpoint, int timeoutMs) {
      FakeLink link = new FakeLink(this);
      links.add(link);
      return link;
    }

    boolean directory(String path) {
      return path.equals("/") || files.keySet().stream().anyMatch(file -> file.startsWith(path + "/"));
    }
  }

  private final Server server;
  final Map<Integer, String> fids = new HashMap<>();
  private int last;
  boolean closed;

  private FakeLink(Server server) {
    this.server = server;
  }

  private void call(String name) throws IOException {
    if (closed || server.breaks.remove(name)) {
      closed = true;
      throw new IOException("broken at " + name);
    }
  }

  private Node keep(String path) {
    fids.put(++last, path);
    return new Node(last, server.directory(path));
  }

  @Override
  public void prove(String token) throws P9Error, IOException {
    call("prove");
    if (!token.equals("t")) {
      throw new P9Error(P9Error.EACCES);
    }
  }

  @Override
  public Node attach(String role, String ticket) throws P9Error, IOException {
    call("attach");
    server.log.add("attach " + role + " " + ticket);
    if (server.attachErrno != 0) {
      throw new P9Error(server.attachErrno);
    }
    return keep("/");
  }

  @Override
  public Node walk(int fid, List<String> names) throws P9Error, IOException {
    call("walk");
    server.walks.add(String.join("/", names));
    String path = fids.get(fid);
    for (String name : names) {
      path = path.equals("/") ? "/" + name : path + "/" + name;
      if (!server.files.containsKey(path) && !server.directory(path)) {
        throw new P9Error(P9Error.ENOENT);
      }
    }
    return keep(path);
  }

  @Override
  public void open(int fid, int flags) throws P9Error, IOException {
    call("open");
    if (flags == Files.WRITE_ONLY && fids.get(fid).startsWith("/ro/")) {
      throw new P9Error(P9Error.EPERM);
    }
  }

  @Override
  public byte[] read(int fid, long offset, int count) throws P9Error, IOException {
    call("read");
    String path = fids.get(fid);
    if (server.directory(path)) {
      throw new P9Error(P9Error.EINVAL);
    }
    byte[] all = server.files.get(path).getBytes(StandardCharsets.UTF_8);
    long from = offset;
    if (offset >= 1L << 62) {
      from = offset - (1L << 62) - server.oldest.getOrDefault(path, 0L);
      if (from < 0) {
        throw new P9Error(P9Error.ESTALE);
      }
    }
    int at = (int) Math.min(from, all.length);
    return Arrays.copyOfRange(all, at, Math.min(all.length, at + count));
  }

  @Override
  public List<Entry> list(int fid, long cookie) throws IOException {
    call("list");
    String path = fids.get(fid);
    String prefix = path.equals("/") ? "/" : path + "/";
    List<String> names =
        server.files.keySet().stream()
            .filter(file -> file.startsWith(prefix))
            .map(file -> file.substring(prefix.length()).split("/", 2)[0])
            .distinct()
            .toList();
    List<Entry> page = new ArrayList<>();
    for (int i = (int) cookie; i < Math.min(names.size(), cookie + 2); i++) {
      page.add(new Entry(names.get(i), i + 1));
    }
    return page;
  }

  @Override
  public void write(int fid, long offset, byte[] data) throws P9Error, IOException {
    call("write");
    String path = fids.get(fid);
    String text = new String(data, StandardCharsets.UTF_8);
    if (text.equals("bad")) {
      server.files.merge("/log/queen.log", "9 audit op=write role=queen result=policy detail=odd path=" + path + " error=that is odd\n", String::concat);
      throw new P9Error(P9Error.EINVAL);
    }
    server.log.add("write " + path + " " + text);
    server.files.merge(path, text + "\n", String::concat);
    call("written");
  }

  @Override
  public Attributes stat(int fid) throws IOException {
    call("stat");
    String path = fids.get(fid);
    long size = server.files.getOrDefault(path, "").getBytes(StandardCharsets.UTF_8).length;
    return new Attributes(size, server.life, server.rings.contains(path), server.oldest.getOrDefault(path, 0L) + size);
  }

  @Override
  public void clunk(int fid) {
    fids.remove(fid);
  }

  @Override
  public void ping() throws IOException {
    call("ping");
  }

  @Override
  public int maxData() {
    return 16;
  }

  @Override
  public void close() {
    closed = true;
  }
}
