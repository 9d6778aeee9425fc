// A capability ticket's content (spec/tickets.md).
package io.cohesix.core.ticket;

import io.cohesix.core.Role;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a ticket grants. Numbers are unsigned 64-bit.
 *
 * @param role whom it lets attach
 * @param ticks budget of scheduler quanta, or null
 * @param ops budget of namespace operations, or null
 * @param ttlS seconds from {@code issuedAtMs}, or null; 0 is always expired
 * @param subject whom it is for, or null
 * @param issuedAtMs Unix milliseconds; 0: the time to live runs from the first use
 * @param mount a mount that comes with it
 * @param scopes path prefixes that confine it; none = the role's whole view
 * @param quotas byte and cursor quotas, or null
 */
public record Ticket(
    Role role,
    @Nullable Long ticks,
    @Nullable Long ops,
    @Nullable Long ttlS,
    @Nullable String subject,
    long issuedAtMs,
    Mount mount,
    List<Scope> scopes,
    @Nullable Quotas quotas) {

  /** Copies the scopes. */
  public Ticket {
    scopes = List.copyOf(scopes);
  }

  /** A ticket for a role without any bound. */
  public static Ticket of(Role role, @Nullable String subject) {
    return new Ticket(role, null, null, null, subject, 0, Mount.NONE, List.of(), null);
  }

  /** Whether scopes, budgets or quotas count or refuse what a session does, beyond its role and time. */
  public boolean limited() {
    return !scopes.isEmpty() || ops != null || ticks != null || quotas != null;
  }

  /**
   * A mount.
   *
   * @param service its service; empty = none
   * @param at where; empty = none
   */
  public record Mount(String service, String at) {
    /** No mount. */
    public static final Mount NONE = new Mount("", "");
  }

  /** What a scope allows; the ordinal is of no meaning, see {@link #number}. */
  public enum Access {
    /** Reading. */
    READ(0),
    /** Writing. */
    WRITE(1),
    /** Both. */
    BOTH(2);

    private final int number;

    Access(int number) {
      this.number = number;
    }

    /** The number in the payload. */
    public int number() {
      return number;
    }
  }

  /**
   * A path prefix, component-wise.
   *
   * @param path the prefix
   * @param access what is allowed below it
   * @param ratePerS operations a second, unsigned 32-bit; 0 = no limit
   */
  public record Scope(String path, Access access, long ratePerS) {}

  /**
   * Quotas; 0 = no limit.
   *
   * @param bandwidthBytes bytes, unsigned 64-bit
   * @param cursorResumes unsigned 32-bit
   * @param cursorAdvances unsigned 32-bit
   */
  public record Quotas(long bandwidthBytes, long cursorResumes, long cursorAdvances) {}
}
