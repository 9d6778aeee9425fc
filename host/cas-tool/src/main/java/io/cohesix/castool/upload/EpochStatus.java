// What a hive says about an epoch.
package io.cohesix.castool.upload;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The content of {@code /updates/<epoch>/status}.
 *
 * @param epoch the epoch
 * @param state how far it is
 * @param manifestBytes bytes of its manifest that are there
 * @param manifestComplete whether that is all of it
 * @param chunks chunks that are there
 * @param total chunks that the manifest names
 * @param payloadBytes bytes of the payload
 * @param quarantined how often something was dropped
 * @param missing ranges of chunks that are not there, at most as many as the hive shows at a time
 */
public record EpochStatus(
    String epoch,
    State state,
    long manifestBytes,
    boolean manifestComplete,
    long chunks,
    long total,
    long payloadBytes,
    long quarantined,
    List<Range> missing) {

  /** How far an epoch is. */
  public enum State {
    /** Parts are missing. */
    RECEIVING,
    /** All is there and right. */
    READY,
    /** It was there and wrong, and was dropped. */
    QUARANTINED
  }

  /**
   * Indices of chunks.
   *
   * @param first the first
   * @param last the last, inclusive
   */
  public record Range(int first, int last) {}

  /** Reads the node's text. What else its lines say is left alone: a newer hive may know more. */
  public static EpochStatus parse(String path, String text) throws UploadException {
    String[] lines = text.split("\n", -1);
    Map<String, String> fields = new HashMap<>();
    for (String field : lines[0].split(" ", -1)) {
      int equals = field.indexOf('=');
      if (equals > 0) {
        fields.put(field.substring(0, equals), field.substring(equals + 1));
      }
    }
    State state =
        switch (fields.getOrDefault("state", "")) {
          case "receiving" -> State.RECEIVING;
          case "ready" -> State.READY;
          case "quarantined" -> State.QUARANTINED;
          default -> throw unknown(path, lines[0]);
        };
    long total = number(path, lines[0], fields, "total");
    return new EpochStatus(
        fields.getOrDefault("epoch", ""),
        state,
        number(path, lines[0], fields, "manifest_bytes"),
        "complete".equals(fields.get("manifest")),
        number(path, lines[0], fields, "chunks"),
        total,
        number(path, lines[0], fields, "payload_bytes"),
        number(path, lines[0], fields, "quarantined"),
        ranges(path, lines, total));
  }

  private static List<Range> ranges(String path, String[] lines, long total) throws UploadException {
    List<Range> missing = new ArrayList<>();
    for (String line : lines) {
      if (!line.startsWith("missing=")) {
        continue;
      }
      String[] ends = line.substring(8).split("-", -1);
      if (ends.length != 2 || !ends[0].matches("[0-9]{1,9}") || !ends[1].matches("[0-9]{1,9}")) {
        throw unknown(path, line);
      }
      Range range = new Range(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
      if (range.first > range.last || range.last >= total) {
        throw unknown(path, line);
      }
      missing.add(range);
    }
    return missing;
  }

  private static long number(String path, String line, Map<String, String> fields, String name) throws UploadException {
    String value = fields.getOrDefault(name, "");
    if (!value.matches("[0-9]{1,18}")) {
      throw unknown(path, line);
    }
    return Long.parseLong(value);
  }

  private static UploadException unknown(String path, String line) {
    return UploadException.refused(path + " says '" + line + "', which this program does not understand: use the one that came with the hive");
  }
}
