// The table of all static pools. To add or change one is one line; the C side asserts that each element has that size.
package io.cohesix.rtc.capacity;

import io.cohesix.rtc.manifest.Manifest;
import io.cohesix.rtc.manifest.Sidecars;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;

/** Every static pool of the rootserver and of the tasks that it builds, and their sum. */
public final class PoolTable {
  /** Connections that have not authenticated. */
  public static final long PREAUTH = 8;

  /** Connections that are closing. */
  public static final long CLOSING = 8;

  /** The longest line of /proc/lease/preemptions, and a record's prefix. */
  public static final long PREEMPTION = 198;

  private static final ToLongFunction<Manifest> PORTS = PoolTable::ports;
  private static final ToLongFunction<Manifest> CONNS = PoolTable::conns;

  private static final ToLongFunction<Manifest> WORKERS = PoolTable::workers;

  private static final List<String> STORE = List.of("cas.enable", "cas.store.max_bytes", "cas.store.chunk_bytes");
  private static final List<String> ADAPTERS = List.of("sidecars.modbus.enable", "sidecars.dnp3.enable", "sidecars.lora.enable");

  private static final List<Pool> POOLS =
      List.of(
          pool("core", "hive", "state outside the pools: namespace tree, subsystems, counters", "1", m -> 1, 24576),
          pool("order", "hive", "live workers sorted by name", "workers.max", WORKERS, 2, "workers.max").of("uint16_t"),
          sized("conns", "hive", "console and Secure9P connection state", "conns x (1176 + secure9p.tags_per_session x 16)",
              CONNS, m -> 1176 + m.num("secure9p.tags_per_session") * 16,
              List.of("console.max_sessions", "secure9p.tags_per_session")).of("struct conn"),
          sized("streams", "hive", "one answer snapshot a connection", "conns x max(16384, workers.max x 20)", CONNS,
              PoolTable::snapshot, List.of("console.max_sessions", "workers.max")).of(Pool.BLOCKS),
          sized("sessions", "hive", "attached sessions and the serial one",
              "console.max_sessions + 1 x (2888 + scopes x (18 + path))", PoolTable::sessions, PoolTable::session,
              List.of("console.max_sessions", "ticket_limits.max_scopes", "ticket_limits.max_scope_path_len")).of("struct session"),
          pool("session_order", "hive", "attached sessions by id", "console.max_sessions + 1", PoolTable::sessions, 2,
              "console.max_sessions").of("uint16_t"),
          pool("fids", "hive", "Secure9P fids", "conns x secure9p.fids_per_session",
              m -> conns(m) * m.num("secure9p.fids_per_session"), 96, "console.max_sessions", "secure9p.fids_per_session").of("struct fid"),
          sized("scratch", "hive", "the listing that is being made", "1 x max(16384, workers.max x 20)", m -> 1,
              PoolTable::snapshot, List.of("workers.max")).of(Pool.BYTES),
          pool("tickets", "hive", "use counts of tickets", "256", m -> 256, 88).of("struct ticket_use"),
          pool("throttle", "hive", "role and subject pairs under watch", "64", m -> 64, 40).of("struct throttle_slot", "throttle_slots"),
          pool("workers", "hive", "worker state", "workers.max", WORKERS, 144, "workers.max").of("struct worker"),
          sized("rings", "hive", "worker telemetry rings", "workers.max x telemetry.ring_bytes_per_worker", WORKERS,
              m -> m.num("telemetry.ring_bytes_per_worker"),
              List.of("workers.max", "telemetry.ring_bytes_per_worker")).of(Pool.BLOCKS),
          pool("telemetry_devices", "hive", "devices that push telemetry", "telemetry_ingest.max_devices", PoolTable::devices,
              64, "telemetry_ingest.max_devices").of("struct telemetry_device"),
          pool("telemetry_segments", "hive", "what is known of their segments",
              "telemetry_ingest.max_devices x max_segments_per_device", PoolTable::segments, 136,
              "telemetry_ingest.max_devices", "telemetry_ingest.max_segments_per_device").of("struct telemetry_segment"),
          sized("telemetry_bytes", "hive", "the segments' records",
              "telemetry_ingest.max_devices x max_segments_per_device x max_bytes_per_segment", PoolTable::segments,
              PoolTable::segmentBytes,
              List.of("telemetry_ingest.max_devices", "telemetry_ingest.max_segments_per_device",
                  "telemetry_ingest.max_bytes_per_segment")).of(Pool.BLOCKS),
          pool("log", "hive", "/log/queen.log", "1", m -> 1, 65536).of(Pool.BYTES, "log_bytes"),
          pool("kmesg", "hive", "/kmesg", "1", m -> 1, 16384).of(Pool.BYTES, "kmesg_bytes"),
          pool("control", "hive", "accepted lines of control files, a ring each", "8", m -> 8, 4096).of(Pool.BLOCKS, "control_bytes"),
          sized("journal", "hive", "/audit/journal", "1 x journal_max_bytes", m -> 1, m -> audit(m, "journal_max_bytes"),
              List.of("ecosystem.audit.journal_max_bytes")).of(Pool.BYTES, "journal_bytes"),
          sized("decisions", "hive", "/audit/decisions", "1 x decisions_max_bytes", m -> 1,
              m -> audit(m, "decisions_max_bytes"), List.of("ecosystem.audit.decisions_max_bytes")).of(Pool.BYTES, "decision_bytes"),
          pool("journal_starts", "hive", "where the newest entries of the journal begin", "ecosystem.audit.replay_max_entries",
              m -> m.bool("ecosystem.audit.replay_enable") ? m.num("ecosystem.audit.replay_max_entries") : 1, 8,
              "ecosystem.audit.replay_max_entries").of("uint64_t"),
          pool("trace", "hive", "/trace/events", "1", m -> 1, 32768).of(Pool.BYTES, "trace_bytes"),
          pool("latency", "hive", "window of ingest latencies", "observability.proc_ingest.latency_samples",
              m -> m.num("observability.proc_ingest.latency_samples"), 8, "observability.proc_ingest.latency_samples").of("struct latency"),
          sized("watch", "hive", "/proc/ingest/watch", "1 x watch_max_entries x (watch_line_bytes + 2)", m -> 1,
              PoolTable::watch, List.of("observability.proc_ingest.watch_max_entries")).of(Pool.BYTES, "watch_bytes"),
          pool("leases", "hive", "leases, and quotas behind them", "2 x leases.max_entries", m -> 2 * m.num("leases.max_entries"),
              264, "leases.max_entries").of("struct lease"),
          pool("lease_order", "hive", "leases in four orders, quotas in one", "5 x leases.max_entries",
              m -> 5 * m.num("leases.max_entries"), 2, "leases.max_entries").of("uint16_t"),
          sized("preemptions", "hive", "/proc/lease/preemptions", "1 x observability.proc_lease.preemptions_bytes", m -> 1,
              m -> Math.max(PREEMPTION, m.num("observability.proc_lease.preemptions_bytes")),
              List.of("observability.proc_lease.preemptions_bytes")).of(Pool.BYTES),
          pool("schedule", "hive", "entries of the schedule", "schedule.max_entries", m -> m.num("schedule.max_entries"), 136,
              "schedule.max_entries").of("struct sched", "scheduled"),
          pool("schedule_order", "hive", "they in four orders", "4 x schedule.max_entries",
              m -> 4 * m.num("schedule.max_entries"), 2, "schedule.max_entries").of("uint16_t"),
          pool("exports", "hive", "open export windows", "exports.max_entries", m -> m.num("exports.max_entries"), 184,
              "exports.max_entries").of("struct export"),
          pool("export_order", "hive", "they in three orders", "3 x exports.max_entries", m -> 3 * m.num("exports.max_entries"), 2,
              "exports.max_entries").of("uint16_t"),
          pool("gpus", "hive", "published GPUs and their files", "8", m -> 8, 16632).of("struct gpu"),
          pool("gpu_json", "hive", "the published snapshot, and the one that comes", "2", m -> 2, 32768).of(Pool.BLOCKS),
          pool("intents", "hive", "queen intents that are remembered", "queen.dedupe_entries",
              m -> m.num("queen.dedupe_entries"), 192, "queen.dedupe_entries").of("struct intent"),
          pool("intent_order", "hive", "intents by id and key", "queen.dedupe_entries",
              m -> m.num("queen.dedupe_entries"), 2, "queen.dedupe_entries").of("uint16_t"),
          pool("host_entries", "hive", "units, nodes and GPUs below /host", "units + nodes + 32", PoolTable::hostEntries, 216,
              "ecosystem.host.enable", "ecosystem.host.units", "ecosystem.host.nodes").of("struct host_entry"),
          pool("host_order", "hive", "them by kind and name", "units + nodes + 32", PoolTable::hostEntries, 2,
              "ecosystem.host.enable", "ecosystem.host.units", "ecosystem.host.nodes").of("uint16_t"),
          pool("host_bytes", "hive", "lines of their files", "(units + nodes + 32) x 3", m -> hostEntries(m) * 3, 768,
              "ecosystem.host.enable", "ecosystem.host.units", "ecosystem.host.nodes").of(Pool.BLOCKS),
          pool("host_tickets", "hive", "host tickets by their state", "ecosystem.tickets.max_entries", PoolTable::hostTickets, 192,
              "ecosystem.tickets.enable", "ecosystem.tickets.max_entries").of("struct host_ticket"),
          pool("host_ticket_order", "hive", "them in three orders", "3 x ecosystem.tickets.max_entries",
              m -> 3 * hostTickets(m), 2, "ecosystem.tickets.enable", "ecosystem.tickets.max_entries").of("uint16_t"),
          sized("host_ticket_lines", "hive", "lines of /host/tickets/spec, status and deadletter",
              "3 x max(256, max_entries x (max_line_bytes + 3))", m -> 3,
              m -> hostTickets(m) == 1 ? 256 : hostTickets(m) * (m.num("ecosystem.tickets.max_line_bytes") + 3),
              List.of("ecosystem.tickets.enable", "ecosystem.tickets.max_entries", "ecosystem.tickets.max_line_bytes")).of(Pool.BLOCKS),
          sized("cas_chunks", "hive", "chunks of updates, each with its digest",
              "(cas.store.max_bytes / chunk_bytes) x (40 + chunk_bytes)", PoolTable::chunks,
              m -> (40 + m.num("cas.store.chunk_bytes") + 3) / 4 * 4, STORE).of("struct cas_chunk"),
          sized("cas_order", "hive", "chunks of updates by digest", "(cas.store.max_bytes / chunk_bytes) x 2",
              PoolTable::chunks, m -> 2, STORE).of("uint16_t"),
          sized("cas_manifests", "hive", "manifests of updates, and the one that is being uploaded",
              "5 x (256 + 34 x (cas.store.max_bytes / chunk_bytes))", m -> 5, m -> 256 + 34 * chunks(m), STORE).of(Pool.BLOCKS),
          sized("models", "hive", "models with their weights", "4 x (4216 + cas.store.max_bytes / 4)",
              m -> m.bool("ecosystem.models.enable") ? 4 : 1, PoolTable::model,
              List.of("ecosystem.models.enable", "cas.store.max_bytes")).of("struct model"),
          sized("policy_sets", "hive", "rules of the manifest, in force and before", "3 x (72 + 64 x 162)", m -> 3,
              m -> policy(m) ? 10440 : 232, List.of("ecosystem.policy.enable")).of("struct policy_set"),
          pool("actions", "hive", "approvals that wait, and consumed ones", "ecosystem.policy.queue_max_entries",
              PoolTable::actions, 312, "ecosystem.policy.queue_max_entries").of("struct action"),
          pool("action_order", "hive", "approvals by id, and by use and target", "2 x ecosystem.policy.queue_max_entries",
              m -> 2 * actions(m), 2, "ecosystem.policy.queue_max_entries").of("uint16_t"),
          sized("sidecars", "hive", "field-bus and LoRa adapters", "adapters x 784", PoolTable::sidecars, m -> 784, ADAPTERS).of("struct sidecar"),
          sized("sidecar_bytes", "hive", "lines of their files", "1 x each adapter's rings and spool", m -> 1,
              PoolTable::sidecarBytes, ADAPTERS).of(Pool.BYTES),
          pool("ports", "net", "stream rings of TCP connections", "stream ports", PORTS, 20608, "console.max_sessions"),
          pool("serial_port", "net", "stream rings of the UART", "1", m -> 1, 20608),
          pool("net_conns", "net", "what the network side knows of a port", "stream ports", PORTS, 64, "console.max_sessions").in("netd"),
          pool("net_pcbs", "net", "TCP control blocks, with handshakes and TIME_WAIT", "stream ports + 16",
              m -> ports(m) + 16, 216, "console.max_sessions").in("netd"),
          pool("net_segments", "net", "TCP segments that are not acknowledged", "stream ports x 17 + 16",
              m -> ports(m) * 17 + 16, 32, "console.max_sessions").in("netd"),
          pool("net_pbufs", "net", "references from segments into transmit rings", "stream ports x 17",
              m -> ports(m) * 17, 24, "console.max_sessions").in("netd"),
          pool("net_headers", "net", "headers of segments, bare acknowledgements", "stream ports x 17 + 32",
              m -> ports(m) * 17 + 32, 104, "console.max_sessions").in("netd"),
          pool("net_buffers", "net", "ping answers, packets that wait for an address", "8", m -> 8, 1608).in("netd"),
          pool("packets", "net", "packets between NIC and TCP, with their rings", "1", m -> 1, 525568).in("nicd"),
          pool("nic_queues", "net", "descriptor tables and rings of the NIC", "5", m -> TaskMemory.QUEUE_PAGES, 4096).in("nicd"),
          pool("worker_tasks", "net", "tasks of heartbeat workers on seL4, in the kernel's memory", "workers.max", WORKERS, 0,
              "workers.max").in("worker").at(Pool.LEVEL),
          pool("worker_state", "net", "what the platform knows of the tasks of workers", "workers.max", WORKERS, 16, "workers.max"),
          pool("stack", "net", "the rootserver's one stack", "1", m -> 1, 65536),
          sized("platform", "net", "all other static data of the rootserver, at most", "20480 + workers.max x 4", m -> 1,
              m -> 20480 + workers(m) * 4, List.of("workers.max")).at(Pool.REST),
          pool("nicd_text", "net", "the driver's text and constants, at most", "pages", m -> task(m, TaskMemory.NICD_TEXT_PAGES), 4096)
              .in("nicd").at(Pool.TEXT),
          pool("nicd_data", "net", "its stack and data, at most", "pages", m -> task(m, TaskMemory.NICD_DATA_PAGES), 4096)
              .in("nicd").at(Pool.REST),
          pool("netd_text", "net", "the TCP/IP stack's text and constants, at most", "pages",
              m -> task(m, TaskMemory.NETD_TEXT_PAGES), 1 << TaskMemory.SMALL).in("netd").at(Pool.TEXT),
          sized("netd_data", "net", "what its pages hold beside its pools: a stack, other data; at most",
              "pages - net_*", m -> task(m, 1), m -> (TaskMemory.netdDataPages(m) << TaskMemory.netdDataBits(m)) - netd(m),
              List.of("console.max_sessions")).in("netd").at(Pool.REST),
          pool("worker_text", "hive", "text and constants of all worker tasks, one copy", "pages", m -> TaskMemory.WORKER_PAGES, 4096)
              .in("worker").at(Pool.TEXT));

  private PoolTable() {}

  /** The rows. */
  public static List<Pool> pools() {
    return POOLS;
  }

  /** TCP stream ports: sessions, unauthenticated and closing connections. */
  public static long ports(Manifest m) {
    return m.num("console.max_sessions") + PREAUTH + CLOSING;
  }

  /** Stream ports and the serial console. */
  public static long conns(Manifest m) {
    return ports(m) + 1;
  }

  private static long task(Manifest m, long count) {
    return TaskMemory.net(m) ? count : 0;
  }

  /** Is telemetry taken in at all? */
  public static boolean ingest(Manifest m) {
    return m.num("telemetry_ingest.max_segments_per_device") > 0 && m.num("telemetry_ingest.max_devices") > 0;
  }

  /** Where ingest is off, one of each stays, so that no pool is empty. */
  private static long devices(Manifest m) {
    return ingest(m) ? m.num("telemetry_ingest.max_devices") : 1;
  }

  private static long segments(Manifest m) {
    return ingest(m) ? devices(m) * m.num("telemetry_ingest.max_segments_per_device") : 1;
  }

  private static long segmentBytes(Manifest m) {
    return ingest(m) ? m.num("telemetry_ingest.max_bytes_per_segment") : 1;
  }

  /** Chunks that the store of updates holds; one where there is no store, so that no pool is empty. */
  private static long chunks(Manifest m) {
    return m.bool("cas.enable") ? Math.max(1, m.num("cas.store.max_bytes") / m.num("cas.store.chunk_bytes")) : 1;
  }

  private static long model(Manifest m) {
    long weights = m.bool("ecosystem.models.enable") ? m.num("cas.store.max_bytes") / 4 : 1;
    return (52 + weights + 4096 + 64 + 7) / 8 * 8;
  }

  private static boolean policy(Manifest m) {
    return m.bool("ecosystem.policy.enable");
  }

  private static long actions(Manifest m) {
    return policy(m) ? m.num("ecosystem.policy.queue_max_entries") : 1;
  }

  /** Entries of the manifest, Docker's, and room for as many more as host tools publish. */
  private static long hostEntries(Manifest m) {
    if (!m.bool("ecosystem.host.enable")) {
      return 1;
    }
    return m.texts("ecosystem.host.units").size() + m.texts("ecosystem.host.nodes").size() + 32L;
  }

  private static long hostTickets(Manifest m) {
    boolean served = m.bool("ecosystem.host.enable") && m.bool("ecosystem.tickets.enable");
    return served ? Math.max(2, m.num("ecosystem.tickets.max_entries")) : 1;
  }

  private static long sidecars(Manifest m) {
    return Math.max(1, Sidecars.of(m).size());
  }

  private static long sidecarBytes(Manifest m) {
    return Math.max(1, Sidecars.bytes(m));
  }

  private static long workers(Manifest m) {
    return m.num("workers.max");
  }

  private static long sessions(Manifest m) {
    return m.num("console.max_sessions") + 1;
  }

  /** A session, with a slot for each scope that a ticket may have (0 in the manifest: the format's own limits). */
  private static long session(Manifest m) {
    long scopes = m.num("ticket_limits.max_scopes");
    long path = m.num("ticket_limits.max_scope_path_len");
    long scope = (18 + (path == 0 ? 255 : path) + 7) / 8 * 8;
    return 2888 + (scopes == 0 ? 16 : scopes) * scope;
  }

  /** Where the audit is off, a few bytes stay, so that no pool is empty. */
  private static long audit(Manifest m, String key) {
    return m.bool("ecosystem.audit.enable") ? m.num("ecosystem.audit." + key) : 16;
  }

  /** The ring keeps two bytes beside each line. */
  private static long watch(Manifest m) {
    String watch = "observability.proc_ingest.watch_";
    return m.num(watch + "max_entries") * (m.num(watch + "line_bytes") + 2);
  }

  /** A snapshot holds the longest listing: all workers, 20 bytes each. */
  private static long snapshot(Manifest m) {
    return Math.max(16384, m.num("workers.max") * 20);
  }

  /** Bytes of one pool. */
  public static long bytes(Manifest m, String name) {
    return POOLS.stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow().bytes(m);
  }

  /** Bytes of the pools that are netd's own static data. */
  public static long netd(Manifest m) {
    return POOLS.stream().filter(p -> p.name().startsWith("net_")).mapToLong(p -> p.bytes(m)).sum();
  }

  /** Bytes of all pools of a group; of all groups when it is empty. */
  public static long sum(Manifest m, String group) {
    long sum = 0;
    for (Pool p : POOLS) {
      if (group.isEmpty() || p.group().equals(group)) {
        sum = Math.addExact(sum, p.bytes(m));
      }
    }
    return sum;
  }

  /** Pools by size, biggest first. */
  public static List<Pool> biggest(Manifest m) {
    return POOLS.stream()
        .sorted(Comparator.comparingLong((Pool p) -> p.bytes(m)).reversed().thenComparing(Pool::name))
        .toList();
  }

  private static Pool pool(
      String name, String group, String holds, String formula, ToLongFunction<Manifest> count, long elem, String... keys) {
    return sized(name, group, holds, formula + " x " + elem, count, m -> elem, List.of(keys));
  }

  private static Pool sized(
      String name, String group, String holds, String formula, ToLongFunction<Manifest> count, ToLongFunction<Manifest> elem,
      List<String> keys) {
    return new Pool(name, group, holds, formula, count, elem, Pool.AUTHORITY, keys, "coh_pool_" + name, "", "");
  }
}
