// What the manifest asks of a board that the board does not have, or that nothing here can drive.
package io.cohesix.rtc.validate;

import io.cohesix.rtc.hw.BoardTable;
import io.cohesix.rtc.manifest.Manifest;

final class HardwareLines extends Check {
  HardwareLines(Manifest manifest, Findings findings) {
    super(manifest, findings);
  }

  @Override
  void run() {
    if (!sound("profile.name")) {
      return;
    }
    BoardTable board = BoardTable.of(m);
    String profile = "profile " + m.text("profile.name") + " (" + board.words() + ")";
    uart(board, profile);
    rtc(board, profile);
    network(board, profile);
  }

  private void uart(BoardTable board, String profile) {
    if (sound("hw.uart") && !board.uarts().containsKey(m.text("hw.uart"))) {
      error("hw-uart", "hw.uart", "is \"" + m.text("hw.uart") + "\", must be "
          + BoardTable.choices(board.uarts().keySet()) + " on " + profile);
    }
  }

  private void rtc(BoardTable board, String profile) {
    if (!sound("hw.rtc") || m.text("hw.rtc").equals("none") || board.rtcs().containsKey(m.text("hw.rtc"))) {
      return;
    }
    String others = board.rtcs().isEmpty() ? "" : " or " + BoardTable.choices(board.rtcs().keySet());
    error("hw-rtc", "hw.rtc", "is \"" + m.text("hw.rtc") + "\", must be \"none\"" + others + " on " + profile
        + ", which has no such clock");
  }

  /** A board without a driver boots without a network, and says so; nothing is left to be found out there. */
  private void network(BoardTable board, String profile) {
    if (!sound("hw.net.mode", "hw.net.interface")) {
      return;
    }
    String mode = m.text("hw.net.mode");
    String face = m.text("hw.net.interface");
    if (board.interfaces().isEmpty() && !mode.equals("off")) {
      error("net-driver", "hw.net.mode", "is \"" + mode + "\", must be \"off\" on " + profile
          + ": there is no driver for its network yet; set hw.net.mode = \"off\", the serial console serves it");
    } else if (!mode.equals("off") && !board.interfaces().contains(face)) {
      error("net-interface", "hw.net.interface", "is \"" + face + "\", must be "
          + BoardTable.choices(board.interfaces()) + " on " + profile + ": there is no driver for that interface");
    }
  }
}
