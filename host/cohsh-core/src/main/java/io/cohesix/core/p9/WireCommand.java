// A console line taken apart as the hive takes it (wire/console.c), for a transport that has no lines. The limits of the
// console's frames are left out: longer paths and payloads are what Secure9P is for. Names keep theirs.
package io.cohesix.core.p9;

import io.cohesix.core.console.ConsoleLimits;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * A parsed line.
 *
 * @param verb as acknowledgements name it, upper case
 * @param argument path, role, worker or count; empty when the verb has none
 * @param rest payload or ticket; empty when there is none
 */
record WireCommand(String verb, String argument, String rest) {

  /** Why a line is refused by the grammar. */
  static final class ParseException extends Exception {
    private static final long serialVersionUID = 1L;

    ParseException(String detail) {
      super(detail, null, false, false);
    }
  }

  static WireCommand parse(String line) throws ParseException {
    if (line.chars().anyMatch(c -> c < 0x20 || (c >= 0x7f && c < 0xa0))) {
      throw new ParseException("control character");
    }
    int end = line.indexOf(' ');
    String verb = (end < 0 ? line : line.substring(0, end)).toUpperCase(Locale.ROOT);
    String rest = end < 0 ? "" : line.substring(end);
    return switch (verb) {
      case "LS", "CAT", "TAIL", "AUTH" -> only(verb, rest);
      case "KILL" -> bounded(only(verb, rest), ConsoleLimits.CONSOLE_WORKER_BYTES);
      case "ATTACH" -> bounded(attach(rest), ConsoleLimits.CONSOLE_ROLE_BYTES);
      case "ECHO" -> echo(rest);
      case "SPAWN" -> new WireCommand(verb, "", payload(rest));
      case "CACHELOG" -> count(rest);
      case "BI" -> none("BOOTINFO", rest);
      case "HELP", "PING", "LOG", "CAPS", "MEM", "SMP", "NETSTATS", "NETTEST", "TEST", "QUIT" -> none(verb, rest);
      default -> throw new ParseException("unknown verb");
    };
  }

  private static WireCommand bounded(WireCommand command, int max) throws ParseException {
    if (command.argument().getBytes(StandardCharsets.UTF_8).length > max) {
      throw new ParseException("argument payload exceeds allowed length");
    }
    return command;
  }

  private static String blanksOff(String text) {
    int i = 0;
    while (i < text.length() && text.charAt(i) == ' ') {
      i++;
    }
    return text.substring(i);
  }

  private static WireCommand none(String verb, String rest) throws ParseException {
    if (!blanksOff(rest).isEmpty()) {
      throw new ParseException("unexpected argument");
    }
    return new WireCommand(verb, "", "");
  }

  /** The first word, and the rest with the blank before it. */
  private static String[] word(String rest) throws ParseException {
    String text = blanksOff(rest);
    int end = text.indexOf(' ');
    String word = end < 0 ? text : text.substring(0, end);
    if (word.isEmpty()) {
      throw new ParseException("missing argument");
    }
    return new String[] {word, end < 0 ? "" : text.substring(end)};
  }

  private static WireCommand only(String verb, String rest) throws ParseException {
    String[] part = word(rest);
    none(verb, part[1]);
    return new WireCommand(verb, part[0], "");
  }

  private static WireCommand attach(String rest) throws ParseException {
    String[] role = word(rest);
    String after = blanksOff(role[1]);
    if (after.isEmpty()) {
      return new WireCommand("ATTACH", role[0], "");
    }
    String[] ticket = word(after);
    none("ATTACH", ticket[1]);
    return new WireCommand("ATTACH", role[0], ticket[0]);
  }

  private static WireCommand echo(String rest) throws ParseException {
    String[] path = word(rest);
    return new WireCommand("ECHO", path[0], payload(path[1]));
  }

  /** What follows one separator, blanks and all. */
  private static String payload(String rest) throws ParseException {
    if (rest.length() < 2) {
      throw new ParseException("missing argument");
    }
    return rest.substring(1);
  }

  private static WireCommand count(String rest) throws ParseException {
    String text = blanksOff(rest);
    if (text.isEmpty()) {
      return new WireCommand("CACHELOG", "0", "");
    }
    String[] word = word(text);
    Optional<Long> count =
        word[0].matches("[0-9]{1,10}") ? Optional.of(Long.parseLong(word[0])).filter(n -> n <= 0xffff_ffffL) : Optional.empty();
    if (count.isEmpty()) {
      throw new ParseException("invalid number");
    }
    none("CACHELOG", word[1]);
    return new WireCommand("CACHELOG", String.valueOf(count.get()), "");
  }
}
