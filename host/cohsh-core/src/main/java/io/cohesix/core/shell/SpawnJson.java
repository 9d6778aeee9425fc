// `spawn heartbeat ticks=100 ttl_s=60` to the JSON line of /queen/ctl (spec/control.md).
package io.cohesix.core.shell;

import io.cohesix.core.Json;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Builds spawn lines. */
final class SpawnJson {
  private static final BigInteger U64 = BigInteger.ONE.shiftLeft(64);

  /** Typed wrongly; the message says what and what is allowed. */
  static final class SpawnException extends Exception {
    SpawnException(String message) {
      super(message);
    }
  }

  /** A key: where its value goes and whether it is text. */
  private record Key(String group, boolean text) {}

  private static final Map<String, Map<String, Key>> KINDS =
      Map.of(
          "heartbeat", keys("ticks:", "ttl_s:budget", "ops:budget"),
          "gpu", keys("gpu_id:lease:text", "mem_mb:lease", "streams:lease", "ttl_s:lease", "priority:"),
          "bus", keys("adapter::text"),
          "lora", keys("adapter::text"));

  /** The kinds, for completion. */
  static final List<String> NAMES = List.of("heartbeat", "gpu", "bus", "lora");

  private SpawnJson() {}

  private static Map<String, Key> keys(String... specs) {
    Map<String, Key> keys = new LinkedHashMap<>();
    for (String spec : specs) {
      String[] part = spec.split(":", -1);
      keys.put(part[0], new Key(part[1], part.length > 2));
    }
    return keys;
  }

  /** The JSON line; its keys stand in the order of the contract, whatever order they were typed in. */
  static String build(List<String> words) throws SpawnException {
    String kind = words.get(0);
    Map<String, Key> keys =
        Optional.ofNullable(KINDS.get(kind))
            .orElseThrow(() -> new SpawnException("unknown worker kind '" + kind + "', use one of " + NAMES));
    Map<String, String> given = new LinkedHashMap<>();
    for (String word : words.subList(1, words.size())) {
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      Key key = keys.get(name);
      if (equals < 0 || key == null) {
        throw new SpawnException("'" + word + "' is no setting of " + kind + ", use " + keys.keySet());
      }
      String value = word.substring(equals + 1);
      if (given.putIfAbsent(name, key.text() ? Json.quote(value) : number(name, value)) != null) {
        throw new SpawnException("'" + name + "' is given twice");
      }
    }
    List<String> fields = new ArrayList<>();
    fields.add("\"spawn\":" + Json.quote(kind));
    Map<String, List<String>> groups = new LinkedHashMap<>();
    keys.forEach(
        (name, key) -> {
          String value = given.get(name);
          if (value != null && key.group().isEmpty()) {
            fields.add(Json.quote(name) + ":" + value);
          } else if (value != null) {
            groups.computeIfAbsent(key.group(), g -> new ArrayList<>()).add(Json.quote(name) + ":" + value);
          }
        });
    groups.forEach((name, members) -> fields.add(Json.quote(name) + ":{" + String.join(",", members) + "}"));
    return "{" + String.join(",", fields) + "}";
  }

  private static String number(String name, String value) throws SpawnException {
    if (!value.matches("[0-9]{1,20}") || new BigInteger(value).compareTo(U64) >= 0) {
      throw new SpawnException("'" + name + "=" + value + "' must be a whole number from 0 to 2^64-1");
    }
    return new BigInteger(value).toString();
  }
}
