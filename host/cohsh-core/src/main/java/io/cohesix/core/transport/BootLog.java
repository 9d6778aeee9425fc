// What the boot log says about the listener (spec/boot.md "Boot log").
package io.cohesix.core.transport;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Recognises boot log lines. */
final class BootLog {
  private static final Pattern LISTENING = Pattern.compile("net-console: listening port=([0-9]{1,5}) addr=\\S+");

  private BootLog() {}

  /** The port in the line {@code net-console: listening port=<p> addr=<a>}, else null. */
  static @Nullable Integer port(String line) {
    Matcher matcher = LISTENING.matcher(line);
    if (!matcher.find()) {
      return null;
    }
    int port = Integer.parseInt(matcher.group(1));
    return port >= 1 && port <= 65535 ? port : null;
  }
}
