// The one masking table (spec/console.md): what is hidden before two platforms' transcripts are compared. Nowhere else.
package io.cohesix.core.script;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Masks times, kernel identity and platform facts. */
public final class Masking {
  private static final String MASK = "*";

  /** Times and delays, as key=value or as JSON. */
  private static final Pattern TIMES =
      Pattern.compile("\\b((?:[a-z0-9]+_)?(?:ts_ms|since_ms|last_seen_ms|delay_ms|p50_ms|p95_ms|expires_ms|opened_ms|closes_ms))( = |=|\":)[0-9]+");

  /** What /proc/boot says about the kernel, the board and what was measured; values end at a space, a joining bar or the line. */
  private static final Pattern KERNEL =
      Pattern.compile("(?:(?<=^)|(?<=[ |=]))((?:kernel|backend|timer|rtc)(?:[._][a-z0-9_.]+)?|attestation[.][a-z]+)=[^ |]*");

  /** The time that a log line begins with. */
  private static final Pattern LOG_TIME = Pattern.compile("^[0-9]+ ");

  /** How far a worker had come when somebody ended it: a time, too, in heartbeats. */
  private static final Pattern KILLED = Pattern.compile("( reason=killed tick=)[0-9]+");

  private static final Pattern DATA = Pattern.compile(" data=.*$", Pattern.DOTALL);

  private Masking() {}

  /** An acknowledgement line of a command. */
  public static String ack(String command, String ack) {
    String verb = verb(command);
    if (platformFact(verb)) {
      return MASK + " " + verb;
    }
    String masked = plain(ack);
    // How many log lines fit a summary depends on how many digits their times have.
    return timedLog(command) ? DATA.matcher(masked).replaceFirst(" data=" + MASK) : masked;
  }

  /** The content lines of a command. */
  public static List<String> content(String command, List<String> lines) {
    if (platformFact(verb(command))) {
      return List.of();
    }
    boolean log = timedLog(command);
    List<String> masked = new ArrayList<>(lines.size());
    for (String line : lines) {
      String text = plain(line);
      masked.add(log ? KILLED.matcher(LOG_TIME.matcher(text).replaceFirst(MASK + " ")).replaceAll("$1" + MASK) : text);
    }
    return masked;
  }

  private static String plain(String line) {
    return KERNEL.matcher(TIMES.matcher(line).replaceAll("$1$2" + MASK)).replaceAll("$1=" + MASK);
  }

  private static String verb(String command) {
    String text = command.strip();
    int end = 0;
    while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
      end++;
    }
    return text.substring(0, end).toUpperCase(Locale.ROOT);
  }

  private static boolean platformFact(String verb) {
    return switch (verb) {
      case "BI", "CAPS", "MEM", "SMP", "NETSTATS" -> true;
      default -> false;
    };
  }

  private static boolean timedLog(String command) {
    String verb = verb(command);
    return verb.equals("LOG")
        || verb.equals("CACHELOG")
        || ((verb.equals("CAT") || verb.equals("TAIL")) && command.contains("/log/"));
  }
}
