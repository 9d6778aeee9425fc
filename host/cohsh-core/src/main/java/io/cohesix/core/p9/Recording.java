// Tells a tap the console lines that a command over 9P stands for, so that a trace replays on either transport.
package io.cohesix.core.p9;

import io.cohesix.core.Outcome;
import io.cohesix.core.console.LinkTap;
import io.cohesix.core.console.Lines;

final class Recording {
  private final LinkTap tap;

  Recording(LinkTap tap) {
    this.tap = tap;
  }

  void opened() {
    tap.opened();
  }

  void closed() {
    tap.closed();
  }

  void sent(String line) {
    tap.sent(line);
  }

  /** The answer to the line; returns it. */
  Outcome answered(String line, Outcome outcome) {
    if (outcome instanceof Outcome.Accepted accepted) {
      if (line.equals("PING")) {
        tap.received("PONG");
      }
      tap.received(accepted.ack().line());
      if (Lines.streams(line)) {
        accepted.lines().forEach(each -> tap.received(Lines.escape(each)));
        tap.received(Lines.END);
      }
    } else if (outcome instanceof Outcome.Refused refused) {
      tap.received(refused.ack().line());
    }
    return outcome;
  }
}
