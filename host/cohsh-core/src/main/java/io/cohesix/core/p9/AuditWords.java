// The rest of a refusal: what an errno leaves out stands in the audit line that the hive wrote of it in /log/queen.log, which
// every role may read, but not every ticket (docs/DECISIONS.md).
package io.cohesix.core.p9;

import io.cohesix.core.p9.Answers.Words;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads refusals in the hive's log. */
public final class AuditWords {
  /** Far more than a refusal and what others log in the same instant. */
  private static final int LOOK_BYTES = 4096;

  private static final Pattern PATH = Pattern.compile(" path=(\\S+) ");

  private static final Pattern DELAY = Pattern.compile(" delay_ms=([0-9]{1,18})");

  private AuditWords() {}

  /** The newest refusal of this role with this reason. Nothing when the log can't be read or does not say. */
  static Words find(Files files, String log, String role, String reason) throws IOException {
    String text;
    try {
      text = new String(files.end(log, LOOK_BYTES), StandardCharsets.UTF_8);
    } catch (P9Error e) {
      return Words.NONE;
    }
    String[] lines = text.split("\n", -1);
    for (int i = lines.length - 1; i >= 0; i--) {
      if (lines[i].contains(" audit op=")
          && lines[i].contains(" role=" + role + " ")
          && (lines[i] + " ").contains(" result=" + reason + " ")) {
        return words(lines[i]);
      }
    }
    return Words.NONE;
  }

  /**
   * What the newest refusal of a role at a path says: {@code <detail>: <error>}, either alone, or nothing. A line may name the
   * path up to a name that is no more.
   *
   * @param log the end of the hive's log
   */
  public static String refusal(String log, String role, String path) {
    String[] lines = log.split("\n", -1);
    for (int i = lines.length - 1; i >= 0; i--) {
      String line = lines[i] + " ";
      if (line.contains(" audit op=")
          && line.contains(" role=" + role + " ")
          && isAt(line, path)
          && !line.contains(" result=ok ")) {
        Words words = words(lines[i]);
        String detail = words.detail() == null ? "" : words.detail();
        String error = words.error() == null ? "" : words.error();
        return detail.isEmpty() || error.isEmpty() ? detail + error : detail + ": " + error;
      }
    }
    return "";
  }

  private static boolean isAt(String line, String path) {
    Matcher named = PATH.matcher(line);
    if (!named.find()) {
      return false;
    }
    String at = named.group(1);
    return path.equals(at) || path.startsWith(at.endsWith("/") ? at : at + "/");
  }

  private static Words words(String line) {
    int error = line.indexOf(" error=");
    String head = error < 0 ? line : line.substring(0, error);
    Matcher delay = DELAY.matcher(head);
    return new Words(
        detail(head), error < 0 ? null : line.substring(error + 7), delay.find() ? Long.parseLong(delay.group(1)) : 0, null);
  }

  private static @Nullable String detail(String line) {
    Matcher detail = Pattern.compile(" detail=(\\S+)").matcher(line);
    return detail.find() ? detail.group(1) : null;
  }
}
