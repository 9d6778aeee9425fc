// A result as names and values: one line for people and scripts, or one JSON object.
package io.cohesix.castool;

import io.cohesix.core.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Facts in their order. A value is a text, a number, a truth value, a list of texts, or null. */
final class Facts {
  private record Fact(String name, @Nullable Object value) {}

  private final List<Fact> facts = new ArrayList<>();

  Facts add(String name, @Nullable Object value) {
    facts.add(new Fact(name, value));
    return this;
  }

  /** {@code name=value name=value}; null is {@code none}, a list has commas, a truth value is {@code yes} or {@code no}. */
  String line() {
    StringBuilder out = new StringBuilder();
    for (Fact each : facts) {
      out.append(out.isEmpty() ? "" : " ").append(each.name).append('=').append(text(each.value));
    }
    return out.toString();
  }

  private static String text(@Nullable Object value) {
    if (value == null) {
      return "none";
    }
    if (value instanceof Boolean truth) {
      return truth ? "yes" : "no";
    }
    return value instanceof List<?> list ? String.join(",", texts(list)) : value.toString();
  }

  private static List<String> texts(List<?> list) {
    return list.stream().map(Object::toString).toList();
  }

  String json() {
    StringBuilder out = new StringBuilder("{");
    for (Fact each : facts) {
      out.append(out.length() > 1 ? "," : "").append(Json.quote(each.name)).append(':');
      Object value = each.value;
      if (value instanceof List<?> list) {
        out.append(Json.array(texts(list)));
      } else if (value == null || value instanceof Number || value instanceof Boolean) {
        out.append(value);
      } else {
        out.append(Json.quote(value.toString()));
      }
    }
    return out.append('}').toString();
  }
}
