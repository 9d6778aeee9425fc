// Red lines of the protocol, the namespace and the platform.
package io.cohesix.rtc.validate;

import io.cohesix.rtc.manifest.Manifest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

final class ProtocolLines extends Check {
  /** size[4] type[1] tag[2]. */
  /** Their slots are kept sorted as 16-bit numbers. */
  private static final long CHUNKS = 65535;

  private static final long SMALLEST_FRAME = 7;

  /** What a Twrite or Rread needs around its data, as v9fs counts it. */
  private static final long IO_HEADER = 24;

  /** /shard/<label>/worker/<id>/telemetry. */
  private static final long SHARD_DEPTH = 5;

  /** /worker/<id>/telemetry. */
  private static final long ALIAS_DEPTH = 3;

  /** Every board that is served has at most four cores. */
  private static final long CORES = 4;

  private static final Map<String, Set<String>> NEXT =
      Map.of(
          "BOOTING", Set.of("DEGRADED", "ONLINE"),
          "DEGRADED", Set.of("ONLINE", "DRAINING", "QUIESCED"),
          "ONLINE", Set.of("DEGRADED", "DRAINING", "QUIESCED"),
          "DRAINING", Set.of("ONLINE", "QUIESCED"),
          "QUIESCED", Set.of("ONLINE"),
          "OFFLINE", Set.of("ONLINE"));

  ProtocolLines(Manifest manifest, Findings findings) {
    super(manifest, findings);
  }

  @Override
  void run() {
    batch();
    platform();
    sharding();
    aliasReferences();
    cas();
    transitions();
    affinity();
  }

  private void batch() {
    long frames = m.get("secure9p.batch_frames") instanceof Long n ? n : 1;
    if (sound("secure9p.batch_frames", "secure9p.msize") && frames * SMALLEST_FRAME > m.num("secure9p.msize")) {
      error(RedLine.BATCH_BYTES, "secure9p.batch_frames", "is " + frames + ", which times the smallest frame ("
          + SMALLEST_FRAME + " bytes) is " + frames * SMALLEST_FRAME + " bytes, must be at most secure9p.msize = "
          + m.num("secure9p.msize") + "; lower it to " + m.num("secure9p.msize") / SMALLEST_FRAME);
    }
  }

  private void platform() {
    for (String key : List.of("features.std_console", "features.std_host_tools")) {
      if (sound(key, "profile.kernel") && m.bool(key) && m.bool("profile.kernel")) {
        error(RedLine.STD_FEATURES, key, "is true, must be false while profile.kernel is true; turn one of them off");
      }
    }
    for (String key : List.of("cache.dma_clean", "cache.dma_invalidate", "cache.unify_instructions")) {
      if (sound(key, "cache.kernel_ops") && m.bool(key) && !m.bool("cache.kernel_ops")) {
        error(RedLine.CACHE_OPS, key, "is true, must be false while cache.kernel_ops is false; set cache.kernel_ops = true");
      }
    }
    if (sound("ecosystem.host.enable", "namespaces.role_isolation")
        && m.bool("ecosystem.host.enable") && !m.bool("namespaces.role_isolation")) {
      error("host-isolation", "ecosystem.host.enable",
          "is true, must be false while namespaces.role_isolation is false: host controls are for the queen only");
    }
  }

  private void sharding() {
    if (!sound("secure9p.walk_depth", "sharding.enabled", "sharding.legacy_worker_alias")) {
      return;
    }
    long depth = m.num("secure9p.walk_depth");
    if (m.bool("sharding.enabled") && depth < SHARD_DEPTH) {
      error(RedLine.SHARD_WALK, "secure9p.walk_depth", "is " + depth + ", must be at least " + SHARD_DEPTH
          + " for /shard/<label>/worker/<id>/telemetry while sharding.enabled is true");
    }
    if (m.bool("sharding.legacy_worker_alias") && depth < ALIAS_DEPTH) {
      error(RedLine.ALIAS_WALK, "secure9p.walk_depth", "is " + depth + ", must be at least " + ALIAS_DEPTH
          + " for /worker/<id>/telemetry while sharding.legacy_worker_alias is true");
    }
  }

  private void aliasReferences() {
    if (!sound("sharding.legacy_worker_alias") || m.bool("sharding.legacy_worker_alias")) {
      return;
    }
    for (Map.Entry<String, Object> e : m.values().entrySet()) {
      String key = e.getKey();
      String hit = null;
      if (key.startsWith("namespaces.mounts[") && key.endsWith(".target")) {
        hit = e.getValue() instanceof List<?> l && !l.isEmpty() && "worker".equals(l.get(0)) ? "/worker" : null;
      } else if (e.getValue() instanceof String s) {
        hit = worker(s);
      } else if (e.getValue() instanceof List<?> l) {
        hit = l.stream().filter(String.class::isInstance).map(o -> worker((String) o))
            .filter(s -> s != null).findFirst().orElse(null);
      }
      if (hit != null) {
        error(RedLine.ALIAS_REFERENCE, key, "refers to " + hit + ", which does not exist while "
            + "sharding.legacy_worker_alias is false; use /shard");
      }
    }
  }

  private static @Nullable String worker(String s) {
    return s.equals("/worker") || s.startsWith("/worker/") ? s : null;
  }

  private void cas() {
    if (sound("ecosystem.models.enable", "cas.enable") && m.bool("ecosystem.models.enable") && !m.bool("cas.enable")) {
      error("models-cas", "ecosystem.models.enable",
          "is true, must be false while cas.enable is false; turn that on: its key signs models, too");
    }
    if (!sound("cas.enable", "cas.store.chunk_bytes", "secure9p.msize", "cas.store.max_bytes") || !m.bool("cas.enable")) {
      return;
    }
    long chunk = m.num("cas.store.chunk_bytes");
    long room = m.num("secure9p.msize") - IO_HEADER;
    if (chunk > room) {
      error(RedLine.CAS_CHUNK, "cas.store.chunk_bytes", "is " + chunk + ", must be at most secure9p.msize - "
          + IO_HEADER + " = " + room + ": a chunk fits one write");
    }
    if (chunk > m.num("cas.store.max_bytes")) {
      error("cas-store", "cas.store.max_bytes", "is " + m.num("cas.store.max_bytes")
          + ", must be at least cas.store.chunk_bytes = " + chunk);
    }
    if (m.num("cas.store.max_bytes") / chunk > CHUNKS) {
      error("cas-store", "cas.store.max_bytes", "is " + m.num("cas.store.max_bytes") + ", must be at most "
          + ((CHUNKS + 1) * chunk - 1) + ": a store has at most " + CHUNKS + " chunks of cas.store.chunk_bytes = " + chunk);
    }
  }

  private void transitions() {
    Map<String, String> next = new HashMap<>();
    for (String row : m.rows("lifecycle.auto_transitions")) {
      if (!sound(row + ".from", row + ".to")) {
        continue;
      }
      String from = m.text(row + ".from");
      String to = m.text(row + ".to");
      if (!NEXT.getOrDefault(from, Set.of()).contains(to)) {
        error(RedLine.TRANSITION_VALID, row + ".to", "is \"" + to + "\", which the lifecycle never enters from \"" + from
            + "\"; from there it may be one of " + String.join(", ", new TreeSet<>(NEXT.getOrDefault(from, Set.of()))));
      } else if (next.putIfAbsent(from, to) != null) {
        error(RedLine.TRANSITION_VALID, row + ".from", "is \"" + from + "\" again; a state has at most one auto transition");
      }
    }
    String cycle = cycle(next);
    if (cycle != null) {
      error(RedLine.TRANSITION_CYCLE, "lifecycle.auto_transitions", "go in a circle: " + cycle + "; remove one of them");
    }
  }

  private static @Nullable String cycle(Map<String, String> next) {
    for (String start : new TreeSet<>(next.keySet())) {
      List<String> path = new ArrayList<>(List.of(start));
      String at = next.get(start);
      while (at != null && !path.contains(at)) {
        path.add(at);
        at = next.get(at);
      }
      if (start.equals(at)) {
        path.add(start);
        return String.join(" -> ", path);
      }
    }
    return null;
  }

  private void affinity() {
    for (String key : List.of("affinity.authority_core", "affinity.net_core")) {
      if (sound(key) && m.num(key) >= CORES) {
        core(key, m.num(key));
      }
    }
    if (sound("affinity.worker_cores")) {
      m.ints("affinity.worker_cores").stream().filter(n -> n >= CORES).forEach(n -> core("affinity.worker_cores", n));
    }
    if (sound("affinity.enabled", "affinity.worker_cores") && m.bool("affinity.enabled")
        && m.ints("affinity.worker_cores").isEmpty()) {
      error("affinity-workers", "affinity.worker_cores", "is empty, must name at least one core while affinity.enabled is true");
    }
  }

  private void core(String key, long n) {
    error(RedLine.AFFINITY_CORES, key, "is core " + n + ", must be 0.." + (CORES - 1) + ": profile "
        + (sound("profile.name") ? m.text("profile.name") : "") + " has " + CORES + " cores");
  }
}
