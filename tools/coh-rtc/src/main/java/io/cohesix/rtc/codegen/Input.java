// What the code generators read.
package io.cohesix.rtc.codegen;

import io.cohesix.rtc.manifest.Manifest;
import io.cohesix.rtc.secrets.Credentials;
import java.util.List;

/**
 * One compile's input.
 *
 * @param manifest resolved values
 * @param credentials derived keys
 * @param sha256 SHA-256 of the canonical resolved JSON, lower-case hex
 * @param scripts self-test scripts by name
 */
public record Input(Manifest manifest, Credentials credentials, String sha256, List<Script> scripts) {
  /**
   * A self-test script.
   *
   * @param name file name
   * @param text content
   */
  public record Script(String name, String text) {}

  /** True when ticket keys and the token digest stand in the tables: neither in a release, nor in what attests first. */
  public boolean embedded() {
    return !manifest.bool("profile.release") && !manifest.bool("hw.attestation.enabled");
  }
}
