// A manifest's resolved values: every key of the schema, from the file or from its default.
package io.cohesix.rtc.manifest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Resolved values by dotted path; rows of repeated tables by index ({@code tickets[0].role}). Booleans are Boolean, whole
 * numbers and millionths Long, strings String, lists List. Filled by the validator, then only read.
 */
public final class Manifest {
  private final String file;
  private final TreeMap<String, Object> values = new TreeMap<>();
  private final Map<String, Integer> rows = new HashMap<>();
  private final Map<String, Position> positions = new HashMap<>();
  private final Set<String> bad = new HashSet<>();

  /** An empty one. */
  public Manifest(String file) {
    this.file = file;
  }

  /** The name that findings carry. */
  public String file() {
    return file;
  }

  /** Sets a value; for the validator. */
  public void put(String path, Object value) {
    values.put(path, value);
  }

  /** Says where a key or section stands in the file; for the validator. */
  public void place(String path, Position position) {
    positions.putIfAbsent(path, position);
  }

  /** Marks a key whose value was refused, so that later checks leave it alone; for the validator. */
  public void markBad(String path) {
    bad.add(path);
  }

  /** Says how many rows a repeated table has; for the validator. */
  public void setRows(String table, int count) {
    rows.put(table, count);
  }

  /** True when the key's value was refused. */
  public boolean isBad(String path) {
    return bad.contains(path);
  }

  /** True when the file itself has the key. */
  public boolean isSet(String path) {
    return positions.containsKey(path);
  }

  /** The key's place, else its nearest section's, else the start of the file. */
  public Position position(String path) {
    String at = path;
    while (!at.isEmpty()) {
      Position p = positions.get(at);
      if (p != null) {
        return p;
      }
      at = at.contains(".") ? at.substring(0, at.lastIndexOf('.')) : "";
    }
    return Position.START;
  }

  /** All values by path, sorted. */
  public Map<String, Object> values() {
    return Collections.unmodifiableMap(values);
  }

  /** A value or null. */
  public @Nullable Object get(String path) {
    return values.get(path);
  }

  /** A boolean. */
  public boolean bool(String path) {
    return need(path, Boolean.class);
  }

  /** A whole number. */
  public long num(String path) {
    return need(path, Long.class);
  }

  /** A string. */
  public String text(String path) {
    return need(path, String.class);
  }

  /** A string or null. */
  public @Nullable String textOrNull(String path) {
    return values.get(path) instanceof String s ? s : null;
  }

  /** A list of strings. */
  public List<String> texts(String path) {
    return list(path).stream().map(String.class::cast).toList();
  }

  /** A list of whole numbers. */
  public List<Long> ints(String path) {
    return list(path).stream().map(Long.class::cast).toList();
  }

  /** The prefixes of a repeated table's rows: {@code tickets[0]}, {@code tickets[1]}, … */
  public List<String> rows(String table) {
    List<String> out = new ArrayList<>();
    for (int i = 0; i < rows.getOrDefault(table, 0); i++) {
      out.add(table + '[' + i + ']');
    }
    return out;
  }

  private List<?> list(String path) {
    return need(path, List.class);
  }

  private <T> T need(String path, Class<T> type) {
    Object v = values.get(path);
    if (!type.isInstance(v)) {
      throw new IllegalArgumentException(path + ": no " + type.getSimpleName() + " in the resolved manifest");
    }
    return type.cast(v);
  }
}
