// Schema rows of the authority's core: profile, console, Secure9P, workers, queues, store, namespaces, telemetry, tickets.
package io.cohesix.rtc.manifest;

import static io.cohesix.rtc.manifest.Sink.BLOB;
import static io.cohesix.rtc.manifest.Sink.COHSH;
import static io.cohesix.rtc.manifest.Sink.IMAGE;
import static io.cohesix.rtc.manifest.Sink.JAVA;
import static io.cohesix.rtc.manifest.Sink.RECORD;
import static io.cohesix.rtc.manifest.Sink.ROOT;

import io.cohesix.rtc.manifest.Type.Form;
import java.util.List;

final class CoreKeys {
  static final List<String> STATES = List.of("BOOTING", "DEGRADED", "ONLINE", "DRAINING", "QUIESCED", "OFFLINE");
  static final List<String> ROLES =
      List.of("queen", "worker-heartbeat", "worker-gpu", "worker-bus", "worker-lora");
  private static final Type NAME = new Type.Text(1, 255, Form.NAME);

  private CoreKeys() {}

  static List<Key> table() {
    KeyTable t = new KeyTable();
    t.section("meta", RECORD)
        .text("author", Form.TEXT, 0, 128, "", "Who keeps the manifest; recorded, without effect.")
        .text("purpose", Form.TEXT, 0, 256, "", "What the manifest is for; recorded, without effect.");
    t.section("root_task", ROOT)
        .choice("schema", Schema.VERSIONS, null, "The manifest's schema version; any other aborts the compile.");
    t.section("profile", ROOT, IMAGE)
        .choice("name", List.of("virt-aarch64", "pi4-uboot-aarch64", "aws-aarch64"), "virt-aarch64",
            "The board that the image is for.", new Type.Alias("uefi-aarch64", "pi4-uboot-aarch64"))
        .bool("kernel", true, "The root task runs on a kernel; false allows the std_* features.")
        .bool("release", false, "A release: no literal secrets, no fixture keys, audit and replay on, keys provisioned.")
        .num("ram_budget_bytes", 1048576, 1073741824L, 33554432,
            "Upper bound of the sum of all static pools.")
        .bool("demo_gpus", true, "GPU-0 and GPU-1 stand as demonstration entries until a bridge publishes.");
    t.section("event_pump", ROOT).num("tick_ms", 1, 1000, 5, "Period of the pump's timer.");
    t.section("console", ROOT, COHSH, JAVA)
        .num("port", 1, 65535, 31337, "TCP port of the console and Secure9P listener.")
        .num("max_sessions", 1, 4096, 32, "Attached sessions at once, console and Secure9P together.")
        .bool("queen_ticket_required", false, "A queen must present a ticket; release profiles need it.")
        .num("auth_timeout_ms", 100, 600000, 5000, "Time until a connection must have authenticated.")
        .num("idle_timeout_ms", 1000, 86400000, 300000, "Silence after which a console session is closed.");
    t.section("console", ROOT, BLOB)
        .text("auth_token", Form.SECRET, 1, 128, null,
            "Console token of a development manifest (\"changeme\" when neither this nor auth_token_ref is set); only its BLAKE3 digest is written.")
        .text("auth_token_ref", Form.SECRET_REF, 5, 256, null, "Where the console token is kept.");
    t.section("secure9p", ROOT, COHSH, JAVA)
        .num("msize", 4120, 8192, 8192, "Largest 9P message; 4120 lets a 4096-byte record fit one write.")
        .num("walk_depth", 1, 8, 8, "Names in one walk.")
        .num("tags_per_session", 1, 256, 16, "Requests in flight on a connection.")
        .num("batch_frames", 1, 4096, 1, "Frames answered as one batch; 1 keeps request order.")
        .num("fids_per_session", 1, 1024, 64, "Fids alive on a connection.")
        .choice("short_write.policy", List.of("reject", "retry"), "reject", "What a client does when a write is cut short.");
    t.section("workers", ROOT)
        .num("max", 1, 65535, 1024, "Workers alive at once.")
        .num("heartbeat_ms", 10, 3600000, 250, "Period of a heartbeat worker's tick record.");
    t.section("queen", ROOT)
        .bool("ctl.envelope", false, "/queen/ctl takes only queen-intent/v1 envelopes.")
        .num("dedupe_entries", 1, 4096, 64, "Remembered id and idempotency-key pairs.");
    queue(t, "leases", "/queen/lease/ctl");
    queue(t, "schedule", "/queen/schedule/ctl");
    queue(t, "exports", "/queen/export/ctl");
    t.section("cas", ROOT)
        .bool("enable", false, "Serve /updates.")
        .num("store.chunk_bytes", 16, 65536, 128, "Length of every chunk.")
        .num("store.max_bytes", 4096, 268435456, 1048576, "Bytes that the store may hold.")
        .bool("delta.enable", false, "Accept manifests with a base.")
        .bool("signing.required", false, "Accept only signed manifests.");
    t.section("cas", ROOT)
        .text("signing.key_path", Form.FILE, 0, 255, "",
            "Ed25519 seed, 64 hex digits, relative to the project root; only the public key is written.");
    t.section("cache", ROOT)
        .bool("kernel_ops", false, "Use the kernel's cache operations.")
        .bool("dma_clean", false, "Clean pages before a device reads them.")
        .bool("dma_invalidate", false, "Invalidate pages after a device wrote them.")
        .bool("unify_instructions", false, "Name it in the boot log: code that was written is unified with the instruction cache in any case.");
    t.section("features", ROOT)
        .bool("net_console", true, "Listen on console.port.")
        .bool("serial_console", true, "Serve the root console on the UART.")
        .bool("std_console", false, "Console on standard streams; needs profile.kernel = false.")
        .bool("std_host_tools", false, "Host tools in process; needs profile.kernel = false.");
    t.section("namespaces", ROOT)
        .bool("role_isolation", true, "What a role may not see does not appear.")
        .tables("mounts", 16, "Services that are mounted at boot.")
        .needText("mounts[].service", Form.NAME, 1, 32, "The service's name.")
        .needTexts("mounts[].target", NAME, 1, 8, "Path components of the mount point.");
    t.section("sharding", ROOT)
        .bool("enabled", true, "Serve /shard/<label>/worker/<id>.")
        .num("shard_bits", 0, 8, 8, "Bits of the label; 2^bits shards.")
        .bool("legacy_worker_alias", true, "Serve /worker/<id> as well.");
    t.section("telemetry", ROOT)
        .num("ring_bytes_per_worker", 128, 1048576, 1024, "Bytes of each worker's telemetry ring.")
        .choice("frame_schema", List.of("legacy-plaintext", "telemetry-frame/v1"), "legacy-plaintext",
            "Form of the records that a worker appends.")
        .bool("cursor.retain_on_boot", false, "Recorded, without effect: positions count from 0 at each boot.");
    t.section("telemetry_ingest", ROOT, JAVA)
        .num("max_segments_per_device", 0, 4096, 0, "Segments kept for a device; with the next two 0: ingest is off.")
        .num("max_bytes_per_segment", 0, 16777216, 0, "Bytes in a segment.")
        .num("max_total_bytes_per_device", 0, 268435456, 0, "Bytes kept for a device.")
        .choice("eviction_policy", List.of("refuse", "evict-oldest"), "refuse", "What happens when a device's bytes are used up.")
        .num("max_devices", 0, 1024, 32, "Devices at once.")
        .num("max_refs_per_manifest", 0, 65536, 64, "Chunk references in a telemetry-ref/v1 manifest.")
        .num("max_ref_manifest_bytes", 0, 1048576, 8192, "Bytes of a telemetry-ref/v1 manifest.");
    t.section("lifecycle", ROOT)
        .choice("initial_state", STATES, "BOOTING", "State at entry.")
        .tables("auto_transitions", 6, "Transitions that follow by themselves once boot is done.")
        .choice("auto_transitions[].from", STATES, null, "State that is left.")
        .choice("auto_transitions[].to", STATES, null, "State that is entered.");
    t.section("ticket_limits", ROOT, JAVA)
        .num("max_scopes", 0, 16, 8, "Scopes in a ticket (0 = the format's own 16).")
        .num("max_scope_path_len", 0, 255, 128, "Bytes of a scope's path (0 = no limit).")
        .num("max_scope_rate_per_s", 0, 1000000, 64, "Highest rate of a scope (0 = no limit).")
        .num("bandwidth_bytes", 0, 4294967295L, 131072, "Most bytes that a ticket with quotas may move (0 = no limit).")
        .num("cursor_resumes", 0, 4294967295L, 16, "Cursor resumptions of such a ticket (0 = no limit).")
        .num("cursor_advances", 0, 4294967295L, 256, "Cursor moves of such a ticket (0 = no limit).");
    t.section("", ROOT, BLOB)
        .tables("tickets", 5, "One ticket key a role.")
        .choice("tickets[].role", ROLES, null, "The role.", new Type.Alias("worker", "worker-heartbeat"))
        .text("tickets[].secret", Form.SECRET, 1, 128, null, "The secret itself; development only; only its derived key is written.")
        .text("tickets[].secret_ref", Form.SECRET_REF, 5, 256, null, "Where the secret is kept.")
        .text("tickets[].key_id", Form.HEX, 16, 16, null,
            "First 8 bytes of BLAKE3(key): lets a release compile without its secrets.");
    return t.keys();
  }

  private static void queue(KeyTable t, String section, String node) {
    t.section(section, ROOT)
        .num("max_entries", 1, 4096, 64, "Entries that " + node + " may leave open.")
        .num("max_line_bytes", 128, 4096, 512, "Longest line that " + node + " takes.");
  }
}
