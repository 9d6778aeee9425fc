// Walks a TOML document by the schema table: unknown keys, types, ranges, forms, defaults.
package io.cohesix.rtc.validate;

import io.cohesix.rtc.hw.BoardTable;
import io.cohesix.rtc.manifest.Key;
import io.cohesix.rtc.manifest.Manifest;
import io.cohesix.rtc.manifest.Schema;
import io.cohesix.rtc.manifest.TomlDocument;
import io.cohesix.rtc.manifest.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlTable;

/** Fills a manifest from a document. */
final class Resolver {
  private static final Map<String, RedLine> RANGE_LINES =
      Map.of(
          "secure9p.msize", RedLine.MSIZE,
          "secure9p.walk_depth", RedLine.WALK_DEPTH,
          "secure9p.tags_per_session", RedLine.TAGS_PER_SESSION,
          "secure9p.batch_frames", RedLine.BATCH_FRAMES,
          "sharding.shard_bits", RedLine.SHARD_BITS,
          "hw.net.prefix", RedLine.IPV4_PREFIX);

  private static final Pattern BARE = Pattern.compile("[A-Za-z0-9_-]+");

  private final Schema schema = Schema.get();
  private final Manifest manifest;
  private final Findings findings;

  Resolver(Manifest manifest, Findings findings) {
    this.manifest = manifest;
    this.findings = findings;
  }

  void run(TomlTable root) {
    walk(root, "", "");
    for (Key k : schema.keys()) {
      if (!k.inRow()) {
        fallback(k, k.path());
      }
    }
    withoutAlias();
    byBoard();
  }

  /** Defaults that name /worker follow the canonical tree when the alias is off. */
  private void withoutAlias() {
    if (!Boolean.FALSE.equals(manifest.get("sharding.legacy_worker_alias"))) {
      return;
    }
    for (Key k : schema.keys()) {
      if (k.inRow() || manifest.isSet(k.path())) {
        continue;
      }
      if (k.fallback() instanceof String s && s.equals("/worker")) {
        manifest.put(k.path(), "/shard");
      } else if (k.fallback() instanceof List<?> list && list.contains("/worker")) {
        manifest.put(k.path(), list.stream().map(o -> o.equals("/worker") ? "/shard" : o).toList());
      }
    }
  }

  /** What a board has no device or driver for is off where the manifest does not say otherwise. */
  private void byBoard() {
    if (manifest.isBad("profile.name")) {
      return;
    }
    BoardTable board = BoardTable.of(manifest);
    if (board.rtcs().isEmpty() && !manifest.isSet("hw.rtc")) {
      manifest.put("hw.rtc", "none");
    }
    if (board.interfaces().isEmpty() && !manifest.isSet("hw.net.mode")) {
      manifest.put("hw.net.mode", "off");
    }
  }

  private void walk(TomlTable table, String section, String schemaSection) {
    List<String> names = new ArrayList<>(table.keySet());
    for (String name : names) {
      List<String> one = List.of(name);
      String spelled = BARE.matcher(name).matches() ? name : '"' + name + '"';
      String path = section.isEmpty() ? spelled : section + '.' + spelled;
      String schemaPath = schemaSection.isEmpty() ? name : schemaSection + '.' + name;
      manifest.place(path, TomlDocument.at(table.inputPositionOf(one)));
      Object value = table.get(one);
      Key key = schema.find(schemaPath);
      if (!schema.childrenOf(schemaSection).contains(name)) {
        findings.error("unknown-key", path, "unknown key" + Names.hint(section, schemaSection, name));
      } else if (key != null) {
        take(key, path, value);
      } else if (value instanceof TomlTable t) {
        walk(t, path, schemaPath);
      } else {
        findings.error("type", path, "is " + Values.describe(value) + ", must be a table");
      }
    }
  }

  private void take(Key key, String path, @Nullable Object value) {
    if (key.type() instanceof Type.Tables tables) {
      takeTables(key, tables, path, value);
      return;
    }
    boolean secret = key.type() instanceof Type.Text t && t.form() == Type.Form.SECRET;
    Values.Outcome outcome = Values.check(key.type(), value, secret);
    if (outcome.problem() != null) {
      findings.error(rule(key, outcome.rule()), path, outcome.problem());
      manifest.markBad(path);
      return;
    }
    if (outcome.note() != null) {
      findings.warning("deprecated", path, outcome.note());
    }
    if (outcome.value() != null) {
      manifest.put(path, outcome.value());
    }
  }

  /** A broken range or form that is a red line carries that line's id. */
  private static String rule(Key key, String rule) {
    RedLine line = rule.equals("range") ? RANGE_LINES.get(key.path()) : null;
    Type type = key.type() instanceof Type.Texts t ? t.element() : key.type();
    if ((rule.equals("form") || rule.equals("bytes")) && type instanceof Type.Text t && (t.form() == Type.Form.PATH || t.form() == Type.Form.NAME)) {
      line = RedLine.PATH_COMPONENT;
    }
    return line == null ? rule : line.id();
  }

  private void takeTables(Key key, Type.Tables type, String path, @Nullable Object value) {
    if (!(value instanceof TomlArray array) || !allTables(array)) {
      findings.error("type", path, "is " + Values.describe(value) + ", must be repeated tables: [[" + path + "]]");
      manifest.markBad(path);
      return;
    }
    if (array.size() > type.max()) {
      findings.error("range", path, "has " + array.size() + " tables, must have " + type.words());
      manifest.markBad(path);
    }
    manifest.setRows(path, array.size());
    for (int i = 0; i < array.size(); i++) {
      String row = path + '[' + i + ']';
      manifest.place(row, TomlDocument.at(array.inputPositionOf(i)));
      walk(array.getTable(i), row, key.path() + "[]");
      for (Key k : schema.rowKeys(key.path())) {
        fallback(k, row + '.' + k.rowPath());
      }
    }
  }

  private static boolean allTables(TomlArray array) {
    for (int i = 0; i < array.size(); i++) {
      if (!(array.get(i) instanceof TomlTable)) {
        return false;
      }
    }
    return true;
  }

  private void fallback(Key key, String path) {
    if (manifest.get(path) != null || key.type() instanceof Type.Tables) {
      return;
    }
    if (key.fallback() != null) {
      manifest.put(path, key.fallback());
    } else if (key.required() && !manifest.isBad(path)) {
      findings.error("required", path, "is missing, must be " + key.type().words());
      manifest.markBad(path);
    }
  }
}
