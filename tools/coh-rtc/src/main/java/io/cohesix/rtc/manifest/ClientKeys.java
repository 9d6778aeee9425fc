// Schema rows that only clients read: cohsh, coh, retries, paths and the swarm view.
package io.cohesix.rtc.manifest;

import static io.cohesix.rtc.manifest.Sink.COH;
import static io.cohesix.rtc.manifest.Sink.COHSH;
import static io.cohesix.rtc.manifest.Sink.JAVA;

import io.cohesix.rtc.manifest.Type.Form;
import java.util.List;

final class ClientKeys {
  private static final Type PATH = new Type.Text(1, 255, Form.PATH);
  private static final long MIB = 1048576;

  private ClientKeys() {}

  static List<Key> table() {
    KeyTable t = new KeyTable();
    t.section("client_policies.cohsh", COHSH, JAVA)
        .num("pool.control_sessions", 1, 64, 2, "Sessions that a client keeps for commands.")
        .num("pool.telemetry_sessions", 1, 256, 4, "Sessions that a client keeps for tails.")
        .num("tail.poll_ms_default", 1, 600000, 1000, "Pause between two polls of a tail.")
        .num("tail.poll_ms_min", 1, 600000, 250, "Shortest pause that an operator may ask for.")
        .num("tail.poll_ms_max", 1, 600000, 10000, "Longest pause that an operator may ask for.")
        .num("host_telemetry.nvidia_poll_ms", 100, 3600000, 1000, "Poll period of the NVIDIA provider.")
        .num("host_telemetry.systemd_poll_ms", 100, 3600000, 2000, "Poll period of the systemd provider.")
        .num("host_telemetry.docker_poll_ms", 100, 3600000, 2000, "Poll period of the docker provider.")
        .num("host_telemetry.k8s_poll_ms", 100, 3600000, 5000, "Poll period of the k8s provider.");
    t.section("client_policies.coh", COH)
        .text("mount.root", Form.PATH, 1, 255, "/", "Path that coh mounts.")
        .texts("mount.allowlist", PATH, 0, 32, List.of("/proc", "/queen", "/worker", "/log", "/gpu", "/host"),
            "Paths that a mount may show.")
        .text("telemetry.root", Form.PATH, 1, 255, "/queen/telemetry", "Where telemetry is pulled from.")
        .num("telemetry.max_devices", 1, 1024, 32, "Devices that one pull may touch.")
        .num("telemetry.max_segments_per_device", 1, 4096, 4, "Segments that one pull may read.")
        .num("telemetry.max_bytes_per_segment", 1, 16777216, 32768, "Bytes that one segment may have.")
        .num("telemetry.max_total_bytes_per_device", 1, 268435456, 131072, "Bytes that one device may have.")
        .text("run.lease.schema", Form.TEXT, 1, 64, "gpu-lease/v1", "Schema of lease lines.")
        .text("run.lease.active_state", Form.TEXT, 1, 32, "ACTIVE", "State in which a job may run.")
        .num("run.lease.max_bytes", 64, MIB, 1024, "Longest lease line.")
        .text("run.breadcrumb.schema", Form.TEXT, 1, 64, "gpu-breadcrumb/v1", "Schema of breadcrumb lines.")
        .num("run.breadcrumb.max_line_bytes", 64, 4096, 512, "Longest breadcrumb line.")
        .num("run.breadcrumb.max_command_bytes", 1, 4096, 256, "Longest command in a breadcrumb.")
        .text("peft.export.root", Form.PATH, 1, 255, "/queen/export/lora_jobs", "Where exports are read.")
        .num("peft.export.max_telemetry_bytes", 1, 64 * MIB, 131072, "Bytes of telemetry.cbor.")
        .num("peft.export.max_policy_bytes", 1, MIB, 8192, "Bytes of policy.toml.")
        .num("peft.export.max_base_model_bytes", 1, MIB, 1024, "Bytes of base_model.ref.")
        .text("peft.import.registry_root", Form.FILE, 1, 255, "out/model_registry", "Folder of the model registry.")
        .num("peft.import.max_adapter_bytes", 1, 4096 * MIB, 64 * MIB, "Bytes of an adapter.")
        .num("peft.import.max_lora_bytes", 1, 64 * MIB, 65536, "Bytes of lora.json.")
        .num("peft.import.max_metrics_bytes", 1, 64 * MIB, 65536, "Bytes of metrics.json.")
        .num("peft.import.max_manifest_bytes", 1, MIB, 8192, "Bytes of manifest.toml.")
        .num("peft.activate.max_model_id_bytes", 1, 255, 128, "Bytes of a model id.")
        .num("peft.activate.max_state_bytes", 64, MIB, 4096, "Bytes of the activation state.");
    t.section("client_policies", COHSH, COH, JAVA)
        .num("retry.max_attempts", 1, 100, 3, "Attempts before a client gives up.")
        .num("retry.backoff_ms", 1, 600000, 200, "First pause between attempts; it doubles.")
        .num("retry.ceiling_ms", 1, 600000, 2000, "Longest pause between attempts.")
        .num("retry.timeout_ms", 1, 600000, 5000, "Time that one attempt may take.")
        .num("heartbeat.interval_ms", 100, 600000, 15000, "Period of a client's PING.")
        .num("trace.max_bytes", 1024, 1024 * MIB, MIB, "Bytes of a recorded trace.");
    t.section("client_paths", COHSH, COH, JAVA)
        .text("queen_ctl", Form.PATH, 1, 96, "/queen/ctl", "Control file of the queen.")
        .text("queen_lifecycle_ctl", Form.PATH, 1, 96, "/queen/lifecycle/ctl", "Control file of the lifecycle.")
        .text("log", Form.PATH, 1, 96, "/log/queen.log", "The operations log.");
    t.section("swarmui", JAVA)
        .choice("ticket_scope", List.of("per-ticket", "shared"), "per-ticket", "Whether views share one session.")
        .bool("cache.enabled", false, "Keep a cache on disk.")
        .num("cache.max_bytes", 1024, 1024 * MIB, 262144, "Bytes of that cache.")
        .num("cache.ttl_s", 1, 31536000, 3600, "Age at which a cached value is dropped.")
        .num("hive.frame_cap_fps", 1, 240, 60, "Frames a second at most.")
        .num("hive.step_ms", 1, 1000, 16, "Step of the simulation clock.")
        .decimal("hive.lod_zoom_out", 1, 100_000_000, 700_000, "Zoom below which detail is dropped.")
        .decimal("hive.lod_zoom_in", 1, 100_000_000, 1_250_000, "Zoom above which detail is shown.")
        .num("hive.lod_event_budget", 1, 1000000, 512, "Events drawn a frame at most.")
        .num("hive.snapshot_max_events", 1, 1000000, 4096, "Events in a snapshot.")
        .num("hive.overlay_lines", 0, 100, 3, "Lines beside a worker.")
        .num("hive.detail_lines", 1, 10000, 50, "Lines in the detail pane.")
        .num("hive.line_cap_bytes", 16, 4096, 160, "Longest line shown.")
        .num("hive.per_worker_bytes", 64, MIB, 2048, "Bytes kept for a worker.")
        .text("paths.telemetry_root", Form.PATH, 1, 96, "/worker", "Where worker telemetry is read.")
        .text("paths.proc_ingest_root", Form.PATH, 1, 96, "/proc/ingest", "Where ingest counters are read.")
        .text("paths.worker_root", Form.PATH, 1, 96, "/worker", "Where workers are listed.")
        .texts("paths.namespace_roots", PATH, 0, 32, List.of("/proc", "/queen", "/worker", "/log", "/gpu"),
            "Roots that the view shows.");
    return t.keys();
  }
}
