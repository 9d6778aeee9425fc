// What the red-line checks share: findings, and leaving keys alone whose values were refused already.
package io.cohesix.rtc.validate;

import io.cohesix.rtc.manifest.Manifest;

/** Base of a group of checks. */
abstract class Check {
  final Manifest m;
  private final Findings findings;

  Check(Manifest manifest, Findings findings) {
    this.m = manifest;
    this.findings = findings;
  }

  abstract void run();

  /** True when none of the keys was refused, so that a check between them makes sense. */
  final boolean sound(String... keys) {
    for (String k : keys) {
      if (m.isBad(k)) {
        return false;
      }
    }
    return true;
  }

  final void error(RedLine line, String key, String message) {
    findings.error(line.id(), key, message);
  }

  final void error(String rule, String key, String message) {
    findings.error(rule, key, message);
  }
}
