// What an image needs of the resolved manifest.
package io.cohesix.rtc.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/**
 * Facts of out/manifests/root_task_resolved.json.
 *
 * @param json the document's bytes; their SHA-256 is the manifest's
 * @param cores cores that the manifest's affinity names (highest + 1), 0 when affinity is off
 */
record ManifestFacts(
    Octets json, String sha256, String profile, boolean release, int cores, boolean tickets) {
  private static final String QEMU_PROFILE = "virt-aarch64";

  static ManifestFacts read(String file, byte[] json) {
    try {
      JsonNode root = new ObjectMapper().readTree(json);
      JsonNode profile = root.path("profile");
      if (!profile.path("name").isTextual()) {
        throw new ImageException(
            file + ": has no profile.name: name the resolved manifest that coh-rtc compile writes");
      }
      return new ManifestFacts(
          new Octets(json),
          Hash.sha256Hex(json),
          profile.path("name").asText(),
          profile.path("release").asBoolean(),
          cores(root.path("affinity")),
          !root.path("tickets").isEmpty());
    } catch (IOException e) {
      throw new ImageException(
          file + ": is not JSON: name the resolved manifest that coh-rtc compile writes", e);
    }
  }

  private static int cores(JsonNode affinity) {
    if (!affinity.path("enabled").asBoolean()) {
      return 0;
    }
    int highest =
        Math.max(affinity.path("authority_core").asInt(), affinity.path("net_core").asInt());
    for (JsonNode core : affinity.path("worker_cores")) {
      highest = Math.max(highest, core.asInt());
    }
    return highest + 1;
  }

  boolean forQemu() {
    return profile.equals(QEMU_PROFILE);
  }
}
