// Where a tail begins.
package io.cohesix.secure9p;

/**
 * The first position of a {@link Tail} (spec/secure9p.md, "Rings").
 *
 * @param from which end, or a position
 * @param position the absolute position for {@link From#POSITION}, else 0
 * @param life the life of the hive whose ring the position is of ({@link Tail#life}); 0: not known
 */
public record TailStart(From from, long position, long life) {
  /** Kinds of beginnings. */
  public enum From {
    /** The oldest record that is still there. */
    OLDEST,
    /** Behind the newest record: only what comes from now on. */
    NEWEST,
    /** An absolute position, for example the {@link Tail#position} of an earlier tail. */
    POSITION
  }

  /** Everything that is still there. */
  public static TailStart oldest() {
    return new TailStart(From.OLDEST, 0, 0);
  }

  /** Only what comes from now on. */
  public static TailStart newest() {
    return new TailStart(From.NEWEST, 0, 0);
  }

  /**
   * An absolute position; what was overwritten since is reported as a gap. Whether it is of another life of the hive is
   * seen only where the ring never came so far: {@link #at(long, long)} knows.
   */
  public static TailStart at(long position) {
    return at(position, 0);
  }

  /** As {@link #at(long)}; when the hive was started anew since, the tail begins with {@link TailEvent.Restarted}. */
  public static TailStart at(long position, long life) {
    return new TailStart(From.POSITION, position, life);
  }
}
