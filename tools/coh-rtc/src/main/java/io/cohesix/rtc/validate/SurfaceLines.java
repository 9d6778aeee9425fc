// Red lines of buffers, queues, sidecars, client policies and the memory sum.
package io.cohesix.rtc.validate;

import io.cohesix.rtc.capacity.Pool;
import io.cohesix.rtc.capacity.PoolTable;
import io.cohesix.rtc.manifest.Manifest;
import io.cohesix.rtc.manifest.Sidecars;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.Set;
import java.util.stream.Stream;

final class SurfaceLines extends Check {
  /** The event-pump budget: the longest ring or log that one turn of the pump may walk. */
  private static final long PUMP_BUDGET = 65536;

  /** A ring that holds a heartbeat's telemetry-frame/v1 (RECORD_HEARTBEAT_BYTES and a record's prefix). */
  private static final long FRAME_RING = 194;

  /** The first line of /proc/9p/sessions, and one of a shard with the most sessions that a manifest allows. */
  private static final long SESSIONS_HEAD = 97;

  private static final long SESSIONS_SHARD = 14;

  /** A policy queue entry: id and target of at most a console line, with its state. */
  private static final long POLICY_ENTRY = 256;

  /** A journal entry that keeps only its line's digest, and a decision (hive/journal.h, JOURNAL_RING_LEAST). */
  private static final long AUDIT_ENTRY = 2048;

  /** The longest /replay/status (hive/replay.c, STATUS_BYTES). */
  private static final long REPLAY_STATUS = 224;

  /**
   * Longest line of each observability node, newline included (spec/namespace.md's formats with u64 = 20 digits, u32 = 10;
   * ids, subjects and resources 64, worker ids 32, role names 16 bytes; a ring keeps 2 bytes beside a line). /proc/ingest/watch counts in u32.
   */
  private static final List<Longest> LONGEST =
      List.of(
          new Longest("proc_9p.outstanding", 68),
          new Longest("proc_9p.short_writes", 69),
          new Longest("proc_9p_session.active", 58),
          new Longest("proc_9p_session.state", 15),
          new Longest("proc_9p_session.since_ms", 30),
          new Longest("proc_9p_session.owner", 56),
          new Longest("proc_ingest.p50_ms", 18),
          new Longest("proc_ingest.p95_ms", 18),
          new Longest("proc_ingest.backpressure", 34),
          new Longest("proc_ingest.dropped", 29),
          new Longest("proc_ingest.queued", 28),
          new Longest("proc_ingest.watch", 171),
          new Longest("proc_root.reachable", 14),
          new Longest("proc_root.last_seen_ms", 34),
          new Longest("proc_root.cut_reason", 31),
          new Longest("proc_pressure.busy", 26),
          new Longest("proc_pressure.quota", 27),
          new Longest("proc_pressure.cut", 25),
          new Longest("proc_pressure.policy", 28),
          new Longest("proc_schedule.summary", 115),
          new Longest("proc_schedule.queue", 165),
          new Longest("proc_lease.summary", 118),
          new Longest("proc_lease.active", 298),
          new Longest("proc_lease.preemptions", PoolTable.PREEMPTION));

  /** What may stand in a line of key=value as it is (json_token). */
  private static final Pattern TOKEN = Pattern.compile("[!-~&&[^\"\\\\=]]+");

  private static final List<String[]> PROVIDERS =
      List.of(
          new String[] {"proc_9p.sessions", "observability.proc_9p.sessions"},
          new String[] {"proc_9p.outstanding", "observability.proc_9p.outstanding"},
          new String[] {"proc_9p.short_writes", "observability.proc_9p.short_writes"},
          new String[] {"proc_ingest.p50_ms", "observability.proc_ingest.p50_ms"},
          new String[] {"proc_ingest.p95_ms", "observability.proc_ingest.p95_ms"},
          new String[] {"proc_ingest.backpressure", "observability.proc_ingest.backpressure"},
          new String[] {"policy_preflight.req", "ecosystem.policy.enable"},
          new String[] {"policy_preflight.diff", "ecosystem.policy.enable"},
          new String[] {"updates.manifest", "cas.enable"},
          new String[] {"updates.status", "cas.enable"});

  /** Folders that no adapter may stand in. */
  private static final Set<String> OWN =
      Set.of("proc", "queen", "worker", "shard", "log", "trace", "kmesg", "host", "policy", "actions", "audit", "replay",
          "updates", "models", "gpu");

  private record Longest(String node, long bytes) {}

  SurfaceLines(Manifest manifest, Findings findings) {
    super(manifest, findings);
  }

  @Override
  void run() {
    pumpBudget(RedLine.RING_BUDGET, "telemetry.ring_bytes_per_worker");
    pumpBudget(RedLine.AUDIT_BUDGET, "ecosystem.audit.journal_max_bytes");
    pumpBudget(RedLine.AUDIT_BUDGET, "ecosystem.audit.decisions_max_bytes");
    frames();
    buffers();
    audit();
    policy();
    providers();
    sidecars();
    clients();
    memory();
  }

  private void pumpBudget(RedLine line, String key) {
    if (sound(key) && m.num(key) > PUMP_BUDGET) {
      error(line, key, "is " + m.num(key) + ", must be at most " + PUMP_BUDGET
          + ": one turn of the event pump may walk that many bytes");
    }
  }

  private void frames() {
    String ring = "telemetry.ring_bytes_per_worker";
    String schema = "telemetry.frame_schema";
    if (sound(ring, schema) && m.text(schema).equals("telemetry-frame/v1") && m.num(ring) < FRAME_RING) {
      error("frame-ring", ring, "is " + m.num(ring) + ", must be at least " + FRAME_RING
          + ": a heartbeat of " + schema + " = \"telemetry-frame/v1\"");
    }
  }

  private void buffers() {
    for (Longest l : LONGEST) {
      String node = "observability." + l.node();
      String key = node.endsWith(".watch") ? node + "_line_bytes" : node + "_bytes";
      if (sound(node, key) && m.bool(node) && m.num(key) < l.bytes()) {
        error(RedLine.OBSERVABILITY_BUFFER, key, "is " + m.num(key) + ", must be at least " + l.bytes()
            + ": the node's longest line");
      }
    }
    sessions();
  }

  /** /proc/9p/sessions is never cut: its head, and a line {@code shard ff 4096} for each shard that can have a session. */
  private void sessions() {
    String node = "observability.proc_9p.sessions";
    String key = node + "_bytes";
    if (sound(node, key, "console.max_sessions", "sharding.shard_bits") && m.bool(node)) {
      long shards = Math.min(m.num("console.max_sessions"), 1L << m.num("sharding.shard_bits"));
      long need = SESSIONS_HEAD + shards * SESSIONS_SHARD;
      if (m.num(key) < need) {
        error(RedLine.OBSERVABILITY_BUFFER, key, "is " + m.num(key) + ", must be at least " + need + ": the head and "
            + shards + " lines of shards");
      }
    }
  }

  private void audit() {
    least("ecosystem.audit.enable", "ecosystem.audit.journal_max_bytes", AUDIT_ENTRY, "one entry");
    least("ecosystem.audit.enable", "ecosystem.audit.decisions_max_bytes", AUDIT_ENTRY, "one decision");
    least("ecosystem.audit.replay_enable", "ecosystem.audit.replay_status_max_bytes", REPLAY_STATUS, "the longest status");
  }

  private void least(String gate, String key, long bytes, String what) {
    if (sound(gate, key) && m.bool(gate) && m.num(key) < bytes) {
      error("audit-entry", key, "is " + m.num(key) + ", must be at least " + bytes + ": " + what);
    }
  }

  private void policy() {
    String bytes = "ecosystem.policy.queue_max_bytes";
    if (sound(bytes) && m.num(bytes) < POLICY_ENTRY) {
      error(RedLine.POLICY_QUEUE, bytes, "is " + m.num(bytes) + ", must be at least " + POLICY_ENTRY + ": one entry");
    }
    if (sound("ecosystem.audit.replay_enable", "ecosystem.audit.enable")
        && m.bool("ecosystem.audit.replay_enable") && !m.bool("ecosystem.audit.enable")) {
      error(RedLine.REPLAY_AUDIT, "ecosystem.audit.replay_enable",
          "is true, must be false while ecosystem.audit.enable is false; turn the audit on");
    }
    unique("ecosystem.policy.rules", "id", "rule-id");
    for (String row : m.rows("ecosystem.policy.rules")) {
      rule(row);
    }
    unique("namespaces.mounts", "target", "mount-target");
  }

  /** What /policy/ctl asks of a rule: tokens, and * only where it matches a whole component. */
  private void rule(String row) {
    for (String key : List.of(row + ".id", row + ".target")) {
      if (sound(key) && !TOKEN.matcher(m.text(key)).matches()) {
        error("rule-token", key, "is \"" + m.text(key) + "\", must be printable ASCII without blanks, quotes, \\ and =");
      }
    }
    String target = row + ".target";
    if (sound(target) && Stream.of(m.text(target).split("/")).anyMatch(c -> c.contains("*") && !c.equals("*"))) {
      error("rule-target", target, "is \"" + m.text(target) + "\", must have * only as a whole component");
    }
  }

  private void unique(String table, String field, String rule) {
    Map<Object, String> seen = new HashMap<>();
    for (String row : m.rows(table)) {
      Object v = m.get(row + '.' + field);
      String first = v == null || m.isBad(row + '.' + field) ? null : seen.putIfAbsent(v, row);
      if (first != null) {
        error(rule, row + '.' + field, "is the same as " + first + '.' + field + "; give each its own");
      }
    }
  }

  private void providers() {
    for (String[] p : PROVIDERS) {
      String key = "ui_providers." + p[0];
      if (sound(key, p[1]) && m.bool(key) && !m.bool(p[1])) {
        error(RedLine.UI_PROVIDER, key, "is true, must be false while its provider " + p[1] + " is false; turn that on");
      }
    }
  }

  private void sidecars() {
    Map<String, String> scopes = new HashMap<>();
    Map<String, String> ids = new HashMap<>();
    for (String kind : Sidecars.KINDS) {
      for (String row : m.rows("sidecars." + kind + ".adapters")) {
        once(scopes, row + ".scope", RedLine.SIDECAR_SCOPE.id());
        once(ids, row + ".id", "sidecar-id");
        if (!kind.equals("lora")) {
          pumpBudget(RedLine.RING_BUDGET, row + ".spool.max_bytes");
        }
      }
      mount("sidecars." + kind, 2);
      ownFolder("sidecars." + kind + ".mount_at");
    }
    mount("ecosystem.host", 4);
  }

  /** What lies below a mount that is served is within the depth of a walk. */
  private void mount(String section, long below) {
    String key = section + ".mount_at";
    if (sound(key, section + ".enable", "secure9p.walk_depth") && m.bool(section + ".enable")) {
      long depth = m.text(key).chars().filter(c -> c == '/').count() + below;
      if (depth > m.num("secure9p.walk_depth")) {
        error("mount-depth", key, "is \"" + m.text(key) + "\": its files lie " + depth
            + " names deep, which must be at most secure9p.walk_depth = " + m.num("secure9p.walk_depth"));
      }
    }
  }

  private void ownFolder(String key) {
    String root = sound(key) ? m.text(key).split("/", 3)[1] : "";
    if (OWN.contains(root)) {
      error("sidecar-mount", key, "is \"" + m.text(key) + "\", but /" + root + " is a folder of the hive's own; choose another");
    }
  }

  /** What the sizes of the adapters' pools follow from, besides what turns them on. */
  private Stream<String> adapterKeys() {
    return Sidecars.KINDS.stream().flatMap(kind -> Stream.concat(Stream.of("sidecars." + kind + ".mount_at"),
        m.rows("sidecars." + kind + ".adapters").stream().flatMap(row -> Stream.of("id", "mount", "spool.max_entries",
            "spool.max_bytes", "tamper_log_max_entries").map(field -> row + '.' + field))));
  }

  private void once(Map<String, String> seen, String key, String rule) {
    String v = m.isBad(key) ? null : m.textOrNull(key);
    String first = v == null ? null : seen.putIfAbsent(v, key);
    if (first != null) {
      error(rule, key, "is \"" + v + "\", which " + first + " has already; give each adapter its own");
    }
  }

  private void clients() {
    atMost("client_policies.cohsh.tail.poll_ms_min", "client_policies.cohsh.tail.poll_ms_default");
    atMost("client_policies.cohsh.tail.poll_ms_default", "client_policies.cohsh.tail.poll_ms_max");
    atMost("client_policies.retry.backoff_ms", "client_policies.retry.ceiling_ms");
    atMost("swarmui.hive.lod_zoom_out", "swarmui.hive.lod_zoom_in");
    List<String> ingest = List.of("telemetry_ingest.max_segments_per_device", "telemetry_ingest.max_bytes_per_segment",
        "telemetry_ingest.max_total_bytes_per_device");
    if (sound(ingest.toArray(String[]::new))) {
      List<String> zero = new ArrayList<>();
      ingest.stream().filter(k -> m.num(k) == 0).forEach(zero::add);
      if (!zero.isEmpty() && zero.size() < ingest.size()) {
        error("ingest-zero", zero.get(0), "is 0 while the others are not; set all of "
            + String.join(", ", ingest) + ", or none (ingest off)");
      } else if (zero.isEmpty()) {
        atMost(ingest.get(1), ingest.get(2));
      }
    }
  }

  private void atMost(String low, String high) {
    if (sound(low, high) && m.num(low) > m.num(high)) {
      boolean micros = low.startsWith("swarmui.hive.lod_zoom");
      error("order", low, "is " + show(m.num(low), micros) + ", must be at most " + high + " = " + show(m.num(high), micros));
    }
  }

  private static String show(long v, boolean micros) {
    return micros ? io.cohesix.rtc.manifest.Type.Decimal.format(v) : Long.toString(v);
  }

  private void memory() {
    String budget = "profile.ram_budget_bytes";
    Stream<String> keys = PoolTable.pools().stream().flatMap(p -> p.keys().stream());
    Stream<String> switches = Stream.of(budget, "ecosystem.host.mount_at", "features.net_console", "hw.net.mode");
    if (!sound(Stream.concat(switches, Stream.concat(keys, adapterKeys())).distinct().toArray(String[]::new))) {
      return;
    }
    long sum = PoolTable.sum(m, "");
    if (sum <= m.num(budget)) {
      return;
    }
    StringBuilder out = new StringBuilder("is " + m.num(budget) + ", but the static pools need " + sum + " bytes: ");
    for (Pool p : PoolTable.biggest(m).subList(0, 3)) {
      out.append(p.name()).append(" = ").append(p.bytes(m))
          .append(p.keys().isEmpty() ? "" : " (lower " + String.join(" or ", p.keys()) + ")").append(", ");
    }
    error(RedLine.RAM_BUDGET, budget, out.substring(0, out.length() - 2) + "; or raise the budget");
  }
}
