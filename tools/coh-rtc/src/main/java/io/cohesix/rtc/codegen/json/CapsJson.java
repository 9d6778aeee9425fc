// The capability tables as JSON.
package io.cohesix.rtc.codegen.json;

import io.cohesix.rtc.caps.Badge;
import io.cohesix.rtc.caps.Cap;
import io.cohesix.rtc.caps.CapTable;
import io.cohesix.rtc.caps.KernelObject;
import io.cohesix.rtc.caps.Mapping;
import io.cohesix.rtc.caps.Rights;
import io.cohesix.rtc.caps.Task;
import io.cohesix.rtc.caps.TaskId;
import java.util.Map;
import java.util.TreeMap;

/** What {@code coh-rtc explain --caps --format json} prints. Badges are numbers; addresses too. */
public final class CapsJson {
  private CapsJson() {}

  /** The document's text. */
  public static String text(CapTable t) {
    return Json.print(Map.of(
        "tasks", t.present().stream().map(x -> task(t, x)).toList(),
        "objects", t.objects().stream().filter(o -> o.count() > 0).map(o -> object(t, o)).toList(),
        "interrupts", t.interrupts().stream().map(i -> Map.of("object", i.object(), "signals", i.badge().to().word() + ".wait",
            "badge", i.badge().bit(), "why", i.badge().why())).toList()));
  }

  private static Object task(CapTable t, Task x) {
    TreeMap<String, Object> out = new TreeMap<>(Map.of("name", x.word(), "trusted", x.trusted(), "role", x.role(),
        "priority", x.priority(), "cores", x.cores(), "instances", x.instances(),
        "capabilities", t.caps(x.id()).stream().map(c -> cap(t, c)).toList(),
        "mappings", t.maps(x.id()).stream().map(m -> mapping(t, m)).toList()));
    if (x.id() != TaskId.AUTHORITY) {
      out.put("radix", x.radix());
      out.put("fault_badge", x.faultBadge());
    }
    return out;
  }

  private static Object cap(CapTable t, Cap c) {
    Badge b = c.badge();
    long badge = c.rights() == Rights.FAULT ? t.task(c.task()).faultBadge() : b == null ? 0 : b.bit();
    TreeMap<String, Object> out = new TreeMap<>(Map.of("name", c.name(), "object", c.object(),
        "kind", t.object(c.object()).kind().word(), "rights", c.rights().word(), "badge", badge, "why", c.why()));
    if (c.task() != TaskId.AUTHORITY) {
      out.put("slot", c.slot());
    }
    return out;
  }

  private static Object mapping(CapTable t, Mapping m) {
    KernelObject o = t.object(m.object());
    return Map.of("object", m.object(), "vaddr", m.vaddr(), "pages", o.count(), "page_bytes", 1L << o.pageBits(),
        "rights", m.rights().word(), "executable", m.executable(), "memory", o.kind().word(), "why", m.why());
  }

  private static Object object(CapTable t, KernelObject o) {
    return Map.of("name", o.name(), "kind", o.kind().word(), "made_with", o.home().word(), "pages", o.pageBits() == 0 ? 0 : o.count(),
        "bytes", o.bytes(), "shared", o.shared(), "mapped_in", t.users(o).stream().map(TaskId::word).toList(), "holds", o.holds());
  }
}
