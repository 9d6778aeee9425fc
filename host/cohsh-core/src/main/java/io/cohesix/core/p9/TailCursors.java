// How far a session has read each ring, by absolute position: the least recently used is forgotten, as the hive does for a console.
package io.cohesix.core.p9;

import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

final class TailCursors {
  private static final int MAX = 16;

  private final Map<String, Long> at =
      new LinkedHashMap<>(MAX, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > MAX;
        }
      };

  /** Paths whose cursor was made over a connection that is lost. */
  private final Set<String> distrusted = new HashSet<>();

  void clear() {
    at.clear();
    distrusted.clear();
  }

  /** The connection was made anew: a hive that began anew, too, is behind the cursors. */
  void distrust() {
    distrusted.addAll(at.keySet());
  }

  /** The cursor, unless the ring never came so far. */
  private @Nullable Long known(Files files, String path) throws P9Error, IOException {
    Long cursor = at.get(path);
    if (cursor != null && distrusted.remove(path) && files.position(path).next() < cursor) {
      at.remove(path);
      return null;
    }
    return cursor;
  }

  long position(String path) {
    return at.getOrDefault(path, 0L);
  }

  /**
   * What was appended since the last look; the first time, what is retained. A file that is no ring is read whole each time.
   * Null when the ring has overtaken the cursor, which then stands at the oldest record.
   */
  byte @Nullable [] read(Files files, String path) throws P9Error, Files.IsDirectory, IOException {
    Long known = known(files, path);
    if (known != null) {
      try {
        return keep(path, files.readFrom(path, known));
      } catch (P9Error e) {
        if (e.errno() != P9Error.ESTALE) {
          throw e;
        }
        at.put(path, files.position(path).oldest());
        return null;
      }
    }
    return keep(path, files.readRetained(path));
  }

  private byte[] keep(String path, Files.Piece piece) {
    if (piece.next() >= 0) {
      at.put(path, piece.next());
    }
    return piece.content();
  }
}
