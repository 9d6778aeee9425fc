// The const tables of manifest.{h,c}: tickets, mounts, transitions, rules, providers, adapters, scripts.
package io.cohesix.rtc.codegen.c;

import io.cohesix.rtc.codegen.Input;
import io.cohesix.rtc.manifest.Key;
import io.cohesix.rtc.manifest.Manifest;
import io.cohesix.rtc.manifest.Schema;
import io.cohesix.rtc.manifest.Sidecars;
import io.cohesix.rtc.manifest.Sink;
import io.cohesix.rtc.manifest.Type;
import io.cohesix.rtc.secrets.TicketKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Builds the tables from a manifest. */
final class CTables {
  /** The longest record of telemetry. */
  private static final long RECORD = 4096;

  private static final String ZERO_KEY = "00".repeat(32);

  private CTables() {}

  static List<CTable> of(Input in) {
    Manifest m = in.manifest();
    List<CTable> out = new ArrayList<>();
    out.add(tickets(in));
    out.add(mounts(m));
    out.add(transitions(m));
    out.add(tests(in));
    out.add(rules(m));
    out.add(sidecars(m));
    for (Key k : Schema.get().keys()) {
      if (k.inRow() || !k.sinks().contains(Sink.ROOT)) {
        continue;
      }
      if (k.type() instanceof Type.Texts) {
        out.add(new CTable(k.path(), "", "char *const", "coh_" + CText.lower(k.path()),
            m.texts(k.path()).stream().map(CText::quote).toList()));
      } else if (k.type() instanceof Type.Ints) {
        out.add(new CTable(k.path(), "", "uint8_t", "coh_" + CText.lower(k.path()),
            m.ints(k.path()).stream().map(n -> n + "u").toList()));
      }
    }
    return out;
  }

  private static CTable tickets(Input in) {
    List<String> rows = new ArrayList<>();
    for (TicketKey t : in.credentials().tickets()) {
      String key = in.embedded() && t.key() != null ? t.key() : ZERO_KEY;
      rows.add("{" + t.role() + ", " + CText.bytes(t.keyId()) + ",\n     " + CText.bytes(key) + "}");
    }
    return new CTable(
        "tickets: derived keys by role",
        """
        struct coh_ticket_key {
            uint8_t role; /* 0 queen, 1 worker-heartbeat, 2 worker-gpu, 3 worker-bus, 4 worker-lora */
            uint8_t key_id[8]; /* first bytes of BLAKE3(key) */
            uint8_t key[32]; /* BLAKE3(secret); zero when COH_KEYS_EMBEDDED is 0 */
        };""",
        "struct coh_ticket_key", "coh_ticket_keys", rows);
  }

  private static CTable mounts(Manifest m) {
    List<String> rows = new ArrayList<>();
    for (String row : m.rows("namespaces.mounts")) {
      rows.add("{" + CText.quote(m.text(row + ".service")) + ", "
          + CText.quote('/' + String.join("/", m.texts(row + ".target"))) + "}");
    }
    return new CTable("namespaces.mounts: services and where they are mounted at boot",
        """
        struct coh_mount {
            const char *service;
            const char *target; /* "/log" */
        };""",
        "struct coh_mount", "coh_mounts", rows);
  }

  private static CTable transitions(Manifest m) {
    List<String> rows = new ArrayList<>();
    for (String row : m.rows("lifecycle.auto_transitions")) {
      rows.add("{" + index("lifecycle.auto_transitions[].from", m.text(row + ".from")) + ", "
          + index("lifecycle.auto_transitions[].to", m.text(row + ".to")) + "}");
    }
    return new CTable("lifecycle.auto_transitions",
        """
        struct coh_transition {
            uint8_t from, to; /* BOOTING 0, DEGRADED 1, ONLINE 2, DRAINING 3, QUIESCED 4, OFFLINE 5 */
        };""",
        "struct coh_transition", "coh_auto_transitions", rows);
  }

  private static CTable tests(Input in) {
    List<String> rows = new ArrayList<>();
    for (Input.Script s : in.scripts()) {
      StringBuilder text = new StringBuilder();
      for (String line : s.text().split("(?<=\n)", -1)) {
        if (!line.isEmpty()) {
          text.append("\n     ").append(CText.quote(line));
        }
      }
      int size = s.text().getBytes(StandardCharsets.UTF_8).length;
      rows.add("{" + CText.quote(s.name()) + ',' + (size == 0 ? " \"\"" : text) + ",\n     " + size + "u}");
    }
    return new CTable("resources/proc_tests: the scripts below /proc/tests, by name",
        """
        struct coh_test_script {
            const char *name; /* "selftest_quick.coh" */
            const char *text;
            uint32_t size;
        };""",
        "struct coh_test_script", "coh_tests", rows);
  }

  private static CTable rules(Manifest m) {
    List<String> rows = new ArrayList<>();
    for (String row : m.rows("ecosystem.policy.rules")) {
      rows.add("{" + CText.quote(m.text(row + ".id")) + ", " + CText.quote(m.text(row + ".target")) + "}");
    }
    return new CTable("ecosystem.policy.rules: * matches one component",
        """
        struct coh_policy_rule {
            const char *id;
            const char *target;
        };""",
        "struct coh_policy_rule", "coh_policy_rules", rows);
  }

  private static CTable sidecars(Manifest m) {
    List<String> rows = new ArrayList<>();
    for (Sidecars.Adapter a : Sidecars.of(m)) {
      boolean lora = a.kind().equals("lora");
      List<String> numbers = lora
          ? List.of("tamper_log_max_entries", "duty_cycle_percent", "window_ms")
          : List.of("spool.max_entries", "spool.max_bytes");
      long payload = lora ? m.num(a.row() + ".max_payload_bytes") : Math.min(RECORD, m.num(a.row() + ".spool.max_bytes"));
      rows.add("{" + Sidecars.KINDS.indexOf(a.kind()) + ", " + (lora ? 4 : 3) + ", " + CText.quote(m.text(a.row() + ".id")) + ", "
          + CText.quote(a.label()) + ", " + CText.quote(m.text(a.row() + ".scope")) + ",\n     {"
          + Sidecars.rings(m, a).stream().map(n -> n + "u").collect(Collectors.joining(", ")) + "}, " + payload + "u, "
          + (lora ? "0u, 0u, " : "") + numbers.stream().map(n -> m.num(a.row() + '.' + n) + "u").collect(Collectors.joining(", "))
          + (lora ? "}" : ", 0u, 0u, 0u}"));
    }
    return new CTable("sidecars.*.adapters of what is enabled",
        """
        struct coh_sidecar {
            uint8_t kind; /* modbus 0, dnp3 1, lora 2 */
            uint8_t role; /* that may own it: worker-bus 3, worker-lora 4 */
            const char *id, *mount, *scope; /* mount: the folder's name, with a hash before it when it was taken */
            uint32_t ring_bytes[4]; /* ctl, telemetry; of a bus link, replay; of LoRa tamper */
            uint32_t max_payload_bytes; /* of a bus: what fits its spool and one record */
            uint32_t spool_max_entries, spool_max_bytes; /* of a bus */
            uint32_t tamper_log_max_entries, duty_cycle_percent, window_ms; /* of LoRa */
        };""",
        "struct coh_sidecar", "coh_sidecars", rows);
  }

  private static int index(String key, String value) {
    if (Schema.get().need(key).type() instanceof Type.Choice c) {
      return c.values().indexOf(value);
    }
    throw new IllegalArgumentException(key + " has no list of words");
  }
}
