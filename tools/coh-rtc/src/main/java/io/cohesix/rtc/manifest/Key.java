// One row of the schema table.
package io.cohesix.rtc.manifest;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A manifest key: everything that validation, {@code explain}, the documents and the code generators know about it.
 *
 * @param path dotted path; {@code []} after a name marks repeated tables
 * @param type type and range
 * @param fallback value when the manifest is silent, null when there is none
 * @param required whether the manifest (or each row of the table) must have it
 * @param meaning one sentence
 * @param sinks where it ends up, besides the resolved JSON
 */
public record Key(
    String path, Type type, @Nullable Object fallback, boolean required, String meaning, Set<Sink> sinks) {
  /** The last component. */
  public String name() {
    return path.substring(path.lastIndexOf('.') + 1).replace("[]", "");
  }

  /** True when it is inside a repeated table. */
  public boolean inRow() {
    return path.contains("[].");
  }

  /** The repeated table's path ({@code tickets}), when {@link #inRow()}. */
  public String table() {
    return path.substring(0, path.indexOf("[]."));
  }

  /** The path inside the row ({@code role}), when {@link #inRow()}. */
  public String rowPath() {
    return path.substring(path.indexOf("[].") + 3);
  }

  /** The default as TOML text, or "required", or "-". */
  public String defaultText() {
    if (required) {
      return "required";
    }
    if (fallback == null) {
      return "-";
    }
    return toml(fallback, type);
  }

  /** A value as TOML text. */
  public static String toml(Object value, Type type) {
    if (type instanceof Type.Decimal) {
      return Type.Decimal.format((Long) value);
    }
    if (value instanceof String s) {
      return quote(s);
    }
    if (value instanceof java.util.List<?> list) {
      StringBuilder out = new StringBuilder("[");
      for (Object o : list) {
        out.append(out.length() > 1 ? ", " : "").append(o instanceof String s ? quote(s) : o.toString());
      }
      return out.append(']').toString();
    }
    return value.toString();
  }

  private static String quote(String s) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20 || c == 0x7f) {
        out.append(String.format(java.util.Locale.ROOT, "\\u%04X", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
