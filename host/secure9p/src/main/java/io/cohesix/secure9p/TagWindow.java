// Tags: which request holds which, and when a flushed one may be used again.
package io.cohesix.secure9p;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The requests in flight of one connection. Request tags are 0 … window−1; the Tflush of tag t has tag window + t, so a
 * flush can always be sent, however full the window. A flushed tag is free again when Rflush came (spec/secure9p.md,
 * "Tflush"). Belongs to the leader.
 */
final class TagWindow {
  /** Pause before a refused Tflush is sent again. */
  private static final long FLUSH_RETRY_NANOS = 10_000_000;

  /** A tag and its request. */
  private static final class Slot {
    final int tag;
    @Nullable Op<?> op;
    boolean answered;
    boolean flushing;
    /** The Tflush waits to be sent (again), not before this time. */
    boolean flushDue;

    long flushAt;
    long flushDeadline;

    Slot(int tag) {
      this.tag = tag;
    }
  }

  private final Slot[] slots;
  private final ArrayDeque<Slot> free = new ArrayDeque<>();
  private int flushing;
  /** Nothing is due before this time. */
  private long due = System.nanoTime();

  TagWindow(int size) {
    slots = new Slot[size];
    for (int i = 0; i < size; i++) {
      slots[i] = new Slot(i);
      free.add(slots[i]);
    }
  }

  boolean isFull() {
    return free.isEmpty();
  }

  boolean isEmpty() {
    return free.size() == slots.length;
  }

  /** The tag that the next request gets. Needs a free one. */
  int nextTag() {
    return free.getFirst().tag;
  }

  /** The request was put into the out buffer with {@link #nextTag}. */
  void sent(Op<?> op) {
    Slot slot = free.removeFirst();
    slot.op = op;
    op.tag = slot.tag;
    due = earlier(due, op.deadline);
  }

  /** Asks for the flush of a request, if it is in flight. */
  void flush(Op<?> op) {
    if (op.tag < 0) {
      return;
    }
    Slot slot = slots[op.tag];
    if (slot.op != op || slot.answered || slot.flushing) {
      return;
    }
    slot.flushing = true;
    slot.flushDue = true;
    slot.flushAt = System.nanoTime();
    slot.flushDeadline = slot.flushAt + op.timeoutNanos;
    due = earlier(due, slot.flushAt);
    flushing++;
  }

  /** Puts the flushes that are due. */
  void putFlushes(FrameChannel channel, long now) {
    if (flushing == 0) {
      return;
    }
    for (Slot slot : slots) {
      if (slot.flushDue && now - slot.flushAt >= 0 && channel.hasRoom()) {
        channel.put(new Request.Flush(slots.length + slot.tag, slot.tag));
        slot.flushDue = false;
      }
    }
  }

  /** Takes a reply. Throws what {@link Connection#violation} makes when it belongs to nothing. */
  void accept(Reply reply) {
    int tag = reply.tag();
    if (tag >= slots.length) {
      flushAnswered(tag, reply);
      return;
    }
    Slot slot = slots[tag];
    Op<?> op = slot.op;
    if (op == null || slot.answered) {
      throw Connection.violation("a reply has tag " + tag + ", which is not in flight");
    }
    op.answer(reply);
    if (slot.flushing) {
      slot.answered = true;
      if (slot.flushDue) {
        release(slot);
      }
    } else {
      release(slot);
    }
  }

  private void flushAnswered(int tag, Reply reply) {
    int old = tag - slots.length;
    Slot slot = old < slots.length ? slots[old] : null;
    Op<?> op = slot == null ? null : slot.op;
    if (slot == null || op == null || !slot.flushing || slot.flushDue) {
      throw Connection.violation("a reply has tag " + tag + ", which is not in flight");
    }
    if (reply instanceof Reply.Refused && !slot.answered) {
      slot.flushDue = true;
      slot.flushAt = System.nanoTime() + FLUSH_RETRY_NANOS;
      due = earlier(due, slot.flushAt);
      return;
    }
    if (!(reply instanceof Reply.Refused) && !(reply instanceof Reply.Flush)) {
      throw Connection.violation("a Tflush was answered with type " + reply.type());
    }
    if (!slot.answered) {
      op.undone();
    }
    release(slot);
  }

  private void release(Slot slot) {
    if (slot.flushing) {
      flushing--;
    }
    slot.op = null;
    slot.answered = false;
    slot.flushing = false;
    slot.flushDue = false;
    free.addFirst(slot);
  }

  /** Ends what is late and gives the next time to look; {@code limit} when nothing is due before it. */
  long expire(long now, long limit) {
    if (now - due < 0) {
      return earlier(due, limit);
    }
    long next = limit;
    for (Slot slot : slots) {
      Op<?> op = slot.op;
      if (op == null) {
        continue;
      }
      if (!slot.flushing && now - op.deadline >= 0) {
        op.late(true);
        flush(op);
      }
      if (!slot.flushing) {
        next = earlier(next, op.deadline);
        continue;
      }
      if (now - slot.flushDeadline >= 0) {
        throw Connection.silent("a Tflush was not answered within " + op.timeoutNanos / 1_000_000 + " ms");
      }
      next = earlier(next, slot.flushDue ? slot.flushAt : slot.flushDeadline);
    }
    due = next;
    return next;
  }

  static long earlier(long a, long b) {
    return a - b < 0 ? a : b;
  }

  /** The connection is gone: everything in flight ends. */
  void lost() {
    for (Slot slot : slots) {
      Op<?> op = slot.op;
      slot.op = null;
      if (op != null && !slot.answered) {
        op.lost(true);
      }
    }
  }
}
