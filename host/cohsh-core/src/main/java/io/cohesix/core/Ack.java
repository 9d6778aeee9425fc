// One acknowledgement line of the console (spec/console.md "Acknowledgements"), parsed but never re-written.
package io.cohesix.core;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code OK <VERB> [detail]} or {@code ERR <VERB> reason=<why> …}.
 *
 * @param ok whether the hive accepted the command
 * @param verb the verb as the hive wrote it, upper case
 * @param fields the {@code key=value} pairs in order; {@code data} and {@code payload} take the rest of the line, any
 *     other value ends where the next {@code key=} begins, so that {@code error=invalid path} keeps its space
 * @param line the line as received
 */
public record Ack(boolean ok, String verb, Map<String, String> fields, String line) {
  private static final Pattern HEAD = Pattern.compile("(OK|ERR) ([A-Z][A-Z0-9_]*)(?: (.*))?", Pattern.DOTALL);
  private static final Pattern KEY = Pattern.compile("(?:^| )([a-z][a-z0-9_]*)=");

  /** Copies the fields. */
  public Ack {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /** Parses a line; empty when it is no acknowledgement. */
  public static Optional<Ack> parse(String line) {
    Matcher head = HEAD.matcher(line);
    if (!head.matches()) {
      return Optional.empty();
    }
    String rest = head.group(3);
    return Optional.of(
        new Ack("OK".equals(head.group(1)), head.group(2), rest == null ? Map.of() : fieldsOf(rest), line));
  }

  private static Map<String, String> fieldsOf(String rest) {
    Map<String, String> fields = new LinkedHashMap<>();
    Matcher key = KEY.matcher(rest);
    boolean found = key.find();
    while (found) {
      String name = key.group(1);
      int from = key.end();
      if (name.equals("data") || name.equals("payload")) {
        fields.putIfAbsent(name, rest.substring(from));
        break;
      }
      found = key.find();
      fields.putIfAbsent(name, rest.substring(from, found ? key.start() : rest.length()));
    }
    return fields;
  }

  /** A field's value. */
  public Optional<String> field(String key) {
    return Optional.ofNullable(fields.get(key));
  }

  /** {@code reason=} of a refusal, or the empty string. */
  public String reason() {
    return fields.getOrDefault("reason", "");
  }

  @Override
  public String toString() {
    return line;
  }
}
