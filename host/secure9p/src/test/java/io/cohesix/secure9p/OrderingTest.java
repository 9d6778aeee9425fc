// Seeded disorder: requests, cancellations, replies and flushes cross in every order, and no rule of tags and fids is broken.
package io.cohesix.secure9p;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class OrderingTest {
  private static final int OPERATIONS = 600;

  /** What the server knows. */
  private static final class Model {
    final Peer peer;
    final Random random;
    final Map<Integer, Request> unanswered = new HashMap<>();
    final Map<Integer, Integer> flushes = new HashMap<>();
    final Set<Integer> fids = new HashSet<>();
    int walks;
    int flushed;
    int crossed;

    Model(Peer peer, Random random) {
      this.peer = peer;
      this.random = random;
    }

    void take(Request request) {
      int tag = request.tag();
      assertFalse(unanswered.containsKey(tag), () -> "tag " + tag + " is in flight: " + request);
      assertFalse(flushes.containsKey(tag), () -> "tag " + tag + " is in flight: " + request);
      assertFalse(flushes.containsValue(tag), () -> "tag " + tag + " is being flushed: " + request);
      if (request instanceof Request.Flush flush) {
        flushes.put(tag, flush.oldTag());
        return;
      }
      if (request instanceof Request.Walk walk) {
        assertFalse(fids.contains(walk.newFid()), () -> "fid is live: " + walk);
        for (Request other : unanswered.values()) {
          assertFalse(other instanceof Request.Walk w && w.newFid() == walk.newFid(), () -> "fid is asked for: " + walk);
        }
      }
      unanswered.put(tag, request);
    }

    /** Answers one request, or one flush, after which the flushed request is never answered. */
    void answerOne() throws Exception {
      List<Integer> flushTags = new ArrayList<>(flushes.keySet());
      List<Integer> tags = new ArrayList<>(unanswered.keySet());
      if (!flushTags.isEmpty() && (tags.isEmpty() || random.nextInt(3) == 0)) {
        int tag = flushTags.get(random.nextInt(flushTags.size()));
        if (random.nextInt(8) == 0 && unanswered.containsKey(flushes.get(tag))) {
          flushes.remove(tag);
          peer.reply(new Reply.Refused(tag, Errno.EBUSY));
          return;
        }
        if (unanswered.remove(flushes.remove(tag)) == null) {
          crossed++;
        }
        flushed++;
        peer.reply(new Reply.Flush(tag));
      } else if (!tags.isEmpty()) {
        answer(unanswered.remove(tags.get(random.nextInt(tags.size()))));
      }
    }

    boolean idle() {
      return unanswered.isEmpty() && flushes.isEmpty();
    }

    boolean quiet() {
      return idle() && fids.isEmpty();
    }

    /** The future of a request that is in flight; one that nobody waits for if there is none. */
    CompletableFuture<?> anUnanswered(
        Map<Integer, CompletableFuture<byte[]>> reads, Map<Integer, CompletableFuture<Fid>> walks) {
      List<Request> all = new ArrayList<>(unanswered.values());
      Request request = all.isEmpty() ? null : all.get(random.nextInt(all.size()));
      if (request instanceof Request.Read read) {
        return reads.getOrDefault((int) read.offset(), new CompletableFuture<>());
      }
      if (request instanceof Request.Walk walk) {
        return walks.getOrDefault(Integer.parseInt(walk.names().get(0).substring(1)), new CompletableFuture<>());
      }
      return new CompletableFuture<>();
    }

    private void answer(Request request) throws Exception {
      int tag = request.tag();
      if (request instanceof Request.Walk walk) {
        if (random.nextInt(4) == 0) {
          peer.reply(new Reply.Refused(tag, Errno.ENOENT));
        } else {
          fids.add(walk.newFid());
          walks++;
          peer.reply(new Reply.Walk(tag, List.of(Peer.FILE)));
        }
      } else if (request instanceof Request.Clunk clunk) {
        assertTrue(fids.remove(clunk.fid()), () -> "fid is not live: " + clunk);
        peer.reply(new Reply.Clunk(tag));
      } else if (request instanceof Request.Read read) {
        peer.reply(new Reply.Read(tag, Peer.text("at " + read.offset())));
      } else {
        throw new AssertionError(request);
      }
    }
  }

  private static int allWalks;
  private static int allFlushed;
  private static int allCrossed;

  /** More of them with -Dsecure9p.seeds=N. */
  static LongStream seeds() {
    return LongStream.rangeClosed(1, Long.getLong("secure9p.seeds", 12));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anyOrderOfRepliesAndFlushesIsRight(long seed) throws Exception {
    Random random = new Random(seed);
    ClientOptions options =
        ClientOptions.defaults().withWindow(1 + random.nextInt(6)).withRequestTimeout(Duration.ofSeconds(60));
    try (Peer peer = new Peer()) {
      Client client = peer.client(options);
      Session session = peer.session(client);
      Fid file = peer.open(session, "f");
      Model model = new Model(peer, random);
      Map<Integer, CompletableFuture<byte[]>> reads = new HashMap<>();
      Map<Integer, CompletableFuture<Fid>> walks = new HashMap<>();
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      for (int made = 0; made < OPERATIONS || !model.quiet() || !done(reads) || !done(walks); ) {
        int pending = (int) (count(reads) + count(walks));
        int choice = random.nextInt(6);
        if (choice < 2 && made < OPERATIONS && pending < 2 * options.window() + 2) {
          if (choice == 0) {
            reads.put(made, file.readAsync(made, 100));
          } else {
            // The handle is closed as soon as it is there.
            CompletableFuture<Fid> walk = session.walkAsync("x" + made);
            walk.whenComplete((fid, why) -> closeIf(fid));
            walks.put(made, walk);
          }
          made++;
        } else if (peer.available()) {
          model.take(peer.next());
        } else if (model.idle()) {
          // The client's turn: it sends something, or takes in the last replies.
          assertTrue(System.nanoTime() - deadline < 0, "live fids: " + model.fids);
          Thread.yield();
        } else if (choice == 5) {
          model.anUnanswered(reads, walks).cancel(true);
        } else {
          model.answerOne();
        }
      }
      for (Map.Entry<Integer, CompletableFuture<byte[]>> each : reads.entrySet()) {
        if (!each.getValue().isCompletedExceptionally()) {
          assertEquals("at " + each.getKey(), new String(each.getValue().get(), StandardCharsets.UTF_8));
        }
      }
      allWalks += model.walks;
      allFlushed += model.flushed;
      allCrossed += model.crossed;
      assertTrue(client.isOpen());
      client.connection().close();
    }
  }

  /** How often a cancellation meets its reply is the machine's choice; over all seeds each kind comes up. */
  @AfterAll
  static void everyKindOfDisorderCameUp() {
    assertTrue(
        allWalks > 20 && allFlushed > 20 && allCrossed > 0,
        allWalks + " walks, " + allFlushed + " flushes, " + allCrossed + " of them behind the reply");
  }

  private static long count(Map<Integer, ? extends CompletableFuture<?>> futures) {
    return futures.values().stream().filter(each -> !each.isDone()).count();
  }

  private static boolean done(Map<Integer, ? extends CompletableFuture<?>> futures) {
    return count(futures) == 0;
  }

  private static void closeIf(Fid fid) {
    if (fid != null) {
      fid.close();
    }
  }
}
