// Names and literals of the generated C.
package io.cohesix.rtc.codegen.c;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** C spelling. */
final class CText {
  private CText() {}

  /** COH_ + the dotted key in upper case. */
  static String macro(String path) {
    return "COH_" + upper(path);
  }

  /** Upper case with everything but letters and digits as _. */
  static String upper(String s) {
    return s.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
  }

  /** Lower case with everything but letters and digits as _. */
  static String lower(String s) {
    return s.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "_");
  }

  /** An unsigned literal. */
  static String number(long v) {
    return v + (v > 0xffffffffL ? "ull" : "u");
  }

  /** A string literal, ASCII only. */
  static String quote(String s) {
    StringBuilder out = new StringBuilder("\"");
    for (byte b : s.getBytes(StandardCharsets.UTF_8)) {
      int c = b & 0xff;
      if (c == '\n') {
        out.append("\\n");
      } else if (c == '"' || c == '\\' || c == '?') {
        out.append('\\').append((char) c);
      } else if (c < 0x20 || c >= 0x7f) {
        out.append(String.format(Locale.ROOT, "\\%03o", c));
      } else {
        out.append((char) c);
      }
    }
    return out.append('"').toString();
  }

  /** {0x01, 0x02}. */
  static String bytes(String hex) {
    StringBuilder out = new StringBuilder("{");
    for (int i = 0; i < hex.length(); i += 2) {
      out.append(i == 0 ? "" : ", ").append("0x").append(hex, i, i + 2);
    }
    return out.append('}').toString();
  }
}
