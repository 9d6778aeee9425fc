// Compares the capacity report with the sizes that the C compiler really made.
package io.cohesix.rtc.build;

import io.cohesix.rtc.capacity.Pool;
import io.cohesix.rtc.capacity.PoolTable;
import io.cohesix.rtc.manifest.Manifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes of {@code coh_pool_<name>} symbols against the pool table. */
public final class PoolSizes {
  private static final Pattern SYMBOL =
      Pattern.compile("[0-9a-fA-F]+ ([0-9a-fA-F]+) [A-Za-z] coh_pool_([a-z0-9_]+)");

  private PoolSizes() {}

  /**
   * One pool.
   *
   * @param reported bytes in the report
   * @param compiled bytes in the object; −1 when it has no such symbol
   */
  public record Row(String name, long reported, long compiled) {
    /** True when both exist and differ by at most 1 %. */
    public boolean ok() {
      return reported > 0 && compiled > 0 && Math.abs(compiled - reported) * 100 <= reported;
    }
  }

  /** Symbol sizes of an object by pool name, as {@code nm -S} tells them. */
  public static Map<String, Long> read(String nm, Path object) throws IOException, InterruptedException {
    Process p = new ProcessBuilder(nm, "-S", object.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
    String text = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (p.waitFor() != 0) {
      throw new IOException(nm + " can't read " + object + "; build it first");
    }
    return parse(text);
  }

  /** Parses {@code nm -S} output. */
  static Map<String, Long> parse(String text) {
    Map<String, Long> out = new TreeMap<>();
    for (String line : text.lines().toList()) {
      Matcher m = SYMBOL.matcher(line.strip());
      if (m.matches()) {
        out.put(m.group(2), Long.parseLong(m.group(1), 16));
      }
    }
    return out;
  }

  /** A row a pool that is in the report or in the object, and the sum. */
  public static List<Row> compare(Manifest m, Map<String, Long> sizes) {
    List<Row> out = new ArrayList<>();
    Map<String, Long> rest = new TreeMap<>(sizes);
    long compiled = 0;
    for (Pool p : PoolTable.pools()) {
      Long size = rest.remove(p.name());
      out.add(new Row(p.name(), p.bytes(m), size == null ? -1 : size));
      compiled += size == null ? 0 : size;
    }
    for (Map.Entry<String, Long> e : rest.entrySet()) {
      out.add(new Row(e.getKey(), 0, e.getValue()));
      compiled += e.getValue();
    }
    out.add(new Row("sum", PoolTable.sum(m, ""), compiled));
    return out;
  }
}
