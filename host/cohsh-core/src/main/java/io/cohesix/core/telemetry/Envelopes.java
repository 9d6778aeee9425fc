// A text file as cohsh-telemetry-push/v1 records: the payloads in the order of seq are the file.
package io.cohesix.core.telemetry;

import io.cohesix.core.Json;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Makes envelopes. */
public final class Envelopes {
  /** What may be pushed, by its name's ending, and what it is. */
  private static final Map<String, String> MIME =
      Map.of(
          "txt", "text/plain",
          "log", "text/plain",
          "csv", "text/csv",
          "tsv", "text/tab-separated-values",
          "json", "application/json",
          "jsonl", "application/x-ndjson",
          "ndjson", "application/x-ndjson",
          "xml", "application/xml");

  private Envelopes() {}

  /** The type of a file by its name; empty when it is none that may be pushed. */
  public static Optional<String> mime(String name) {
    int dot = name.lastIndexOf('.');
    return Optional.ofNullable(MIME.get(dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT)));
  }

  /** The endings that may be pushed, sorted. */
  public static List<String> endings() {
    return MIME.keySet().stream().sorted().toList();
  }

  /** The control line that asks for a segment. */
  public static String newSegment(String mime) {
    return "{\"new\":\"segment\",\"mime\":" + Json.quote(mime) + "}";
  }

  /**
   * Cuts a file into records between characters.
   *
   * @param max bytes of the longest record
   * @throws PushException when the file is empty or no UTF-8 text, or max leaves no room for a character
   */
  public static List<String> of(byte[] content, String mime, int max) throws PushException {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      throw new PushException(
          "reason=policy detail=invalid-utf-8", "the file is no UTF-8 text; push a reference to it with --ref");
    }
    if (text.isEmpty()) {
      throw new PushException("reason=policy detail=empty-file", "the file is empty");
    }
    List<String> records = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      String head =
          "{\"schema\":\"cohsh-telemetry-push/v1\",\"seq\":" + (records.size() + 1) + ",\"mime\":" + Json.quote(mime) + ",\"payload\":";
      int room = max - head.length() - "\"\"}".length();
      int to = at;
      while (to < text.length()) {
        int next = text.offsetByCodePoints(to, 1);
        int bytes = quotedBytes(text.substring(to, next));
        if (bytes > room) {
          break;
        }
        room -= bytes;
        to = next;
      }
      if (to == at) {
        throw new PushException(
            "reason=quota detail=too-big", "a record has at most " + max + " bytes here, which holds no envelope: use --transport secure9p");
      }
      records.add(head + Json.quote(text.substring(at, to)) + "}");
      at = to;
    }
    return records;
  }

  private static int quotedBytes(String character) {
    return Json.quote(character).getBytes(StandardCharsets.UTF_8).length - 2;
  }
}
