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
 * @param symbol linker symbol of its real size; {@link #REST} for what no other pool counts
 */
public record Pool(
    String name,
    String group,
    String holds,
    String formula,
    ToLongFunction<Manifest> count,
    ToLongFunction<Manifest> elem,
    List<String> keys,
    String symbol) {
  /** A pool that bounds all static data of the program that no other pool counts. */
  public static final String REST = "*";

  /** The same pool, measured at a symbol of the linked program. */
  Pool at(String linkerSymbol) {
    return new Pool(name, group, holds, formula, count, elem, keys, linkerSymbol);
  }

  /** Count × element bytes. */
  public long bytes(Manifest m) {
    return Math.multiplyExact(count.applyAsLong(m), elem.applyAsLong(m));
  }
}
