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

/**
 * Sizes of symbols against the pool table. {@code coh_pool_<name>} are the pools themselves or symbols that the C code gives
 * its types' sizes; the stack is what lies between the linker script's marks; all else counts as platform data.
 */
public final class PoolSizes {
  private static final Pattern SIZED = Pattern.compile("([0-9a-fA-F]+) ([0-9a-fA-F]+) ([A-Za-z]) (\\S+)");
  private static final Pattern PLAIN = Pattern.compile("([0-9a-fA-F]+) [A-Za-z] (coh_stack_guard|coh_stack_top)");
  private static final String POOL = "coh_pool_";
  private static final long GUARD_BYTES = 4096;

  private PoolSizes() {}

  /**
   * One pool.
   *
   * @param reported bytes in the report
   * @param compiled bytes in the objects; −1 when they have no such symbol
   * @param bound whether the report is an upper bound
   */
  public record Row(String name, long reported, long compiled, boolean bound) {
    /** True when both exist and differ by at most 1 %, or the bound holds. */
    public boolean ok() {
      return reported > 0 && compiled > 0
          && (bound ? compiled <= reported : Math.abs(compiled - reported) * 100 <= reported);
    }
  }

  /** Sizes of static data by symbol over all objects, as {@code nm -S} tells them. */
  public static Map<String, Long> read(String nm, List<Path> objects) throws IOException, InterruptedException {
    Map<String, Long> out = new TreeMap<>();
    for (Path object : objects) {
      Process p = new ProcessBuilder(nm, "-S", object.toString())
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
      String text = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (p.waitFor() != 0) {
        throw new IOException(nm + " can't read " + object + "; build it first");
      }
      out.putAll(parse(text));
    }
    return out;
  }

  /** Parses {@code nm -S} output: sized symbols of data and bss, and the stack between its two marks. */
  static Map<String, Long> parse(String text) {
    Map<String, Long> out = new TreeMap<>();
    Map<String, Long> marks = new TreeMap<>();
    for (String line : text.lines().toList()) {
      Matcher sized = SIZED.matcher(line.strip());
      Matcher plain = PLAIN.matcher(line.strip());
      if (sized.matches() && ("bBdDC".contains(sized.group(3)) || sized.group(4).startsWith(POOL))) {
        out.merge(sized.group(4), Long.parseLong(sized.group(2), 16), Long::sum);
      } else if (plain.matches()) {
        marks.put(plain.group(2), Long.parseLong(plain.group(1), 16));
      }
    }
    Long guard = marks.get("coh_stack_guard");
    Long top = marks.get("coh_stack_top");
    if (guard != null && top != null) {
      out.put(POOL + "stack", top - guard - GUARD_BYTES);
    }
    return out;
  }

  /** A row a pool that has static data in the report or in the objects, and the sum. */
  public static List<Row> compare(Manifest m, Map<String, Long> sizes) {
    List<Row> out = new ArrayList<>();
    Map<String, Long> rest = new TreeMap<>(sizes);
    long compiled = 0;
    for (Pool p : PoolTable.pools()) {
      if (!p.symbol().equals(Pool.REST) && !p.symbol().equals(Pool.LEVEL)) {
        Long size = rest.remove(p.symbol());
        out.add(new Row(p.name(), p.bytes(m), size == null ? -1 : size, false));
        compiled += size == null ? 0 : size;
      }
    }
    long others = 0;
    for (Map.Entry<String, Long> e : rest.entrySet()) {
      if (e.getKey().startsWith(POOL)) {
        out.add(new Row(e.getKey().substring(POOL.length()), 0, e.getValue(), false));
      } else {
        others += e.getValue();
      }
    }
    for (Pool p : PoolTable.pools()) {
      if (p.symbol().equals(Pool.REST)) {
        out.add(new Row(p.name(), p.bytes(m), others, true));
      }
    }
    out.add(new Row("sum", PoolTable.sum(m, ""), compiled + others, false));
    return out;
  }
}
