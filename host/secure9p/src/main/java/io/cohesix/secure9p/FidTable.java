// Fid numbers of one connection: given out, given back, and taken back from handles that were forgotten.
package io.cohesix.secure9p;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A number is free again when its clunk was answered. A {@link Fid} that became garbage unclosed is clunked at the
 * connection's next turn, so a forgotten handle costs a round trip and not a fid. Belongs to the leader.
 */
final class FidTable {
  private static final class Handle extends PhantomReference<Fid> {
    final int number;

    Handle(Fid fid, ReferenceQueue<Fid> queue) {
      super(fid, queue);
      number = fid.number();
    }
  }

  private final Connection connection;
  private final ReferenceQueue<Fid> forgotten = new ReferenceQueue<>();
  private final List<@Nullable Handle> handles = new ArrayList<>();
  private final ArrayList<Integer> free = new ArrayList<>();

  FidTable(Connection connection) {
    this.connection = connection;
  }

  /** A number that the server does not know. */
  int reserve() {
    if (!free.isEmpty()) {
      return free.remove(free.size() - 1);
    }
    handles.add(null);
    return handles.size() - 1;
  }

  /** The server does not know the number any more, or never did. */
  void release(int number) {
    handles.set(number, null);
    free.add(number);
  }

  void register(Fid fid) {
    Handle handle = new Handle(fid, forgotten);
    handles.set(fid.number(), handle);
    fid.handle(handle);
  }

  /** Clunks what was forgotten. */
  void reclaim() {
    for (Reference<?> each = forgotten.poll(); each != null; each = forgotten.poll()) {
      Handle handle = (Handle) each;
      if (handles.get(handle.number) == handle) {
        handles.set(handle.number, null);
        connection.enqueue(new Ops.Clunk(connection, "", handle.number));
      }
    }
  }

  /** Numbers that the server knows or may know. */
  int inUse() {
    return handles.size() - free.size();
  }
}
