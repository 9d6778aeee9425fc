// The one schema table: it drives validation, explain, the documents, the did-you-mean and the code generators.
package io.cohesix.rtc.manifest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** All keys of schema 1.5 and 1.6, in document order. Immutable. */
public final class Schema {
  /** The schema versions that this compiler reads. */
  public static final List<String> VERSIONS = List.of("1.5", "1.6");

  private static final Schema INSTANCE = new Schema();

  private final Map<String, Key> byPath = new LinkedHashMap<>();
  private final Map<String, TreeSet<String>> children = new LinkedHashMap<>();

  private Schema() {
    List<Key> all = new ArrayList<>();
    all.addAll(CoreKeys.table());
    all.addAll(ProcKeys.table());
    all.addAll(ClientKeys.table());
    all.addAll(EdgeKeys.table());
    for (Key k : all) {
      if (byPath.put(k.path(), k) != null) {
        throw new IllegalStateException("schema has " + k.path() + " twice");
      }
      String parent = "";
      for (String part : k.path().split("\\.", -1)) {
        children.computeIfAbsent(parent, p -> new TreeSet<>()).add(part.replace("[]", ""));
        parent = parent.isEmpty() ? part : parent + '.' + part;
      }
    }
  }

  /** The table. */
  public static Schema get() {
    return INSTANCE;
  }

  /** All rows in document order. */
  public List<Key> keys() {
    return List.copyOf(byPath.values());
  }

  /** A row, or null. */
  public @Nullable Key find(String path) {
    return byPath.get(path);
  }

  /** A row that is known to exist. */
  public Key need(String path) {
    Key k = byPath.get(path);
    if (k == null) {
      throw new IllegalArgumentException("no key " + path + " in the schema");
    }
    return k;
  }

  /** Names of keys and sections directly below a section; empty when it is no section. */
  public List<String> childrenOf(String section) {
    TreeSet<String> names = children.get(section);
    return names == null ? List.of() : List.copyOf(names);
  }

  /** Rows of a repeated table. */
  public List<Key> rowKeys(String table) {
    return byPath.values().stream().filter(k -> k.inRow() && k.table().equals(table)).toList();
  }
}
