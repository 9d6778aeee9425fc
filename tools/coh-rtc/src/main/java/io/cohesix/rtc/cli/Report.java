// Findings as JSON.
package io.cohesix.rtc.cli;

import io.cohesix.rtc.codegen.json.Json;
import io.cohesix.rtc.manifest.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** JSON answers of the commands. */
final class Report {
  private Report() {}

  /** {@code {"ok":…,"findings":[…], more}}. */
  static String of(boolean ok, List<Finding> findings, Map<String, Object> more) {
    List<Object> list = new ArrayList<>();
    for (Finding f : findings) {
      list.add(Map.of("severity", f.severity().name().toLowerCase(Locale.ROOT), "rule", f.rule(), "file", f.file(),
          "line", f.position().line(), "column", f.position().column(), "key", f.key(), "message", f.message()));
    }
    TreeMap<String, Object> root = new TreeMap<>(more);
    root.put("ok", ok);
    root.put("findings", list);
    return Json.print(root);
  }
}
