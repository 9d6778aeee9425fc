// The lifecycle commands that make sense in a state (spec/control.md "Lifecycle"). The hive checks again.
package io.cohesix.core.shell;

import java.util.List;

/** The transition table as clients use it to refuse early. */
final class Lifecycle {
  /** The commands. */
  static final List<String> COMMANDS = List.of("cordon", "drain", "resume", "quiesce", "reset");

  private Lifecycle() {}

  static boolean allowed(String state, String command) {
    return switch (command) {
      case "cordon" -> state.equals("ONLINE") || state.equals("DEGRADED");
      case "drain" -> state.equals("DRAINING");
      case "quiesce" -> state.equals("ONLINE") || state.equals("DEGRADED") || state.equals("DRAINING");
      case "resume" -> !state.equals("ONLINE");
      case "reset" -> !state.equals("BOOTING");
      default -> false;
    };
  }
}
