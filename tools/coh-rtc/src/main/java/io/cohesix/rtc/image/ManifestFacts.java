// What an image needs of the resolved manifest.
package io.cohesix.rtc.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;

/**
 * Facts of out/manifests/root_task_resolved.json.
 *
 * @param json the document's bytes; their SHA-256 is the manifest's
 * @param cores cores that the manifest's affinity names (highest + 1), 0 when affinity is off
 * @param highest the key that names the highest core, empty when affinity is off
 */
record ManifestFacts(
    Octets json,
    String sha256,
    String profile,
    boolean release,
    int cores,
    String highest,
    boolean tickets) {
  private static final List<String> CORE_KEYS =
      List.of("authority_core", "net_core", "worker_cores");

  static ManifestFacts read(String file, byte[] json) {
    try {
      JsonNode root = new ObjectMapper().readTree(json);
      JsonNode profile = root.path("profile");
      if (!profile.path("name").isTextual()) {
        throw new ImageException(
            file + ": has no profile.name: name the resolved manifest that coh-rtc compile writes");
      }
      JsonNode affinity = root.path("affinity");
      String highest = highest(affinity);
      return new ManifestFacts(
          new Octets(json),
          Hash.sha256Hex(json),
          profile.path("name").asText(),
          profile.path("release").asBoolean(),
          highest.isEmpty() ? 0 : core(affinity, highest) + 1,
          highest.isEmpty() ? "" : "affinity." + highest,
          !root.path("tickets").isEmpty());
    } catch (IOException e) {
      throw new ImageException(
          file + ": is not JSON: name the resolved manifest that coh-rtc compile writes", e);
    }
  }

  private static String highest(JsonNode affinity) {
    if (!affinity.path("enabled").asBoolean()) {
      return "";
    }
    return CORE_KEYS.stream().max(Comparator.comparingInt(key -> core(affinity, key))).orElseThrow();
  }

  /** The core that a key names, the highest of several. */
  private static int core(JsonNode affinity, String key) {
    JsonNode value = affinity.path(key);
    int highest = value.asInt();
    for (JsonNode core : value) {
      highest = Math.max(highest, core.asInt());
    }
    return highest;
  }
}
