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
 * @param owner the task whose memory it is; what tasks share counts for the one that made it
 * @param keys manifest keys that shrink it
 * @param symbol linker symbol of its real size; {@link #REST} for what no other pool of its owner counts, {@link #TEXT} for text,
 *     {@link #LEVEL} for what takes no static data
 * @param type C type of an element, {@link #BYTES}, {@link #BLOCKS}, or empty where the pool is no member of struct hive
 * @param member its name there
 */
public record Pool(
    String name,
    String group,
    String holds,
    String formula,
    ToLongFunction<Manifest> count,
    ToLongFunction<Manifest> elem,
    String owner,
    List<String> keys,
    String symbol,
    String type,
    String member) {
  /** A pool that bounds all static data of its owner's program that no other pool counts. */
  public static final String REST = "*";

  /** A pool that bounds the text and constants of its owner's program. */
  public static final String TEXT = "*text";

  /** The owner of all that is not an isolated task's. */
  public static final String AUTHORITY = "authority";

  /** A pool whose memory is the kernel's: {@code /proc/budget} shows how many there are, and no static data belongs to it. */
  public static final String LEVEL = "-";

  /** A pool that is one block of bytes. */
  public static final String BYTES = "bytes";

  /** A pool that is several blocks of bytes. */
  public static final String BLOCKS = "blocks";

  /** The same pool, measured at a symbol of the linked program. */
  Pool at(String linkerSymbol) {
    return new Pool(name, group, holds, formula, count, elem, owner, keys, linkerSymbol, type, member);
  }

  /** The same pool, in another task's memory. */
  Pool in(String task) {
    return new Pool(name, group, holds, formula, count, elem, task, keys, symbol, type, member);
  }

  /** Is the report an upper bound, not a size? */
  public boolean bound() {
    return symbol.equals(REST) || symbol.equals(TEXT);
  }

  /** The same pool as a member of struct hive, of its own name. */
  Pool of(String elementType) {
    return of(elementType, name);
  }

  /** The same pool as a member of struct hive. */
  Pool of(String elementType, String memberName) {
    return new Pool(name, group, holds, formula, count, elem, owner, keys, symbol, elementType, memberName);
  }

  /** Count × element bytes. */
  public long bytes(Manifest m) {
    return Math.multiplyExact(count.applyAsLong(m), elem.applyAsLong(m));
  }
}
