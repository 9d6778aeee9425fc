// The one kind of JSON that a journal has: an object of strings and whole numbers, read as strictly as the hive reads it.
package io.cohesix.core.audit;

import java.util.LinkedHashMap;
import java.util.Map;

/** Reads one flat object. */
final class FlatObject {
  /** Escapes by their letter; what each stands for is at the same place in the other. */
  private static final String ESCAPES = "\"\\/bfnrt";

  private static final String ESCAPED = "\"\\/\b\f\n\r\t";

  private final String text;
  private int at;

  private FlatObject(String text) {
    this.text = text;
  }

  /**
   * The object's fields in their order: a string as a {@link String}, a number as a {@link Long}.
   *
   * @throws IllegalArgumentException saying at which character the text is no such object
   */
  static Map<String, Object> parse(String text) {
    return new FlatObject(text).object();
  }

  private Map<String, Object> object() {
    Map<String, Object> fields = new LinkedHashMap<>();
    blanks();
    take('{');
    do {
      blanks();
      String name = string();
      blanks();
      take(':');
      blanks();
      Object value = peek() == '"' ? string() : number();
      if (fields.put(name, value) != null) {
        throw wrong("the field " + name + " stands there twice");
      }
      blanks();
    } while (more());
    take('}');
    blanks();
    if (at != text.length()) {
      throw wrong("something follows the object");
    }
    return fields;
  }

  private boolean more() {
    boolean comma = peek() == ',';
    at += comma ? 1 : 0;
    return comma;
  }

  private String string() {
    take('"');
    StringBuilder out = new StringBuilder();
    while (peek() != '"') {
      char c = next();
      if (c < 0x20) {
        throw wrong("a control character stands in a string");
      }
      out.append(c == '\\' ? escape() : c);
    }
    take('"');
    return out.toString();
  }

  private char escape() {
    char c = next();
    int i = ESCAPES.indexOf(c);
    if (i >= 0) {
      return ESCAPED.charAt(i);
    }
    if (c != 'u' || at + 4 > text.length() || !text.substring(at, at + 4).matches("[0-9a-fA-F]{4}")) {
      throw wrong("an escape is unknown");
    }
    at += 4;
    return (char) Integer.parseInt(text.substring(at - 4, at), 16);
  }

  private Long number() {
    int from = at;
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
    String digits = text.substring(from, at);
    if (digits.isEmpty() || (digits.length() > 1 && digits.startsWith("0"))) {
      throw wrong("a value is neither a string nor a whole number");
    }
    try {
      return Long.parseUnsignedLong(digits);
    } catch (NumberFormatException e) {
      throw wrong("a number has more than 64 bits");
    }
  }

  private void blanks() {
    while (" \t\r\n".indexOf(peek()) >= 0) {
      at++;
    }
  }

  private void take(char c) {
    if (peek() != c) {
      throw wrong("a " + c + " is missing");
    }
    at++;
  }

  private char next() {
    if (at == text.length()) {
      throw wrong("it ends too early");
    }
    return text.charAt(at++);
  }

  /** The next character, NUL at the end. */
  private char peek() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  private IllegalArgumentException wrong(String what) {
    return new IllegalArgumentException(what + ", at character " + (at + 1));
  }
}
