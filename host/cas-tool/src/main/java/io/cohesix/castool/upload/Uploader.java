// An update on its way: the manifest first, then what the hive says is missing.
//
// A pass begins with what the hive has, whatever happened before: its status, the bytes of the manifest that are staged, the
// ranges of chunks that are missing, the size of a chunk that is partly there. So a pass that ends early leaves nothing to
// remember, here or there, and the next one, in this program or in another run of it, goes on. Appends carry their offset:
// the hive refuses one that it has already.
package io.cohesix.castool.upload;

import io.cohesix.castool.bundle.Bundle;
import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.bundle.Manifest;
import io.cohesix.castool.bundle.Sha256;
import io.cohesix.castool.bundle.Signature;
import io.cohesix.secure9p.DirEntry;
import io.cohesix.secure9p.Errno;
import io.cohesix.secure9p.Fid;
import io.cohesix.secure9p.NinePException;
import io.cohesix.secure9p.OpenMode;
import io.cohesix.secure9p.Session;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Uploads one bundle. */
public final class Uploader {
  private static final String ROOT = "/updates";
  private static final String MANIFEST = "/manifest.cbor";
  private static final int STATUS_BYTES = 64 * 1024;

  /** A break without an indefinite length, longer than any string that it might fall into. */
  private static final byte[] NO_CONTINUATION = noContinuation();

  private final Hives hives;
  private final Bundle bundle;
  private final Manifest manifest;
  private final byte[] manifestBytes;
  private final String folder;
  private final Progress progress;
  private final Set<Sha256> sent = new HashSet<>();

  /**
   * What was done.
   *
   * @param status the epoch at the end: ready
   * @param sentBytes bytes that this upload sent
   * @param sentChunks chunks that this upload sent
   */
  public record Result(EpochStatus status, long sentBytes, int sentChunks) {}

  /** For a bundle that was verified. */
  public Uploader(Hives hives, Bundle bundle, Progress progress) {
    this.hives = hives;
    this.bundle = bundle;
    this.manifest = bundle.manifest();
    this.manifestBytes = bundle.manifestBytes();
    this.folder = folder(manifest.epoch().text());
    this.progress = progress;
  }

  private static String folder(String epoch) {
    return ROOT + "/" + epoch;
  }

  /** Sends what is missing until the epoch is ready. */
  public Result upload() throws UploadException, BundleException {
    EpochStatus end = hives.run(progress, this::pass);
    return new Result(end, progress.sent(), sent.size());
  }

  /** An epoch's status as the hive words it; null when the hive has none of it. */
  public static @Nullable String statusText(Session session, String epoch) throws UploadException {
    try {
      return new String(session.readAll(folder(epoch) + "/status", STATUS_BYTES), StandardCharsets.UTF_8);
    } catch (NinePException e) {
      if (!e.isFromServer() || e.errno() != Errno.ENOENT) {
        throw e;
      }
      requireUpdates(session);
      return null;
    }
  }

  /** As {@link #statusText}; an epoch that the hive has nothing of is an error. */
  public static String statusOf(Session session, String epoch) throws UploadException {
    String text = statusText(session, epoch);
    if (text == null) {
      throw UploadException.refused("the hive has no epoch " + epoch + ": cas-tool status lists those that it has");
    }
    return text;
  }

  /** The status of every epoch that the hive has. */
  public static List<String> statuses(Session session) throws UploadException {
    requireUpdates(session);
    List<String> texts = new ArrayList<>();
    for (DirEntry each : session.list(ROOT)) {
      String text = statusText(session, each.name());
      if (text != null) {
        texts.add(text);
      }
    }
    return texts;
  }

  /**
   * Makes the hive drop a manifest that is partly there: what can't be its continuation is refused, and with it what was
   * staged.
   *
   * @return bytes that were dropped
   */
  public static int discard(Hives hives, String epoch, Progress progress) throws UploadException, BundleException {
    return hives.run(
        progress,
        session -> {
          String text = statusText(session, epoch);
          String path = folder(epoch) + MANIFEST;
          int there = (int) Nodes.size(session, path);
          if (text == null || there == 0) {
            throw UploadException.refused("nothing to discard: the hive has no part of epoch " + epoch);
          }
          if (EpochStatus.parse(folder(epoch) + "/status", text).manifestComplete()) {
            throw UploadException.refused(
                "nothing to discard: the manifest of epoch " + epoch + " is complete, and a complete one is read-only");
          }
          try {
            session.write(path, there, NO_CONTINUATION);
          } catch (NinePException e) {
            if (e.isFromServer() && Nodes.size(session, path) == 0) {
              return there;
            }
            throw e;
          }
          throw UploadException.refused("the hive did not drop what it has of the manifest of epoch " + epoch + ": see its /log/queen.log");
        });
  }

  private static byte[] noContinuation() {
    byte[] breaks = new byte[Signature.BYTES + 16];
    Arrays.fill(breaks, (byte) 0xff);
    return breaks;
  }

  /** Tells an epoch that is not there from a hive without updates. */
  static void requireUpdates(Session session) throws UploadException {
    try {
      session.stat(ROOT);
    } catch (NinePException e) {
      if (e.isFromServer() && e.errno() == Errno.ENOENT) {
        throw UploadException.refused("the hive has no " + ROOT + ": its manifest needs cas.enable = true");
      }
      if (e.isFromServer() && e.errno() == Errno.EPERM) {
        throw UploadException.refused("this role may not see " + ROOT + ": updates are the queen's");
      }
      throw e;
    }
  }

  private @Nullable EpochStatus status(Session session) throws UploadException {
    String text = statusText(session, manifest.epoch().text());
    return text == null ? null : EpochStatus.parse(folder + "/status", text);
  }

  private EpochStatus pass(Session session) throws UploadException, BundleException {
    EpochStatus status = status(session);
    boolean complete = status != null && status.manifestComplete() && status.state() != EpochStatus.State.QUARANTINED;
    if (complete) {
      requireSame(session);
    } else {
      stage(session, status);
    }
    return chunks(session);
  }

  /** A complete manifest is read-only: it is this one, or the epoch is taken. */
  private void requireSame(Session session) throws UploadException {
    byte[] there = Nodes.content(session, folder + MANIFEST, Session.READ_ALL_BYTES);
    if (!Arrays.equals(there, manifestBytes)) {
      throw UploadException.refused(
          "the hive has another manifest for epoch " + manifest.epoch() + " (" + there.length + " bytes, this one has "
              + manifestBytes.length + "), and a complete one is read-only: pack the update under a higher --epoch");
    }
  }

  private void stage(Session session, @Nullable EpochStatus status) throws UploadException {
    boolean dropped = status != null && status.state() == EpochStatus.State.QUARANTINED && status.manifestComplete();
    int there = dropped ? 0 : staged(session);
    while (there < manifestBytes.length) {
      progress.know(there, manifestBytes.length + (long) new HashSet<>(manifest.chunks()).size() * manifest.chunkBytes());
      try {
        ByteArrayInputStream rest = new ByteArrayInputStream(manifestBytes, there, manifestBytes.length - there);
        Nodes.append(session, folder + MANIFEST, rest, there, progress);
        return;
      } catch (NinePException e) {
        UploadException refusal = refused(session, e, "the manifest of epoch " + manifest.epoch() + " was not stored");
        int now = staged(session);
        if (now <= there) {
          throw refusal;
        }
        // A write of a connection before this one, or of someone else with the same update, came in between.
        there = now;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Bytes of this manifest that the hive has. */
  private int staged(Session session) throws UploadException {
    byte[] there = Nodes.content(session, folder + MANIFEST, Session.READ_ALL_BYTES);
    int same = Arrays.mismatch(there, manifestBytes);
    if (same >= 0 && same < there.length) {
      throw UploadException.refused(
          "the hive holds the beginning of another manifest for epoch " + manifest.epoch() + ": " + there.length
              + " bytes, which differ from this one at byte " + same
              + "; let that upload end first, or drop it with cas-tool discard " + manifest.epoch());
    }
    return there.length;
  }

  private EpochStatus chunks(Session session) throws UploadException, BundleException {
    Set<Sha256> tried = new HashSet<>();
    while (true) {
      EpochStatus status = status(session);
      if (status == null) {
        throw UploadException.refused("the hive dropped epoch " + manifest.epoch() + " while it was uploaded: see its /log/queen.log, then upload again");
      }
      switch (status.state()) {
        case READY -> {
          if (progress.sent() > 0) {
            count(status);
          }
          return status;
        }
        case QUARANTINED -> throw UploadException.refused(
            "the hive quarantined epoch " + manifest.epoch() + ": its chunks were dropped, see /log/queen.log; pack it again and upload it");
        case RECEIVING -> {}
      }
      count(status);
      if (!round(session, status, tried)) {
        throw UploadException.refused(
            "the hive says that epoch " + manifest.epoch() + " has " + status.chunks() + " of " + status.total()
                + " chunks, though every one that it misses was accepted: see its /log/queen.log");
      }
    }
  }

  private void count(EpochStatus status) {
    long all = new HashSet<>(manifest.chunks()).size();
    // Bytes of a digest that occurs twice are sent once.
    long missing = status.total() == 0 ? all : Math.max(0, status.total() - status.chunks());
    long total = manifestBytes.length + all * manifest.chunkBytes();
    progress.know(total - Math.min(all, missing) * manifest.chunkBytes(), total);
  }

  /** A chunk that is on its way. */
  private record Flight(int index, CompletableFuture<Long> done) {}

  /**
   * Sends the chunks that the status names.
   *
   * @param tried chunks that were sent in this pass, and are now
   * @return whether there was any that had not been sent before
   */
  private boolean round(Session session, EpochStatus status, Set<Sha256> tried) throws UploadException, BundleException {
    Deque<Flight> flying = new ArrayDeque<>();
    boolean any = false;
    try {
      for (EpochStatus.Range range : status.missing()) {
        for (int i = range.first(); i <= range.last() && i < manifest.chunks().size(); i++) {
          if (!tried.add(manifest.chunks().get(i))) {
            continue;
          }
          any = true;
          byte[] content = bundle.chunk(i);
          if (flying.size() == Nodes.IN_FLIGHT) {
            land(session, flying.remove());
          }
          flying.add(new Flight(i, send(session, i, content)));
        }
      }
      while (!flying.isEmpty()) {
        land(session, flying.remove());
      }
    } finally {
      Nodes.settle(flying.stream().map(Flight::done).toList());
    }
    return any;
  }

  private String path(int index) {
    return folder + "/chunks/" + manifest.chunks().get(index).hex();
  }

  /** Walks, asks for the size, opens, appends the rest; bytes that were sent come out. Nothing here blocks. */
  private CompletableFuture<Long> send(Session session, int index, byte[] content) {
    return session
        .walkAsync(path(index))
        .thenCompose(
            fid ->
                fid.statAsync()
                    .thenCompose(stat -> rest(fid, stat.size(), content))
                    .whenComplete((done, why) -> fid.close()));
  }

  private CompletableFuture<Long> rest(Fid fid, long there, byte[] content) {
    if (there >= content.length) {
      return CompletableFuture.completedFuture(0L);
    }
    return fid.openAsync(OpenMode.WRITE).thenCompose(open -> pieces(open, (int) there, content));
  }

  private static CompletableFuture<Long> pieces(Fid fid, int there, byte[] content) {
    CompletableFuture<Long> all = CompletableFuture.completedFuture(0L);
    for (int at = there; at < content.length; at += fid.ioBytes()) {
      byte[] piece = Arrays.copyOfRange(content, at, Math.min(content.length, at + fid.ioBytes()));
      all = all.thenCombine(Nodes.whole(fid, at, piece), Long::sum);
    }
    return all;
  }

  /** Waits for a chunk. One that was refused is looked at once more: someone else may have sent it, or what was there was wrong. */
  private void land(Session session, Flight flight) throws UploadException, BundleException {
    try {
      arrived(flight.index, Nodes.taken(flight.done));
      return;
    } catch (RuntimeException e) {
      if (!(Nodes.unwrapped(e) instanceof NinePException why) || !why.isFromServer()) {
        throw Nodes.unwrapped(e);
      }
      again(session, flight.index, why);
    }
  }

  private void arrived(int index, long bytes) {
    progress.took(bytes);
    if (bytes > 0) {
      sent.add(manifest.chunks().get(index));
    }
  }

  private void again(Session session, int index, NinePException why) throws UploadException, BundleException {
    String what = "chunk " + index + " of epoch " + manifest.epoch();
    if (why.errno() != Errno.EINVAL && why.errno() != Errno.EPERM && why.errno() != Errno.EMSGSIZE) {
      throw refused(session, why, what + " was not stored");
    }
    UploadException first = refused(session, why, what + " was not stored");
    EpochStatus now = status(session);
    if (now != null && now.state() == EpochStatus.State.QUARANTINED) {
      throw UploadException.refused(
          first.getMessage() + "; the hive quarantined the epoch and dropped its chunks: pack it again and upload it");
    }
    if (now == null || !now.manifestComplete()) {
      throw first;
    }
    try {
      arrived(index, Nodes.taken(send(session, index, bundle.chunk(index))));
    } catch (NinePException e) {
      if (e.isFromServer()) {
        throw first;
      }
      throw e;
    }
  }

  /** A refusal with what the hive's log says of it; what is no refusal goes on as it is, for another attempt. */
  private UploadException refused(Session session, NinePException why, String what) {
    if (!why.isFromServer() || why.errno() == Errno.EBUSY || why.errno() == Errno.EAGAIN) {
      throw why;
    }
    return hives.refusal(session, why, what);
  }
}
