// A session's files by path: walks, whole reads, writes, listings, positions of rings. Each method gives its fids back.
package io.cohesix.core.p9;

import io.cohesix.core.p9.P9Link.Entry;
import io.cohesix.core.p9.P9Link.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Operations on one attached session. For one thread at a time. */
final class Files {
  static final int READ_ONLY = 0;
  static final int WRITE_ONLY = 1;
  private static final int DIRECTORY = 0200000;

  /** A write goes to the end, wherever that is. */
  private static final long AT_END = -1;

  /** Added to a ring's absolute position. */
  private static final long ABSOLUTE = 1L << 62;

  /** No node is larger: what goes on longer is a defect of the peer. */
  private static final int CONTENT_MAX = 16 << 20;

  /** Names in one walk (spec/secure9p.md, "Limits"). */
  private static final int WALK_NAMES = 8;

  /** Folders whose fids are kept, so that their files are one walk away: a connection has 64 fids. */
  private static final int FOLDERS = 8;

  private final P9Link link;
  private final int root;
  private final boolean seesAll;
  private @Nullable Long life;
  private final Map<List<String>, Integer> folders = new LinkedHashMap<>(FOLDERS, 0.75f, true);

  /** With whether all is in the session's sight, so that a walk fails only where there is nothing. */
  Files(P9Link link, int root, boolean seesAll) {
    this.link = link;
    this.root = root;
    this.seesAll = seesAll;
  }

  /** The session's view may have changed: folders are walked to anew. */
  void forgetFolders() {
    folders.values().forEach(link::clunk);
    folders.clear();
  }

  /** Where a ring's records are. */
  record Position(long oldest, long next) {
    /** Of a file that is no ring. */
    static final Position NONE = new Position(0, -1);
  }

  /** A piece of a ring and the position where it ends; -1: it is no ring. */
  static final class Piece {
    private final byte[] content;
    private final long next;

    Piece(byte[] content, long next) {
      this.content = content;
      this.next = next;
    }

    byte[] content() {
      return content;
    }

    long next() {
      return next;
    }
  }

  /** The names of a path, such that a path which a console refuses is refused here. */
  static List<String> names(String path) {
    if (path.equals("/")) {
      return List.of();
    }
    // A relative path keeps an empty first name, which leads nowhere.
    String clean = path.startsWith("/") ? path.substring(1) : "/" + path;
    return Arrays.asList(clean.split("/", -1));
  }

  /**
   * A walk of several names that ends early doesn't say why, and asking again would be refused, counted and audited
   * twice: it is made where there is but one reason, and else name by name.
   */
  private Node walk(String path) throws P9Error, IOException {
    List<String> names = names(path);
    if (names.isEmpty()) {
      return link.walk(root, List.of());
    }
    int last = names.size() - 1;
    if (last > 0 && walksAtOnce(names) && !folders.containsKey(names.subList(0, last))) {
      Node node = link.walk(root, names);
      keepFolder(List.copyOf(names.subList(0, last)), node);
      return node;
    }
    int folder = last == 0 ? root : folder(List.copyOf(names.subList(0, last)));
    return link.walk(folder, List.of(names.get(last)));
  }

  private boolean walksAtOnce(List<String> names) {
    return seesAll && names.size() <= WALK_NAMES;
  }

  /** The folder of a node that is there. */
  private void keepFolder(List<String> names, Node node) throws IOException {
    try {
      keep(names, link.walk(root, names).fid());
    } catch (P9Error e) {
      // It has just gone; the node knows.
    } catch (IOException e) {
      link.clunk(node.fid());
      throw e;
    }
  }

  private void keep(List<String> names, int fid) {
    if (folders.size() == FOLDERS) {
      var eldest = folders.entrySet().iterator();
      link.clunk(eldest.next().getValue());
      eldest.remove();
    }
    folders.put(names, fid);
  }

  private int folder(List<String> names) throws P9Error, IOException {
    Integer known = folders.get(names);
    if (known != null) {
      return known;
    }
    int at = root;
    for (String name : names) {
      int from = at;
      try {
        at = link.walk(from, List.of(name)).fid();
      } finally {
        if (from != root) {
          link.clunk(from);
        }
      }
    }
    keep(names, at);
    return at;
  }

  private Node open(String path, int flags) throws P9Error, IOException {
    Node node = walk(path);
    try {
      link.open(node.fid(), flags);
    } catch (P9Error e) {
      link.clunk(node.fid());
      throw e;
    }
    return node;
  }

  List<String> list(String path) throws P9Error, IOException {
    Node node = open(path, DIRECTORY);
    try {
      List<String> names = new ArrayList<>();
      long cookie = 0;
      while (true) {
        List<Entry> entries = link.list(node.fid(), cookie);
        if (entries.isEmpty()) {
          return names;
        }
        entries.forEach(entry -> names.add(entry.name()));
        cookie = entries.get(entries.size() - 1).cookie();
      }
    } finally {
      link.clunk(node.fid());
    }
  }

  /** What {@link #read} throws for a directory: a console says so before it opens. */
  static final class IsDirectory extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /** All of a file. */
  byte[] read(String path) throws P9Error, IsDirectory, IOException {
    Node node = open(path, READ_ONLY);
    try {
      if (node.directory()) {
        refuseReading(node.fid());
      }
      return toTheEnd(node.fid(), 0);
    } finally {
      link.clunk(node.fid());
    }
  }

  /** The last bytes of a file. */
  byte[] end(String path, int bytes) throws P9Error, IOException {
    Node node = open(path, READ_ONLY);
    try {
      return link.read(node.fid(), Math.max(0, link.stat(node.fid()).size() - bytes), bytes);
    } finally {
      link.clunk(node.fid());
    }
  }

  /** A directory can be opened but not read: the hive refuses, counts and audits it, as it does for a console. */
  private void refuseReading(int fid) throws IsDirectory, IOException {
    try {
      link.read(fid, 0, 1);
    } catch (P9Error e) {
      throw new IsDirectory();
    }
    throw new IOException("the hive let a directory be read");
  }

  private byte[] toTheEnd(int fid, long from) throws P9Error, IOException {
    List<byte[]> parts = new ArrayList<>();
    long total = 0;
    while (true) {
      byte[] part = link.read(fid, from + total, link.maxData());
      parts.add(part);
      total += part.length;
      if (part.length < link.maxData()) {
        return Answers.join(parts);
      }
      if (total > CONTENT_MAX) {
        throw new IOException("a file went beyond " + CONTENT_MAX + " bytes without its end");
      }
    }
  }

  /** The positions of a ring; asking for them is no operation of a ticket's. */
  Position position(String path) throws P9Error, IOException {
    Node node = open(path, READ_ONLY);
    try {
      return position(node);
    } finally {
      link.clunk(node.fid());
    }
  }

  /** An open ring's size counts from its oldest record when it was opened. */
  private Position position(Node node) throws P9Error, IOException {
    P9Link.Attributes about = link.stat(node.fid());
    return about.ring() ? new Position(about.next() - about.size(), about.next()) : Position.NONE;
  }

  /** The life of the hive that answers; 0: it tells none. */
  long life() throws P9Error, IOException {
    if (life == null) {
      life = link.stat(root).life();
    }
    return life;
  }

  /** A ring from an absolute position to where it ends now. A position that is overwritten: ESTALE. */
  Piece readFrom(String path, long position) throws P9Error, IsDirectory, IOException {
    Node node = open(path, READ_ONLY);
    try {
      if (node.directory()) {
        refuseReading(node.fid());
      }
      return piece(node.fid(), position);
    } finally {
      link.clunk(node.fid());
    }
  }

  /** All that a ring retains, and where it ends; a file that is no ring: all of it, and -1. */
  Piece readRetained(String path) throws P9Error, IsDirectory, IOException {
    for (int attempt = 0; ; attempt++) {
      Node node = open(path, READ_ONLY);
      try {
        if (node.directory()) {
          refuseReading(node.fid());
        }
        Position position = position(node);
        // Plain offsets count from the oldest record, too, and resume no cursor.
        byte[] content = toTheEnd(node.fid(), 0);
        return new Piece(content, position.next() < 0 ? -1 : position.oldest() + content.length);
      } catch (P9Error e) {
        // Overwritten since it was opened.
        if (e.errno() != P9Error.ESTALE || attempt == 8) {
          throw e;
        }
      } finally {
        link.clunk(node.fid());
      }
    }
  }

  private Piece piece(int fid, long position) throws P9Error, IOException {
    byte[] content = toTheEnd(fid, ABSOLUTE + position);
    return new Piece(content, position + content.length);
  }

  /** What {@link #write} throws when the connection was lost before anything of the effect was sent. */
  static final class NotWritten extends IOException {
    private static final long serialVersionUID = 1L;

    NotWritten(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  void write(String path, byte[] data) throws P9Error, IOException {
    Node node;
    try {
      node = open(path, WRITE_ONLY);
    } catch (IOException e) {
      throw new NotWritten(e);
    }
    try {
      link.write(node.fid(), AT_END, data);
    } finally {
      link.clunk(node.fid());
    }
  }
}
