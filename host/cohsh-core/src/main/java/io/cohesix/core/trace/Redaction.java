// Takes tokens and tickets out of what is recorded. A trace is for handing round, so it must not let anyone in.
package io.cohesix.core.trace;

import io.cohesix.core.ticket.Tickets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Redacts console lines; one object knows the secrets of one session. */
final class Redaction {
  /** What stands for a secret. */
  static final String MASK = "*";

  /** A shorter secret is no secret, and would be found in every other word. */
  private static final int SECRET_MIN = 6;

  private static final Pattern TICKET = Pattern.compile(Pattern.quote(Tickets.PREFIX) + "[0-9A-Fa-f]+(?:\\.[0-9A-Fa-f]*)?");

  private final List<String> secrets;

  /** For a session whose token and ticket these are. */
  Redaction(List<String> secrets) {
    this.secrets = secrets.stream().filter(secret -> secret.length() >= SECRET_MIN).toList();
  }

  /** A sent line without secrets; equal to the line when it holds none. */
  String line(String line) {
    String[] word = line.strip().split("\\s+", 3);
    return switch (word[0].toUpperCase(Locale.ROOT)) {
      case "AUTH" -> word.length == 1 ? line : "AUTH " + MASK;
      case "ATTACH" -> word.length < 3 ? content(line) : word[0] + " " + content(word[1]) + " " + MASK;
      default -> content(line);
    };
  }

  /** A received line without secrets. */
  String content(String line) {
    String text = TICKET.matcher(line).replaceAll(Tickets.PREFIX + MASK);
    for (String secret : secrets) {
      text = text.replace(secret, MASK);
    }
    return text;
  }
}
