// Sends records to a device: asks for segments, which the hive names, and appends. Nothing that was sent is sent again.
package io.cohesix.core.telemetry;

import io.cohesix.core.Hive;
import io.cohesix.core.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Pushes into /queen/telemetry (spec/namespace.md). */
public final class Push {
  private static final Pattern DEVICE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,31}");
  private static final Pattern SEGMENT = Pattern.compile("seg-[0-9]{6,10}");

  /** The longest name that the hive gives a segment; paths are measured with it. */
  private static final String LONGEST_SEGMENT = "seg-000000";

  /**
   * How far a push came.
   *
   * @param segments names of the segments, in order
   * @param records records that the hive acknowledged
   * @param bytes their bytes, newlines included
   * @param stopped the hive's refusal, a lost connection, or null when all was pushed
   */
  public record Result(List<String> segments, int records, long bytes, @Nullable Outcome stopped) {
    /** Copies the list. */
    public Result {
      segments = List.copyOf(segments);
    }
  }

  private final Hive hive;
  private final String device;
  private final PushLimits limits;
  private final Consumer<String> progress;
  private final List<String> segments = new ArrayList<>();
  private int records;
  private long bytes;

  /**
   * To one device.
   *
   * @param progress told one line a time
   * @throws PushException when the device's name can't be one
   */
  public Push(Hive hive, String device, PushLimits limits, Consumer<String> progress) throws PushException {
    if (!DEVICE.matcher(device).matches()) {
      throw new PushException(
          "reason=policy detail=device", "'" + device + "' is no device: 1 to 32 letters, digits, '.', '_' or '-', the first a letter or digit");
    }
    this.hive = hive;
    this.device = device;
    this.limits = limits;
    this.progress = progress;
  }

  /** The longest record that reaches this device over this hive's transport. */
  public int recordBytes() {
    return Math.min(limits.recordBytes(), hive.maxPayload(segmentPath(LONGEST_SEGMENT)));
  }

  private String path(String node) {
    return "/queen/telemetry/" + device + "/" + node;
  }

  private String segmentPath(String segment) {
    return path("seg/" + segment);
  }

  /** Which records go into which segment; refused when a device can't hold them all. */
  private List<List<String>> plan(List<String> lines) throws PushException {
    List<List<String>> plan = new ArrayList<>();
    long left = 0;
    long total = 0;
    for (String line : lines) {
      int size = size(line);
      if (plan.isEmpty() || size > left) {
        plan.add(new ArrayList<>());
        left = limits.segmentBytes();
      }
      plan.get(plan.size() - 1).add(line);
      left -= size;
      total += size;
    }
    if (plan.size() > limits.segments() || total > limits.deviceBytes()) {
      throw new PushException(
          "reason=quota detail=too-big bytes=" + total + " limit=" + Math.min(limits.deviceBytes(), (long) limits.segments() * limits.segmentBytes()),
          "as " + lines.size() + " records it has " + total + " bytes in " + plan.size() + " segments; a device holds "
              + limits.deviceBytes() + " bytes in " + limits.segments() + ": push a reference to it with --ref");
    }
    return plan;
  }

  private static int size(String line) {
    return line.getBytes(StandardCharsets.UTF_8).length + 1;
  }

  /** Pushes lines of one type, in as many new segments as they need. */
  public Result run(String mime, List<String> lines) throws PushException {
    List<List<String>> plan = plan(lines);
    for (List<String> part : plan) {
      Outcome stopped = segment(mime, part, lines.size());
      if (stopped != null) {
        return new Result(segments, records, bytes, stopped);
      }
    }
    return new Result(segments, records, bytes, null);
  }

  private @Nullable Outcome segment(String mime, List<String> part, int all) {
    Outcome made = hive.echo(path("ctl"), Envelopes.newSegment(mime));
    if (!made.accepted()) {
      return made;
    }
    Outcome latest = hive.cat(path("latest"));
    if (!(latest instanceof Outcome.Accepted accepted)) {
      return latest;
    }
    String name = accepted.lines().isEmpty() ? "" : accepted.lines().get(0);
    if (!SEGMENT.matcher(name).matches()) {
      return new Outcome.Unreachable("the hive says that the newest segment of " + device + " is '" + name + "', which is no segment's name");
    }
    segments.add(name);
    for (String line : part) {
      Outcome appended = hive.echo(segmentPath(name), line);
      if (!appended.accepted()) {
        return appended;
      }
      records++;
      bytes += size(line);
      progress.accept("%s %s: %d of %d records".formatted(device, name, records, all));
    }
    return null;
  }
}
