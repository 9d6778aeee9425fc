// Client policies as TOML, with the manifest's hash and their own (docs/POLICY_FILES.md).
package io.cohesix.rtc.codegen.policy;

import io.cohesix.rtc.codegen.Artefact;
import io.cohesix.rtc.codegen.Input;
import io.cohesix.rtc.manifest.Key;
import io.cohesix.rtc.manifest.Schema;
import io.cohesix.rtc.manifest.Sink;
import io.cohesix.rtc.secrets.Blake3;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Builds out/cohsh_policy.toml and out/coh_policy.toml. */
public final class PolicyFiles {
  private PolicyFiles() {}

  /** Both files. */
  public static List<Artefact> files(Input in) {
    return List.of(
        new Artefact(Artefact.Place.OUT, "cohsh_policy.toml", text(in, Sink.COHSH)),
        new Artefact(Artefact.Place.OUT, "coh_policy.toml", text(in, Sink.COH)));
  }

  private static String text(Input in, Sink sink) {
    String body = body(in, sink);
    String hash = Blake3.hex(Blake3.sha256(body.getBytes(StandardCharsets.UTF_8)));
    return "# manifest_sha256 = " + in.sha256() + "\n\n[meta]\nmanifest_sha256 = \"" + in.sha256()
        + "\"\npolicy_sha256 = \"" + hash + "\"\n" + body;
  }

  /** All sections of a sink in sorted order; begins with a blank line. */
  private static String body(Input in, Sink sink) {
    Map<String, TreeMap<String, String>> sections = new TreeMap<>();
    for (Key k : Schema.get().keys()) {
      Object value = k.inRow() ? null : in.manifest().get(k.path());
      if (value == null || !k.sinks().contains(sink)) {
        continue;
      }
      int dot = k.path().lastIndexOf('.');
      sections.computeIfAbsent(k.path().substring(0, dot), s -> new TreeMap<>())
          .put(k.path().substring(dot + 1), Key.toml(value, k.type()));
    }
    StringBuilder out = new StringBuilder();
    sections.forEach((section, keys) -> {
      out.append("\n[").append(section).append("]\n");
      keys.forEach((name, value) -> out.append(name).append(" = ").append(value).append('\n'));
    });
    return out.toString();
  }
}
