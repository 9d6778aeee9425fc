// Compares the capacity report with the sizes that the C compiler really made.
package io.cohesix.rtc.build;

import io.cohesix.rtc.capacity.Pool;
import io.cohesix.rtc.capacity.PoolTable;
import io.cohesix.rtc.image.Elf;
import io.cohesix.rtc.image.ImageException;
import io.cohesix.rtc.manifest.Manifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Sizes of symbols against the pool table, over all programs together. {@code coh_pool_<name>} are the pools themselves or
 * symbols that the C code gives its types' sizes; the rootserver's stack is what lies between the linker script's marks; all
 * else of the rootserver counts as platform data. The programs of isolated tasks are told by their files' names
 * ({@code netd.elf}): what their load segments hold beside pools is bounded by their own rows.
 */
public final class PoolSizes {
  private static final Pattern SIZED = Pattern.compile("([0-9a-fA-F]+) ([0-9a-fA-F]+) ([A-Za-z]) (\\S+)");
  private static final Pattern PLAIN = Pattern.compile("([0-9a-fA-F]+) [A-Za-z] (coh_stack_guard|coh_stack_top)");
  private static final Pattern TASK = Pattern.compile("(nicd|netd|seatd|worker)\\.elf");
  private static final String POOL = "coh_pool_";
  private static final String DATA = "bBdDC";
  private static final long GUARD_BYTES = 4096;

  private PoolSizes() {}

  /**
   * One pool.
   *
   * @param reported bytes in the report
   * @param compiled bytes in the objects; −1 when they have no such symbol
   * @param bound whether the report is an upper bound
   * @param missing the program that would have it and was not given; empty: none is missing
   */
  public record Row(String name, long reported, long compiled, boolean bound, String missing) {
    /** True when both exist and differ by at most 1 %, or the bound holds, or there is nothing to compare with. */
    public boolean ok() {
      if (!missing.isEmpty()) {
        return true;
      }
      return reported > 0 && compiled > 0 && (bound ? compiled <= reported : Math.abs(compiled - reported) * 100 <= reported);
    }
  }

  /**
   * What was compiled.
   *
   * @param symbols sizes of static data by symbol: the rootserver's, and pools of all programs
   * @param tasks of each isolated task that was given: bytes of text, and of data that is in no pool
   */
  public record Sizes(Map<String, Long> symbols, Map<String, Program> tasks) {}

  /** Bytes of a task's program. */
  public record Program(long text, long data) {}

  /** Sizes of static data by symbol over all objects, as {@code nm -S} tells them, and of tasks' segments. */
  public static Sizes read(String nm, List<Path> objects) throws IOException, InterruptedException {
    Map<String, Long> symbols = new TreeMap<>();
    Map<String, Program> tasks = new TreeMap<>();
    for (Path object : objects) {
      Process p = new ProcessBuilder(nm, "-S", object.toString())
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
      String text = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (p.waitFor() != 0) {
        throw new IOException(nm + " can't read " + object + "; build it first");
      }
      Matcher task = TASK.matcher(String.valueOf(object.getFileName()));
      if (task.matches()) {
        tasks.put(task.group(1), program(object, text, symbols));
      } else {
        symbols.putAll(parse(text));
      }
    }
    return new Sizes(symbols, tasks);
  }

  /** A task's program; its pools go to the others. Its data begin with its stack, which is in no segment. */
  private static Program program(Path object, String nm, Map<String, Long> symbols) throws IOException {
    long pools = 0;
    long start = 0;
    for (String line : nm.lines().toList()) {
      if (line.endsWith(" A task_data")) {
        start = Long.parseLong(line.substring(0, line.indexOf(' ')), 16);
      }
      Matcher sized = SIZED.matcher(line.strip());
      if (sized.matches() && sized.group(4).startsWith(POOL)) {
        long size = Long.parseLong(sized.group(2), 16);
        symbols.put(sized.group(4), size);
        pools += DATA.contains(sized.group(3)) ? size : 0;
      }
    }
    long text = 0;
    long end = 0;
    try {
      for (Elf.Segment s : Elf.read(object.toString(), Files.readAllBytes(object)).segments()) {
        text += s.writable() ? 0 : s.memSize();
        if (s.writable()) {
          end = Math.max(end, s.virt() + s.memSize());
        }
      }
    } catch (ImageException e) {
      throw new IOException(e.getMessage(), e);
    }
    return new Program(text, end == 0 ? 0 : end - start - pools);
  }

  /** Parses {@code nm -S} output: sized symbols of data and bss, and the stack between its two marks. */
  static Map<String, Long> parse(String text) {
    Map<String, Long> out = new TreeMap<>();
    Map<String, Long> marks = new TreeMap<>();
    for (String line : text.lines().toList()) {
      Matcher sized = SIZED.matcher(line.strip());
      Matcher plain = PLAIN.matcher(line.strip());
      if (sized.matches() && (DATA.contains(sized.group(3)) || sized.group(4).startsWith(POOL))) {
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

  /** A row a pool that is in the report or in the objects, then bounds, then the sum of what is no bound. */
  public static List<Row> compare(Manifest m, Sizes sizes) {
    List<Row> out = new ArrayList<>();
    Map<String, Long> rest = new TreeMap<>(sizes.symbols());
    long reported = 0;
    long compiled = 0;
    for (Pool p : PoolTable.pools()) {
      if (!p.bound() && !p.symbol().equals(Pool.LEVEL)) {
        Long size = rest.remove(p.symbol());
        out.add(new Row(p.name(), p.bytes(m), size == null ? -1 : size, false, ""));
        reported += p.bytes(m);
        compiled += size == null ? 0 : size;
      }
    }
    long others = 0;
    for (Map.Entry<String, Long> e : rest.entrySet()) {
      if (e.getKey().startsWith(POOL)) {
        out.add(new Row(e.getKey().substring(POOL.length()), 0, e.getValue(), false, ""));
      } else {
        others += e.getValue();
      }
    }
    for (Pool p : PoolTable.pools()) {
      if (p.bound() && p.bytes(m) > 0) { // else the manifest leaves that task out
        out.add(bound(p, p.bytes(m), others, sizes.tasks().get(p.owner())));
      }
    }
    out.add(new Row("sum", reported, compiled, false, ""));
    return out;
  }

  private static Row bound(Pool p, long reported, long others, @Nullable Program program) {
    if (p.owner().equals(Pool.AUTHORITY)) {
      return new Row(p.name(), reported, others, true, "");
    }
    if (program == null) {
      return new Row(p.name(), reported, -1, true, p.owner() + ".elf");
    }
    return new Row(p.name(), reported, p.symbol().equals(Pool.TEXT) ? program.text() : program.data(), true, "");
  }
}
