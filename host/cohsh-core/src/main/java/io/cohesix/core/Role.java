// The roles that a session or a ticket can have, with their numbers on the wire (spec/tickets.md).
package io.cohesix.core;

import java.util.Locale;
import java.util.Optional;

/** A session's role. */
public enum Role {
  /** Sees and controls everything. */
  QUEEN(0, "queen"),
  /** A heartbeat worker; {@code worker} is its alias. */
  WORKER_HEARTBEAT(1, "worker-heartbeat"),
  /** A worker with a GPU lease. */
  WORKER_GPU(2, "worker-gpu"),
  /** A worker on a field bus adapter. */
  WORKER_BUS(3, "worker-bus"),
  /** A worker on a LoRa adapter. */
  WORKER_LORA(4, "worker-lora");

  private final int number;
  private final String text;

  Role(int number, String text) {
    this.number = number;
    this.text = text;
  }

  /** The name as the console writes it. */
  public String text() {
    return text;
  }

  /** The number in a ticket's payload. */
  public int number() {
    return number;
  }

  /** Finds a role by its name or alias, in any case. */
  public static Optional<Role> parse(String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    if (wanted.equals("worker")) {
      return Optional.of(WORKER_HEARTBEAT);
    }
    for (Role role : values()) {
      if (role.text.equals(wanted)) {
        return Optional.of(role);
      }
    }
    return Optional.empty();
  }
}
