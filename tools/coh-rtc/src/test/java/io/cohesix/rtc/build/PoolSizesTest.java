// The capacity comparison agrees with an object of the right sizes and refuses one that is off.
package io.cohesix.rtc.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.rtc.Project;
import io.cohesix.rtc.capacity.Pool;
import io.cohesix.rtc.capacity.PoolTable;
import io.cohesix.rtc.manifest.Manifest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PoolSizesTest {
  @TempDir Path folder = Path.of("");

  @Test
  void anObjectWithTheReportedSizesAgrees() throws Exception {
    assertEquals(List.of(), off(""));
  }

  @Test
  void aPoolThatIsTwoPercentLargerIsOff() throws Exception {
    assertEquals(List.of("sessions"), off("sessions"));
  }

  @Test
  void aPoolThatTheReportDoesNotKnowIsOff() throws Exception {
    Manifest m = new Project(folder, "family.toml").validate().manifest();
    Map<String, Long> sizes = Map.of("coh_pool_extra", 10L);
    List<PoolSizes.Row> rows = PoolSizes.compare(m, new PoolSizes.Sizes(sizes, Map.of()));
    assertTrue(rows.stream().anyMatch(r -> r.name().equals("extra") && !r.ok()));
    assertTrue(rows.stream().filter(r -> r.name().equals("log")).noneMatch(PoolSizes.Row::ok), "missing symbols are off, too");
  }

  @Test
  void otherStaticDataMayNotOutgrowItsBound() throws Exception {
    assertEquals(List.of("platform"), off("platform"));
  }

  @Test
  void programsOfTasksTogetherMakeTheReportAndTheirBoundsHold() throws Exception {
    Manifest m = new Project(folder, "family.toml").validate().manifest();
    for (String task : List.of("", "netd_data", "netd_text", "nicd_data", "nicd_text", "worker_text", "net_headers")) {
      assertEquals(task.isEmpty() ? List.of() : List.of(task), offTogether(m, task), task);
    }
  }

  @Test
  void aProgramThatIsNotGivenIsSkippedAndSaysSoButItsPoolsAreOff() throws Exception {
    Manifest m = new Project(folder, "family.toml").validate().manifest();
    List<PoolSizes.Row> rows = PoolSizes.compare(m, new PoolSizes.Sizes(Map.of(), Map.of("nicd", new PoolSizes.Program(100, 100))));
    Map<String, PoolSizes.Row> byName = new TreeMap<>();
    rows.forEach(r -> byName.put(r.name(), r));
    assertEquals("netd.elf", row(byName, "netd_data").missing());
    assertTrue(row(byName, "netd_data").ok());
    assertFalse(row(byName, "net_pcbs").ok());
    assertEquals("", row(byName, "nicd_data").missing());
    assertEquals(100, row(byName, "nicd_text").compiled());
  }

  private static PoolSizes.Row row(Map<String, PoolSizes.Row> rows, String name) {
    PoolSizes.Row r = rows.get(name);
    if (r == null) {
      throw new IllegalArgumentException(name);
    }
    return r;
  }

  /** Links a program a task and one object of the rest; one row is too large. Returns the names that are off. */
  private List<String> offTogether(Manifest m, String wrong) throws Exception {
    Map<String, StringBuilder> programs = new TreeMap<>();
    List<Path> objects = new ArrayList<>();
    for (Pool p : PoolTable.pools()) {
      if (p.symbol().equals(Pool.LEVEL) || p.bytes(m) == 0) {
        continue;
      }
      boolean own = (p.bound() && !p.owner().equals(Pool.AUTHORITY)) || p.name().startsWith("net_");
      StringBuilder c = programs.computeIfAbsent(own ? p.owner() : "rest", k -> new StringBuilder());
      int percent = p.bound() ? 50 : 100;
      if (p.name().equals(wrong)) {
        percent = 102;
      }
      long bytes = p.bytes(m) * percent / 100;
      if (p.bytes(m) == 0) {
        continue; // of a task that the manifest leaves out
      }
      String symbol = p.bound() ? "own_" + p.name() : p.symbol();
      c.append(p.symbol().equals(Pool.TEXT) ? "const " : "").append("char ").append(symbol).append('[').append(bytes).append("] = {")
          .append(p.symbol().equals(Pool.TEXT) ? "1" : "0").append("};\n");
    }
    for (Map.Entry<String, StringBuilder> e : programs.entrySet()) {
      Path source = folder.resolve(e.getKey() + ".c");
      Path object = folder.resolve(e.getKey() + ".elf");
      Files.writeString(source, e.getValue());
      assertEquals(0, new ProcessBuilder("aarch64-linux-gnu-gcc", "-nostdlib", "-static", "-Wl,-e,0", "-Wl,--build-id=none",
          "-Wl,-Tbss=0x40000000", "-Wl,--defsym=task_data=0x40000000", source.toString(), "-o", object.toString()).inheritIO().start().waitFor());
      objects.add(object);
    }
    return PoolSizes.compare(m, PoolSizes.read("aarch64-linux-gnu-nm", objects)).stream()
        .filter(r -> !r.ok()).map(PoolSizes.Row::name).toList();
  }

  /** Compiles an object with one array a pool, one of them 2 % too large; returns the names that are off. */
  private List<String> off(String wrong) throws Exception {
    Manifest m = new Project(folder, "family.toml").validate().manifest();
    StringBuilder c = new StringBuilder();
    for (Pool p : PoolTable.pools()) {
      if (p.symbol().equals(Pool.LEVEL)) {
        assertEquals(0, p.bytes(m), p.name());
        continue;
      }
      if (p.bound() && !p.owner().equals(Pool.AUTHORITY)) {
        continue; // in other programs
      }
      long bytes = p.bytes(m) * (p.name().equals(wrong) ? 102 : 100) / 100;
      String symbol = p.symbol().equals(Pool.REST) ? "something" : p.symbol();
      c.append("char ").append(symbol).append('[').append(bytes).append("];\n");
    }
    Path source = folder.resolve("pool_sizes.c");
    Path object = folder.resolve("pool_sizes.o");
    Files.writeString(source, c);
    assertEquals(0, new ProcessBuilder("cc", "-c", source.toString(), "-o", object.toString()).inheritIO().start().waitFor());
    return PoolSizes.compare(m, PoolSizes.read("nm", List.of(object))).stream()
        .filter(r -> !r.ok()).map(PoolSizes.Row::name).toList();
  }
}
