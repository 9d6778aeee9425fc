// Collects findings of one manifest, with the positions that the manifest knows.
package io.cohesix.rtc.validate;

import io.cohesix.rtc.manifest.Finding;
import io.cohesix.rtc.manifest.Manifest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A list under construction. */
final class Findings {
  private final Manifest manifest;
  private final List<Finding> list = new ArrayList<>();

  Findings(Manifest manifest) {
    this.manifest = manifest;
  }

  void error(String rule, String key, String message) {
    add(Finding.Severity.ERROR, rule, key, message);
  }

  void warning(String rule, String key, String message) {
    add(Finding.Severity.WARNING, rule, key, message);
  }

  void add(Finding finding) {
    list.add(finding);
  }

  private void add(Finding.Severity severity, String rule, String key, String message) {
    list.add(new Finding(severity, rule, manifest.file(), manifest.position(key), key, message));
  }

  /** By place, then key. */
  List<Finding> sorted() {
    return list.stream()
        .sorted(
            Comparator.comparingInt((Finding f) -> f.position().line())
                .thenComparingInt(f -> f.position().column())
                .thenComparing(Finding::key)
                .thenComparing(Finding::rule)
                .thenComparing(Finding::message))
        .toList();
  }
}
