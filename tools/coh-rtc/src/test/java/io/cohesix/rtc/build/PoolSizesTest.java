// The capacity comparison agrees with an object of the right sizes and refuses one that is off.
package io.cohesix.rtc.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.rtc.Project;
import io.cohesix.rtc.capacity.Pool;
import io.cohesix.rtc.capacity.PoolTable;
import io.cohesix.rtc.manifest.Manifest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
    List<PoolSizes.Row> rows = PoolSizes.compare(m, sizes);
    assertTrue(rows.stream().anyMatch(r -> r.name().equals("extra") && !r.ok()));
    assertTrue(rows.stream().filter(r -> r.name().equals("log")).noneMatch(PoolSizes.Row::ok), "missing symbols are off, too");
  }

  @Test
  void otherStaticDataMayNotOutgrowItsBound() throws Exception {
    assertEquals(List.of("platform"), off("platform"));
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
