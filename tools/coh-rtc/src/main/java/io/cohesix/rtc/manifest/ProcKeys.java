// Schema rows of the observability nodes under /proc and of their CBOR twins for user interfaces.
package io.cohesix.rtc.manifest;

import static io.cohesix.rtc.manifest.Sink.JAVA;
import static io.cohesix.rtc.manifest.Sink.ROOT;

import java.util.List;

final class ProcKeys {
  private ProcKeys() {}

  static List<Key> table() {
    KeyTable t = new KeyTable();
    group(t, "proc_9p", "/proc/9p", "sessions", 8192, "outstanding", 128, "short_writes", 128);
    group(t, "proc_9p_session", "/proc/9p/session", "active", 128);
    group(t, "proc_9p_session", "/proc/9p/session/<id>", "state", 64, "since_ms", 64, "owner", 96);
    group(t, "proc_ingest", "/proc/ingest", "p50_ms", 64, "p95_ms", 64, "backpressure", 64, "dropped", 64, "queued", 64);
    t.bool("watch", true, "Serve /proc/ingest/watch.")
        .num("watch_max_entries", 1, 1024, 16, "Lines that /proc/ingest/watch keeps.")
        .num("watch_line_bytes", 16, 1024, 192, "Bytes of one such line.")
        .num("watch_min_interval_ms", 1, 60000, 50, "Least time between two lines.")
        .num("latency_samples", 1, 4096, 32, "Samples that the percentiles are computed over.")
        .num("latency_tolerance_ms", 0, 60000, 5, "Slack that tests of latencies may allow.")
        .num("counter_tolerance", 0, 1000000, 1, "Slack that tests of counters may allow.");
    group(t, "proc_root", "/proc/root", "reachable", 32, "last_seen_ms", 64, "cut_reason", 64);
    group(t, "proc_pressure", "/proc/pressure", "busy", 64, "quota", 64, "cut", 64, "policy", 64);
    group(t, "proc_schedule", "/proc/schedule", "summary", 128, "queue", 8192);
    group(t, "proc_lease", "/proc/lease", "summary", 128, "active", 8192, "preemptions", 8192);
    ui(t, "proc_9p", "sessions", "outstanding", "short_writes");
    ui(t, "proc_ingest", "p50_ms", "p95_ms", "backpressure");
    ui(t, "policy_preflight", "req", "diff");
    ui(t, "updates", "manifest", "status");
    return t.keys();
  }

  private static void group(KeyTable t, String name, String folder, Object... nodes) {
    t.section("observability." + name, ROOT, JAVA);
    for (int i = 0; i < nodes.length; i += 2) {
      String node = (String) nodes[i];
      t.bool(node, true, "Serve " + folder + '/' + node + '.');
      t.num(node + "_bytes", 8, 32768, (Integer) nodes[i + 1], "Buffer of " + folder + '/' + node + '.');
    }
  }

  private static void ui(KeyTable t, String name, String... nodes) {
    t.section("ui_providers." + name, ROOT, JAVA);
    for (String node : nodes) {
      t.bool(node, false, "Serve " + node + " of " + name + " as CBOR, too.");
    }
  }
}
