// The difference of two validated manifests: values, pools, artefacts.
package io.cohesix.rtc.build;

import io.cohesix.rtc.capacity.Pool;
import io.cohesix.rtc.capacity.PoolTable;
import io.cohesix.rtc.codegen.Artefact;
import io.cohesix.rtc.codegen.Input;
import io.cohesix.rtc.manifest.Key;
import io.cohesix.rtc.manifest.Manifest;
import io.cohesix.rtc.manifest.Schema;
import io.cohesix.rtc.manifest.Type;
import io.cohesix.rtc.secrets.TicketKey;
import io.cohesix.rtc.validate.Validation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What differs. Secrets show as changed, never as values.
 *
 * @param keys changed values: key, before, after ("-" where there is none)
 * @param pools changed pools: name, bytes before, bytes after
 * @param artefacts artefacts whose content differs in more than the manifest's hash
 */
public record Difference(List<Change> keys, List<Change> pools, List<String> artefacts) {
  /** One changed thing. */
  public record Change(String name, String before, String after) {}

  /** Compares two manifests that are ok. */
  public static Difference of(Validation a, Validation b) {
    return new Difference(keys(a, b), pools(a.manifest(), b.manifest()), artefacts(a, b));
  }

  private static List<Change> keys(Validation a, Validation b) {
    TreeSet<String> paths = new TreeSet<>(a.manifest().values().keySet());
    paths.addAll(b.manifest().values().keySet());
    List<Change> out = new ArrayList<>();
    for (String path : paths) {
      String before = show(a, path);
      String after = show(b, path);
      boolean same = secret(path)
          ? String.valueOf(a.manifest().get(path)).equals(String.valueOf(b.manifest().get(path))) : before.equals(after);
      if (!same) {
        out.add(new Change(path, before, after));
      }
    }
    return out;
  }

  private static @Nullable Key key(String path) {
    return Schema.get().find(path.replaceAll("\\[\\d+\\]", "[]"));
  }

  private static boolean secret(String path) {
    Key k = key(path);
    return k != null && k.type() instanceof Type.Text t && t.form() == Type.Form.SECRET;
  }

  private static String show(Validation v, String path) {
    Object value = v.manifest().get(path);
    Key k = key(path);
    if (value == null || k == null) {
      return "-";
    }
    if (!secret(path)) {
      return Key.toml(value, k.type());
    }
    String role = v.manifest().textOrNull(path.replace(".secret", ".role"));
    for (TicketKey t : v.credentials().tickets()) {
      if (role != null && t.role() == io.cohesix.rtc.secrets.Derive.role(role)) {
        return "key id " + t.keyId();
      }
    }
    return "(secret)";
  }

  private static List<Change> pools(Manifest a, Manifest b) {
    List<Change> out = new ArrayList<>();
    for (Pool p : PoolTable.pools()) {
      if (p.bytes(a) != p.bytes(b)) {
        out.add(new Change(p.name(), p.bytes(a) + " bytes", p.bytes(b) + " bytes"));
      }
    }
    if (!out.isEmpty()) {
      out.add(new Change("sum", PoolTable.sum(a, "") + " bytes", PoolTable.sum(b, "") + " bytes"));
    }
    return out;
  }

  private static List<String> artefacts(Validation a, Validation b) {
    Map<String, String> after = contents(b);
    return contents(a).entrySet().stream()
        .filter(e -> !e.getValue().equals(after.get(e.getKey())))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static Map<String, String> contents(Validation v) {
    Input in = new Input(v.manifest(), v.credentials(), "0".repeat(64), List.of());
    Map<String, String> out = new TreeMap<>();
    for (Artefact x : Compiler.artefacts(in, Map.of())) {
      if (!x.name().endsWith(".sha256")) {
        out.put(x.name(), x.content());
      }
    }
    return out;
  }

  /** Text for people. */
  public List<String> lines() {
    List<String> out = new ArrayList<>();
    keys.forEach(c -> out.add(c.name() + ": " + c.before() + " -> " + c.after()));
    pools.forEach(c -> out.add("pool " + c.name() + ": " + c.before() + " -> " + c.after()));
    artefacts.forEach(n -> out.add("artefact " + n + " changes"));
    if (out.isEmpty()) {
      out.add("no difference");
    }
    return out;
  }

  /** The same as a JSON tree. */
  public Map<String, Object> json() {
    return Map.of("keys", json(keys), "pools", json(pools), "artefacts", artefacts);
  }

  private static List<Object> json(List<Change> changes) {
    return changes.stream().<Object>map(c -> Map.of("name", c.name(), "before", c.before(), "after", c.after())).toList();
  }
}
