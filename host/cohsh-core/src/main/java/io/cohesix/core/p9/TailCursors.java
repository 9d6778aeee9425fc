// How far a session has read each ring, by absolute position in one life of the hive: the least recently used is forgotten,
// as the hive does for a console.
package io.cohesix.core.p9;

import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

final class TailCursors {
  private static final int MAX = 16;

  private record Cursor(long position, long life) {}

  private final Consumer<String> events;
  private final Map<String, Cursor> at =
      new LinkedHashMap<>(MAX, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Cursor> eldest) {
          return size() > MAX;
        }
      };

  /** Paths whose cursor was made over a connection that is lost. */
  private final Set<String> distrusted = new HashSet<>();

  /** Says to events that a ring began anew. */
  TailCursors(Consumer<String> events) {
    this.events = events;
  }

  void clear() {
    at.clear();
    distrusted.clear();
  }

  /** The connection was made anew: a hive that began anew, too, is behind the cursors. */
  void distrust() {
    distrusted.addAll(at.keySet());
  }

  /** The cursor, unless it is of another life of the hive, or the ring never came so far. */
  private @Nullable Cursor known(Files files, String path) throws P9Error, IOException {
    Cursor cursor = at.get(path);
    if (cursor == null || !distrusted.contains(path)) {
      return cursor;
    }
    boolean valid = cursor.life() == files.life() && files.position(path).next() >= cursor.position();
    distrusted.remove(path);
    if (valid) {
      return cursor;
    }
    at.remove(path);
    events.accept(
        path + " began anew since it was read up to position " + cursor.position()
            + " (the hive was restarted): it is shown from its oldest record; what had not been read before is lost");
    return null;
  }

  long position(String path) {
    Cursor cursor = at.get(path);
    return cursor == null ? 0 : cursor.position();
  }

  /**
   * What was appended since the last look; the first time, what is retained. A file that is no ring is read whole each time.
   * Null when the ring has overtaken the cursor, which then stands at the oldest record.
   */
  byte @Nullable [] read(Files files, String path) throws P9Error, Files.IsDirectory, IOException {
    Cursor known = known(files, path);
    if (known != null) {
      try {
        return keep(files, path, files.readFrom(path, known.position()));
      } catch (P9Error e) {
        if (e.errno() != P9Error.ESTALE) {
          throw e;
        }
        at.put(path, new Cursor(files.position(path).oldest(), known.life()));
        return null;
      }
    }
    return keep(files, path, files.readRetained(path));
  }

  private byte[] keep(Files files, String path, Files.Piece piece) throws P9Error, IOException {
    if (piece.next() >= 0) {
      at.put(path, new Cursor(piece.next(), files.life()));
    }
    return piece.content();
  }
}
