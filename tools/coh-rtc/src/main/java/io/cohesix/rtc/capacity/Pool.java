// One static pool of the rootserver.
package io.cohesix.rtc.capacity;

import io.cohesix.rtc.manifest.Manifest;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * A pool: count × element bytes.
 *
 * @param name lower case, as in {@code /proc/budget}
 * @param group {@code hive} or {@code net}
 * @param holds what it is for
 * @param formula count and element bytes for people
 * @param count elements
 * @param elem bytes of one element
 * @param keys manifest keys that shrink it
 */
public record Pool(
    String name,
    String group,
    String holds,
    String formula,
    ToLongFunction<Manifest> count,
    ToLongFunction<Manifest> elem,
    List<String> keys) {

  /** Count × element bytes. */
  public long bytes(Manifest m) {
    return Math.multiplyExact(count.applyAsLong(m), elem.applyAsLong(m));
  }
}
