// Acknowledgements and content lines exactly as a console writes them (spec/console.md, serve/reply.c, serve/stream.c of the
// root task), composed from what 9P answered. A test compares every one with a console's.
package io.cohesix.core.p9;

import io.cohesix.core.Ack;
import io.cohesix.core.Outcome;
import io.cohesix.core.console.ConsoleLimits;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Composes outcomes. Pure functions. */
final class Answers {
  /** Bytes of a byte stream in one {@code b64:} line: whole groups of three. */
  private static final int B64_BYTES = 186;

  private static final String B64 = "b64:";
  private static final int LINE = ConsoleLimits.CONSOLE_LINE_BYTES;

  /**
   * What an error number does not say.
   *
   * @param detail the word behind {@code detail=}, or null
   * @param error the text behind {@code error=}, or null
   * @param delayMs of EAGAIN; 0: unknown
   * @param oldest of ESTALE, decimal, or null
   */
  record Words(@Nullable String detail, @Nullable String error, long delayMs, @Nullable String oldest) {
    static final Words NONE = new Words(null, null, 0, null);

    static Words detail(String detail, String error) {
      return new Words(detail, error, 0, null);
    }
  }

  private Answers() {}

  static Outcome ok(String verb, String detail, List<String> lines) {
    String line = "OK " + verb;
    if (!detail.isEmpty()) {
      byte[] bytes = bytes(detail);
      line += " " + text(Arrays.copyOf(bytes, prefix(bytes, 0, bytes.length, LINE - bytes(line).length - 1)));
    }
    return new Outcome.Accepted(parsed(line), lines);
  }

  /** {@code ERR <VERB> reason=<reason>}. */
  static Outcome err(String verb, String reason) {
    return new Outcome.Refused(parsed("ERR " + verb + " reason=" + reason));
  }

  static Outcome parse(String detail) {
    return new Outcome.Refused(parsed("ERR PARSE reason=policy detail=" + detail));
  }

  /** The reason word of an error number. */
  static String reason(int errno) {
    return switch (errno) {
      case P9Error.EBUSY -> "busy";
      case P9Error.EDQUOT, P9Error.EMSGSIZE -> "quota";
      case P9Error.EBADF, P9Error.EHOSTDOWN -> "cut";
      case P9Error.EAGAIN -> "throttled";
      case P9Error.EACCES -> "denied";
      case P9Error.EOPNOTSUPP -> "unsupported";
      default -> "policy";
    };
  }

  /** A refusal; path empty: it names none. */
  static Outcome refused(String verb, int errno, String path, Words words) {
    String detail = words.detail();
    String error = words.error();
    switch (errno) {
      case P9Error.EPERM -> {
        detail = "denied";
        error = "EPERM";
      }
      case P9Error.ENOENT -> {
        detail = "invalid-path";
        error = "invalid path";
      }
      case P9Error.ENOTDIR -> {
        detail = "not-a-directory";
        error = "not a directory";
      }
      case P9Error.EDQUOT -> {
        detail = null;
        error = "ELIMIT";
      }
      case P9Error.EMSGSIZE -> {
        detail = "too-big";
        error = null;
      }
      case P9Error.ESTALE -> {
        detail = "stale-cursor";
        error = null;
      }
      case P9Error.EINVAL -> {
        detail = detail == null ? "invalid" : detail;
        error = error == null ? "invalid argument" : error;
      }
      default -> {}
    }
    StringBuilder line = new StringBuilder("ERR ").append(verb);
    field(line, "reason", reason(errno));
    if (errno == P9Error.EAGAIN && words.delayMs() > 0) {
      field(line, "delay_ms", String.valueOf(words.delayMs()));
    }
    field(line, "detail", detail);
    field(line, "oldest", words.oldest());
    field(line, "path", path.isEmpty() ? null : path);
    field(line, "error", error);
    return new Outcome.Refused(parsed(line.toString()));
  }

  /** key=value with a blank before it; a value that does not fit is cut on a UTF-8 boundary. */
  private static void field(StringBuilder line, String key, @Nullable String value) {
    int room = LINE - bytes(line.toString()).length;
    if (value == null || key.length() + 2 > room) {
      return;
    }
    byte[] all = bytes(value);
    line.append(' ').append(key).append('=');
    line.append(text(Arrays.copyOf(all, prefix(all, 0, all.length, room - key.length() - 2))));
  }

  /** The end of CAT's acknowledgement: as many of the last lines as fit, joined by bars. */
  static String summary(String path, byte[] content, boolean byteStream) {
    String head = "path=" + path + " data=";
    int room = LINE - "OK CAT ".length() - bytes(head).length;
    if (room <= 0) {
      return head;
    }
    return head + (byteStream ? byteSummary(content, room) : textSummary(content, room));
  }

  private static String byteSummary(byte[] content, int room) {
    int fit = Math.max(0, (room - B64.length()) / 4 * 3);
    int from = Math.max(0, content.length - fit);
    return B64 + Base64.getEncoder().encodeToString(Arrays.copyOfRange(content, from, content.length));
  }

  private static String textSummary(byte[] content, int room) {
    int end = content.length;
    if (end > 0 && content[end - 1] == '\n') {
      end--;
    }
    int start = end;
    int line = end;
    while (start > 0) {
      int prev = lineStart(content, start);
      if (end - prev > room) {
        break;
      }
      line = prev;
      start = prev > 0 ? prev - 1 : 0;
    }
    int to = end;
    if (line == end && end > 0) {
      // Not even the last line fits: its beginning does.
      line = lineStart(content, end);
      to = line + prefix(content, line, end, room);
    }
    byte[] kept = Arrays.copyOfRange(content, line, to);
    for (int i = 0; i < kept.length; i++) {
      kept[i] = kept[i] == '\n' ? (byte) '|' : kept[i];
    }
    return text(kept);
  }

  private static int lineStart(byte[] content, int end) {
    int at = end;
    while (at > 0 && content[at - 1] != '\n') {
      at--;
    }
    return at;
  }

  /** Content as the lines that a console's stream has, each cut where a frame would cut it. */
  static List<String> lines(byte[] content, boolean byteStream) {
    List<String> lines = new ArrayList<>();
    int at = 0;
    while (at < content.length) {
      if (byteStream) {
        int to = Math.min(at + B64_BYTES, content.length);
        lines.add(B64 + Base64.getEncoder().encodeToString(Arrays.copyOfRange(content, at, to)));
        at = to;
        continue;
      }
      int end = at;
      while (end < content.length && content[end] != '\n') {
        end++;
      }
      // The hive looks at as much of the line as tells whether it fits a frame.
      int seen = Math.min(end, at + LINE + 4);
      int used = piece(content, at, seen);
      lines.add(text(Arrays.copyOfRange(content, at, at + used)));
      at += used;
      if (at == end && seen == end && end < content.length) {
        at++;
      }
    }
    return lines;
  }

  private static int piece(byte[] content, int at, int end) {
    int room = LINE - (escaped(content, at, end) ? 1 : 0);
    int n = prefix(content, at, end, room);
    return n == 0 && end > at ? Math.min(end - at, room) : n;
  }

  private static boolean escaped(byte[] content, int at, int end) {
    String head = new String(content, at, Math.min(end - at, 5), StandardCharsets.ISO_8859_1);
    return end == at
        || head.startsWith("OK ")
        || head.startsWith("ERR ")
        || head.startsWith("PONG")
        || head.startsWith("\\")
        || (end - at == 3 && head.equals("END"));
  }

  /** The longest prefix of at most {@code max} bytes that ends between characters. */
  private static int prefix(byte[] bytes, int at, int end, int max) {
    int n = Math.min(Math.max(max, 0), end - at);
    while (n > 0 && at + n < end && (bytes[at + n] & 0xc0) == 0x80) {
      n--;
    }
    return n;
  }

  /** Whether a console shows the file as base64: the CBOR views, chunks of updates and parts of models, which may be bound. */
  static boolean byteStream(String path) {
    return path.toLowerCase(Locale.ROOT).endsWith(".cbor")
        || path.matches("/updates/[^/]+/chunks/[^/]+")
        || path.matches("/models/[0-9a-f]+/[^/]+")
        || path.matches(".*/(weights|schema|signature)");
  }

  /** What a payload of ECHO stands for: {@code b64:} is bytes for a byte stream, and text like any other for lines. Null: no base64. */
  static byte @Nullable [] payload(String path, String payload) {
    if (!payload.startsWith(B64) || !byteStream(path)) {
      return bytes(payload);
    }
    String digits = payload.substring(B64.length());
    try {
      return digits.length() % 4 == 0 ? Base64.getDecoder().decode(digits) : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** The newest n lines of a content. */
  static byte[] newest(byte[] content, long n) {
    int end = content.length;
    int at = end;
    for (long left = n; left > 0 && at > 0; left--) {
      at = lineStart(content, at - 1);
    }
    return Arrays.copyOfRange(content, at, end);
  }

  static byte[] join(List<byte[]> parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    parts.forEach(part -> all.write(part, 0, part.length));
    return all.toByteArray();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static Ack parsed(String line) {
    return Ack.parse(line).orElseGet(() -> new Ack(line.startsWith("OK"), "", Map.of(), line));
  }
}
