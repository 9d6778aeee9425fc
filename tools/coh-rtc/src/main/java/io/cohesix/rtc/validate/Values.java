// Checks one TOML value against a type of the schema.
package io.cohesix.rtc.validate;

import io.cohesix.rtc.manifest.Type;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlTable;

/** Type and range checks. */
final class Values {
  private static final Pattern SECRET_REF = Pattern.compile("env:[A-Za-z_][A-Za-z0-9_]*|file:.+", Pattern.DOTALL);
  private static final Pattern HEX = Pattern.compile("[0-9a-f]*");
  private static final Pattern IPV4 = Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");

  private Values() {}

  /** A value that was taken, with a note perhaps, or the rule that was broken and how. */
  record Outcome(@Nullable Object value, @Nullable String note, String rule, @Nullable String problem) {
    static Outcome ok(Object value) {
      return new Outcome(value, null, "", null);
    }

    static Outcome bad(String rule, String problem) {
      return new Outcome(null, null, rule, problem);
    }
  }

  /** Checks a value. Secrets are never repeated in the problem. */
  static Outcome check(Type type, @Nullable Object v, boolean secret) {
    if (type instanceof Type.Bool && v instanceof Boolean) {
      return Outcome.ok(v);
    }
    if (type instanceof Type.Int t && v instanceof Long n) {
      return n >= t.min() && n <= t.max() ? Outcome.ok(n) : outOfRange(n.toString(), type);
    }
    if (type instanceof Type.Decimal t && (v instanceof Double || v instanceof Long)) {
      return decimal(t, (Number) v);
    }
    if (type instanceof Type.Text t && v instanceof String s) {
      return text(t, s, secret);
    }
    if (type instanceof Type.Choice t && v instanceof String s) {
      return choice(t, s);
    }
    if (type instanceof Type.Texts t && v instanceof TomlArray a) {
      return texts(t, a);
    }
    if (type instanceof Type.Ints t && v instanceof TomlArray a) {
      return ints(t, a);
    }
    return Outcome.bad("type", "is " + (secret ? kind(v) : describe(v)) + ", must be " + type.words());
  }

  private static Outcome outOfRange(String shown, Type type) {
    return Outcome.bad("range", "is " + shown + ", must be " + type.words());
  }

  private static Outcome decimal(Type.Decimal t, Number v) {
    if (v instanceof Double d && (d.isNaN() || d.isInfinite())) {
      return outOfRange("not finite", t);
    }
    BigDecimal exact = v instanceof Double d ? new BigDecimal(d) : new BigDecimal(v.longValue());
    if (exact.abs().compareTo(new BigDecimal(1_000_000_000L)) > 0) {
      return outOfRange(v instanceof Long n ? n.toString() : "beyond 1000000000.0", t);
    }
    long micros = exact.movePointRight(6).setScale(0, RoundingMode.HALF_EVEN).longValueExact();
    if (exact.movePointRight(6).subtract(new BigDecimal(micros)).abs().compareTo(new BigDecimal("0.001")) > 0) {
      return Outcome.bad("range", "is near " + Type.Decimal.format(micros) + " but has more than six decimals, must be "
          + t.words() + " with at most six");
    }
    return micros >= t.minMicros() && micros <= t.maxMicros()
        ? Outcome.ok(micros) : outOfRange(Type.Decimal.format(micros), t);
  }

  private static Outcome choice(Type.Choice t, String s) {
    if (t.values().contains(s)) {
      return Outcome.ok(s);
    }
    for (Type.Alias a : t.aliases()) {
      if (a.old().equals(s)) {
        return new Outcome(a.value(), "\"" + s + "\" is deprecated and means \"" + a.value() + "\"; write that", "", null);
      }
    }
    String near = Names.nearest(s, t.values());
    return Outcome.bad("choice", "is " + quote(s) + ", must be " + t.words()
        + (near == null ? "" : "; did you mean \"" + near + "\"?"));
  }

  private static Outcome text(Type.Text t, String s, boolean secret) {
    int bytes = s.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < t.min() || bytes > t.max()) {
      return Outcome.bad("bytes", "has " + bytes + " bytes, must be " + t.words());
    }
    if (s.codePoints().anyMatch(c -> c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000))) {
      return Outcome.bad("form", "has control characters, must be " + t.words() + " without them");
    }
    String wrong = switch (t.form()) {
      case TEXT, SECRET, FILE -> null;
      case PATH -> path(s);
      case NAME -> component(s);
      case SECRET_REF -> SECRET_REF.matcher(s).matches() ? null : "is not \"env:NAME\" or \"file:PATH\"";
      case HEX -> HEX.matcher(s).matches() ? null : "is not lower-case hex";
      case IPV4 -> s.isEmpty() || ipv4(s) ? null : "is not four numbers 0..255 with dots";
    };
    return wrong == null
        ? Outcome.ok(s)
        : Outcome.bad("form", (secret || t.form() == Type.Form.SECRET_REF ? "" : quote(s) + " ") + wrong);
  }

  private static boolean ipv4(String s) {
    if (!IPV4.matcher(s).matches()) {
      return false;
    }
    for (String part : s.split("\\.", -1)) {
      if (Integer.parseInt(part) > 255) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable String path(String s) {
    if (!s.startsWith("/")) {
      return "does not begin with /";
    }
    if (s.equals("/")) {
      return null;
    }
    for (String part : s.substring(1).split("/", -1)) {
      String wrong = component(part);
      if (wrong != null) {
        return wrong;
      }
    }
    return null;
  }

  private static @Nullable String component(String s) {
    if (s.isEmpty()) {
      return "has an empty path component; write each name once, with one / between";
    }
    if (s.equals("..") || s.equals(".")) {
      return "has the path component \"" + s + "\", which is never allowed; write the path out";
    }
    int bytes = s.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > 255) {
      return "has a path component of " + bytes + " bytes, must be 1..255";
    }
    return s.contains("/") ? "is more than one path component" : null;
  }

  private static Outcome texts(Type.Texts t, TomlArray a) {
    if (a.size() < t.min() || a.size() > t.max()) {
      return outOfRange("a list of " + a.size(), t);
    }
    List<String> out = new ArrayList<>();
    for (int i = 0; i < a.size(); i++) {
      Outcome one = check(t.element(), a.get(i), false);
      if (one.problem() != null) {
        return Outcome.bad(one.rule(), "item " + (i + 1) + ' ' + one.problem());
      }
      if (t.distinct() && one.value() instanceof String s && out.contains(s)) {
        return Outcome.bad("range", "item " + (i + 1) + " is " + quote(s) + " again; list it once");
      }
      out.add((String) one.value());
    }
    return Outcome.ok(List.copyOf(out));
  }

  private static Outcome ints(Type.Ints t, TomlArray a) {
    if (a.size() < t.min() || a.size() > t.max()) {
      return outOfRange("a list of " + a.size(), t);
    }
    List<Long> out = new ArrayList<>();
    for (int i = 0; i < a.size(); i++) {
      if (!(a.get(i) instanceof Long n)) {
        return Outcome.bad("type", "item " + (i + 1) + " is " + describe(a.get(i)) + ", must be " + t.words());
      }
      if (n < t.low() || n > t.high()) {
        return Outcome.bad("range", "item " + (i + 1) + " is " + n + ", must be " + t.words());
      }
      out.add(n);
    }
    return Outcome.ok(List.copyOf(out));
  }

  /** A value with its kind, for an error. */
  static String describe(@Nullable Object v) {
    if (v instanceof String s) {
      return "the string " + quote(s);
    }
    if (v instanceof Boolean) {
      return "the boolean " + v;
    }
    if (v instanceof Long) {
      return "the integer " + v;
    }
    return kind(v);
  }

  private static String kind(@Nullable Object v) {
    if (v instanceof String) {
      return "a string";
    }
    if (v instanceof Boolean) {
      return "a boolean";
    }
    if (v instanceof Long) {
      return "an integer";
    }
    if (v instanceof Double) {
      return "a float";
    }
    if (v instanceof TomlArray) {
      return "a list";
    }
    if (v instanceof TomlTable) {
      return "a table";
    }
    return "a date or time";
  }

  private static String quote(String s) {
    String shown = s.length() > 64 ? s.substring(0, 61) + "..." : s;
    return '"' + shown.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
