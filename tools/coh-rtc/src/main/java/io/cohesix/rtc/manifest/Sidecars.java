// The adapters of all sidecars that are served, and the folder that each one gets.
package io.cohesix.rtc.manifest;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * Adapters in the order of their numbers: Modbus, DNP3, LoRa, each as the manifest lists them. A folder's name is the
 * adapter's {@code mount}; when something of that path is there already, hexadecimal digits of SHA-256(id) stand before it,
 * so that no adapter takes the name of another or of a folder of the hive.
 */
public final class Sidecars {
  /** The kinds, in this order. */
  public static final List<String> KINDS = List.of("modbus", "dnp3", "lora");

  private static final List<String> HOST = List.of("systemd", "k8s", "docker", "nvidia", "tickets");

  /** Bytes of a ring of orders or of replays, and of one of `online` and `offline`. */
  private static final long RING = 1024;

  private static final long LINK_RING = 256;

  /** The longest line of tamper, its newline, and what a ring keeps with it. */
  private static final long TAMPER_ENTRY = 88;

  /** Bytes of the hash that stand before a name that is taken; as many more as it takes. */
  private static final int PREFIX_BYTES = 4;

  /**
   * One adapter.
   *
   * @param kind modbus, dnp3 or lora
   * @param row its row's path in the manifest
   * @param label its folder's name below mount_at
   */
  public record Adapter(String kind, String row, String label) {}

  private Sidecars() {}

  /** The adapters of the kinds that are enabled. */
  public static List<Adapter> of(Manifest m) {
    Set<String> taken = folders(m);
    List<Adapter> out = new ArrayList<>();
    for (String kind : KINDS) {
      for (String row : rows(m, kind)) {
        String at = m.text("sidecars." + kind + ".mount_at") + '/';
        String label = m.text(row + ".mount");
        for (int n = PREFIX_BYTES; !taken.add(at + label); n += PREFIX_BYTES) {
          label = digest(m.text(row + ".id")).substring(0, 2 * n) + '-' + m.text(row + ".mount");
        }
        out.add(new Adapter(kind, row, label));
      }
    }
    return out;
  }

  /**
   * Bytes of an adapter's rings: ctl, telemetry; of a bus link and replay; of LoRa tamper. A ring keeps two bytes with each
   * record. Telemetry of a bus has room for a whole spool with its newlines; tamper for all its entries at their longest.
   */
  public static List<Long> rings(Manifest m, Adapter a) {
    long telemetry = m.num("telemetry.ring_bytes_per_worker");
    if (a.kind().equals("lora")) {
      return List.of(RING, telemetry, m.num(a.row() + ".tamper_log_max_entries") * TAMPER_ENTRY);
    }
    long spool = m.num(a.row() + ".spool.max_bytes") + 3 * m.num(a.row() + ".spool.max_entries");
    return List.of(RING, Math.max(telemetry, spool), LINK_RING, RING);
  }

  /** Bytes of all rings and spools; a spool keeps a newline with each entry. */
  public static long bytes(Manifest m) {
    long sum = 0;
    for (Adapter a : of(m)) {
      sum += rings(m, a).stream().mapToLong(Long::longValue).sum();
      if (!a.kind().equals("lora")) {
        sum += m.num(a.row() + ".spool.max_bytes") + m.num(a.row() + ".spool.max_entries");
      }
    }
    return sum;
  }

  private static List<String> rows(Manifest m, String kind) {
    return m.bool("sidecars." + kind + ".enable") ? m.rows("sidecars." + kind + ".adapters") : List.of();
  }

  /** Folders that adapters could run into: those of the sidecars, with their parents, and those of hosts. */
  private static Set<String> folders(Manifest m) {
    Set<String> out = new HashSet<>();
    for (String kind : KINDS) {
      if (m.bool("sidecars." + kind + ".enable")) {
        String at = m.text("sidecars." + kind + ".mount_at");
        for (int end = at.length(); end > 0; end = at.lastIndexOf('/', end - 1)) {
          out.add(at.substring(0, end));
        }
      }
    }
    if (m.bool("ecosystem.host.enable")) {
      HOST.forEach(name -> out.add(m.text("ecosystem.host.mount_at") + '/' + name));
    }
    return out;
  }

  private static String digest(String id) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
