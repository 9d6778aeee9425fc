// Schema rows of the edges: sidecars, the host ecosystem, hardware and core affinity.
package io.cohesix.rtc.manifest;

import static io.cohesix.rtc.manifest.Sink.IMAGE;
import static io.cohesix.rtc.manifest.Sink.ROOT;

import io.cohesix.rtc.manifest.Type.Form;
import java.util.List;

final class EdgeKeys {
  private static final List<String> PROVIDERS = List.of("systemd", "k8s", "docker", "nvidia", "jetson", "net");
  private static final List<String> ACTIONS =
      List.of(
          "gpu.lease.grant", "gpu.lease.renew", "gpu.lease.release", "peft.import", "peft.activate", "peft.rollback",
          "systemd.start", "systemd.stop", "systemd.restart", "systemd.status-check", "docker.restart", "docker.stop",
          "docker.status", "k8s.cordon", "k8s.drain", "k8s.lease");
  private static final Type NAME = new Type.Text(1, 64, Form.NAME);

  private EdgeKeys() {}

  static List<Key> table() {
    KeyTable t = new KeyTable();
    for (String bus : List.of("modbus", "dnp3")) {
      t.section("sidecars." + bus, ROOT)
          .bool("enable", false, "Serve the " + bus + " adapters.")
          .text("mount_at", Form.PATH, 2, 96, "/bus", "Folder of the adapters.")
          .tables("adapters", 16, "One " + bus + " adapter each.")
          .needText("adapters[].id", Form.NAME, 1, 32, "The adapter's id.")
          .needText("adapters[].mount", Form.NAME, 1, 32, "Its folder below mount_at.")
          .needText("adapters[].scope", Form.NAME, 1, 64, "Subject that a worker-bus ticket must carry.")
          .choice("adapters[].link", List.of("serial", "tcp"), "serial", "Kind of the link.")
          .num("adapters[].baud", 300, 4000000, 19200, "Speed of a serial link.")
          .num("adapters[].spool.max_entries", 1, 1024, 32, "Frames spooled while the link is down.")
          .num("adapters[].spool.max_bytes", 64, 1048576, 4096, "Bytes spooled while the link is down.");
    }
    t.section("sidecars.lora", ROOT)
        .bool("enable", false, "Serve the LoRa adapters.")
        .text("mount_at", Form.PATH, 2, 96, "/lora", "Folder of the adapters.")
        .tables("adapters", 16, "One LoRa adapter each.")
        .needText("adapters[].id", Form.NAME, 1, 32, "The adapter's id.")
        .needText("adapters[].mount", Form.NAME, 1, 32, "Its folder below mount_at.")
        .needText("adapters[].scope", Form.NAME, 1, 64, "Subject that a worker-lora ticket must carry.")
        .needText("adapters[].region", Form.NAME, 1, 16, "Radio region, for example EU868.")
        .num("adapters[].duty_cycle_percent", 1, 100, 1, "Share of window_ms that may be sent.")
        .num("adapters[].window_ms", 1000, 86400000, 60000, "Window of the duty cycle.")
        .num("adapters[].max_payload_bytes", 1, 255, 51, "Longest payload.")
        .num("adapters[].tamper_log_max_entries", 1, 1024, 32, "Violations that are kept.");
    t.section("ecosystem.host", ROOT)
        .bool("enable", false, "Serve /host.")
        .texts("providers", new Type.Choice(PROVIDERS, List.of()), 0, 6, List.of(), "Providers that are shown.")
        .text("mount_at", Form.PATH, 2, 96, "/host", "Folder of the providers.")
        .texts("units", NAME, 0, 64, List.of("cohesix-agent.service"), "systemd units known at boot.")
        .texts("nodes", NAME, 0, 64, List.of("node-1"), "k8s nodes known at boot.");
    t.section("ecosystem.audit", ROOT)
        .bool("enable", false, "Serve /audit.")
        .num("journal_max_bytes", 256, 1048576, 8192, "Bytes of the ring behind /audit/journal.")
        .num("decisions_max_bytes", 256, 1048576, 4096, "Bytes of the ring behind /audit/decisions.")
        .bool("replay_enable", false, "Serve /replay; needs the audit.")
        .num("replay_max_entries", 1, 4096, 64, "Entries that one replay covers.")
        .num("replay_ctl_max_bytes", 64, 8192, 1024, "Longest line of /replay/ctl.")
        .num("replay_status_max_bytes", 64, 8192, 1024, "Most bytes of /replay/status.");
    t.section("ecosystem.policy", ROOT)
        .bool("enable", false, "Serve /policy and /actions, and gate the targets of the rules.")
        .num("queue_max_entries", 1, 16384, 32, "Approvals that wait.")
        .num("queue_max_bytes", 16, 4194304, 4096, "Bytes of the waiting approvals.")
        .num("ctl_max_bytes", 64, 8192, 2048, "Bytes of /policy/ctl.")
        .num("status_max_bytes", 64, 8192, 512, "Bytes of an action's status.")
        .tables("rules", 64, "Targets whose writes need an approval.")
        .needText("rules[].id", Form.NAME, 1, 64, "The rule's id.")
        .needText("rules[].target", Form.PATH, 2, 96, "Path that is gated; * matches one component.");
    t.section("ecosystem.models", ROOT).bool("enable", false, "Serve /models.");
    t.section("ecosystem.tickets", ROOT)
        .bool("enable", false, "Serve /host/tickets.")
        .texts("actions", new Type.Choice(ACTIONS, List.of()), 0, ACTIONS.size(), ACTIONS, "Actions that are accepted.")
        .num("max_entries", 1, 4096, 64, "Host tickets that are open.")
        .num("max_line_bytes", 128, 4096, 512, "Longest host-ticket line.");
    t.section("hw", ROOT, IMAGE)
        .choice("uart", List.of("pl011", "miniuart"), "pl011", "The serial console's device.")
        .choice("rtc", List.of("pl031", "none"), "pl031", "The wall clock's device; unset on a board without one: none.")
        .bool("local_seat.enabled", false, "Serve a keyboard and a display as a second root console.")
        .bool("local_seat.required", false, "Halt before tickets are published when its keyboard or its display is missing.")
        .text("local_seat.keyboard", Form.TEXT, 0, 32, "", "Keyboard device: virtio, or empty.")
        .text("local_seat.display", Form.TEXT, 0, 32, "", "Display device: ramfb, or empty.")
        .bool("attestation.enabled", false, "Attest at boot.")
        .choice("attestation.kind", List.of("none", "tpm2", "dice"), "none", "Root of trust.")
        .choice("net.mode", List.of("off", "static", "dhcp"), "static", "How the address is found; unset on a board without a driver: off.")
        .choice("net.interface", List.of("wired", "wifi", "auto"), "wired", "Which interface is used.")
        .text("net.address", Form.IPV4, 7, 15, "10.0.2.15", "IPv4 address: in static mode, and when DHCP gives none.")
        .num("net.prefix", 1, 32, 24, "Prefix length of that address.")
        .text("net.gateway", Form.IPV4, 0, 15, "10.0.2.2", "Gateway beside that address; empty: none.")
        .num("net.dhcp.timeout_ms", 100, 60000, 4000, "Time that one DHCP exchange may take (ms).")
        .num("net.dhcp.retries", 0, 32, 5, "Exchanges before static values are used; 1 or more.");
    t.section("affinity", ROOT, IMAGE)
        .bool("enabled", false, "Pin tasks to cores.")
        .num("authority_core", 0, 63, 0, "Core of the authority.")
        .num("net_core", 0, 63, 0, "Core of the network.")
        .ints("worker_cores", 4, 0, 63, "Cores of worker tasks.");
    return t.keys();
  }
}
