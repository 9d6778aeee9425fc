// Replaces what stands between coh-rtc marks in a document.
package io.cohesix.rtc.codegen.docs;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Splicing between {@code <!-- coh-rtc:<name>:start -->} and {@code <!-- coh-rtc:<name>:end -->}. */
final class Splice {
  private static final Pattern START = Pattern.compile("<!-- coh-rtc:([a-z0-9-]+):start -->\n");

  private Splice() {}

  /** The document with fresh snippets. IllegalArgumentException names a wrong mark. */
  static String into(String name, String text, Map<String, String> snippets) {
    StringBuilder out = new StringBuilder();
    Matcher start = START.matcher(text);
    int from = 0;
    while (start.find(from)) {
      String snippet = snippets.get(start.group(1));
      if (snippet == null) {
        throw new IllegalArgumentException(name + ": mark coh-rtc:" + start.group(1) + " names no snippet; there are "
            + String.join(", ", snippets.keySet()));
      }
      int end = text.indexOf("<!-- coh-rtc:" + start.group(1) + ":end -->", start.end());
      if (end < 0) {
        throw new IllegalArgumentException(name + ": mark coh-rtc:" + start.group(1) + ":start has no :end");
      }
      out.append(text, from, start.end()).append(snippet);
      from = end;
    }
    return out.append(text.substring(from)).toString();
  }
}
