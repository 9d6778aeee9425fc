// The capacity report as JSON.
package io.cohesix.rtc.codegen.json;

import io.cohesix.rtc.capacity.Pool;
import io.cohesix.rtc.capacity.PoolTable;
import io.cohesix.rtc.capacity.TaskMemory;
import io.cohesix.rtc.codegen.Input;
import io.cohesix.rtc.manifest.Manifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Builds out/manifests/capacity.json. */
public final class CapacityJson {
  private CapacityJson() {}

  /** The document's text. */
  public static String text(Input in) {
    Manifest m = in.manifest();
    List<Object> pools = new ArrayList<>();
    TreeMap<String, Object> groups = new TreeMap<>();
    for (Pool p : PoolTable.pools()) {
      pools.add(Map.of("name", p.name(), "group", p.group(), "owner", p.owner(), "holds", p.holds(), "formula", p.formula(),
          "count", p.count().applyAsLong(m), "elem_bytes", p.elem().applyAsLong(m), "bytes", p.bytes(m), "keys", p.keys()));
      groups.put(p.group(), PoolTable.sum(m, p.group()));
    }
    long budget = m.num("profile.ram_budget_bytes");
    long sum = PoolTable.sum(m, "");
    return Json.print(Map.of("manifest_sha256", in.sha256(), "pools", pools, "groups", groups, "sum_bytes", sum,
        "budget_bytes", budget, "free_bytes", budget - sum,
        "worker_tasks", Map.of("count", m.num("workers.max"), "elem_bytes", TaskMemory.WORKER_BYTES, "bytes", TaskMemory.workerBytes(m))));
  }
}
