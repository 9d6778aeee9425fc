// Writes canonical JSON: sorted keys, two spaces, one final newline.
package io.cohesix.rtc.codegen.json;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A JSON printer for maps (sorted here), lists, strings, numbers and booleans. */
public final class Json {
  /** Raw number text, for decimals. */
  public record Raw(String text) {}

  private Json() {}

  /** A document. */
  public static String print(Object value) {
    StringBuilder out = new StringBuilder();
    write(out, value, "");
    return out.append('\n').toString();
  }

  private static void write(StringBuilder out, Object v, String indent) {
    String deeper = indent + "  ";
    if (v instanceof Map<?, ?> map) {
      TreeMap<String, Object> sorted = new TreeMap<>();
      map.forEach((k, x) -> sorted.put((String) k, x));
      out.append(sorted.isEmpty() ? "{" : "{\n");
      String separator = "";
      for (Map.Entry<String, Object> e : sorted.entrySet()) {
        out.append(separator).append(deeper);
        string(out, e.getKey());
        out.append(": ");
        write(out, e.getValue(), deeper);
        separator = ",\n";
      }
      out.append(sorted.isEmpty() ? "}" : "\n" + indent + "}");
    } else if (v instanceof List<?> list) {
      out.append(list.isEmpty() ? "[" : "[\n");
      String separator = "";
      for (Object o : list) {
        out.append(separator).append(deeper);
        write(out, o, deeper);
        separator = ",\n";
      }
      out.append(list.isEmpty() ? "]" : "\n" + indent + "]");
    } else if (v instanceof String s) {
      string(out, s);
    } else if (v instanceof Raw r) {
      out.append(r.text());
    } else if (v instanceof Boolean || v instanceof Long || v instanceof Integer) {
      out.append(v);
    } else {
      throw new IllegalArgumentException("no JSON for " + v.getClass());
    }
  }

  private static void string(StringBuilder out, String s) {
    out.append('"');
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20 || c == 0x7f) {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
