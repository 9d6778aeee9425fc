// Makes and checks ticket texts: `cohesix-ticket-<payload hex>.<mac hex>`. Writer and reader of the payload stand side by
// side. Layout, little-endian:
//   u8 version=1 | u8 role | u8 flags | u64 ticks? | u64 ops? | u64 ttl_s? | str subject? | u64 issued_at_ms
//   | str mount.service | str mount.at | u8 n, n × (str path, u8 verb, u32 rate)? | u64 bandwidth, u32 resumes, u32 advances?
//   str = u16 length + UTF-8
package io.cohesix.core.ticket;

import io.cohesix.core.Role;
import io.cohesix.core.generated.Defaults;
import io.cohesix.core.ticket.Ticket.Access;
import io.cohesix.core.ticket.Ticket.Mount;
import io.cohesix.core.ticket.Ticket.Quotas;
import io.cohesix.core.ticket.Ticket.Scope;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Ticket texts (spec/tickets.md). */
public final class Tickets {
  /** What a text begins with. */
  public static final String PREFIX = "cohesix-ticket-";

  /** Longest text over Secure9P. */
  public static final int TICKET_TEXT_BYTES = 1024;

  /** Longest string in a payload. */
  public static final int TICKET_SUBJECT_BYTES = 255;

  /** Most scopes in the format; a manifest may allow fewer. */
  public static final int TICKET_SCOPES_MAX = 16;

  private static final int VERSION = 1;
  private static final int HAS_TICKS = 1;
  private static final int HAS_OPS = 2;
  private static final int HAS_TTL = 4;
  private static final int HAS_SUBJECT = 8;
  private static final int HAS_SCOPES = 16;
  private static final int HAS_QUOTAS = 32;
  private static final long U32_MAX = 0xffff_ffffL;

  /**
   * Bounds that a manifest sets.
   *
   * @param maxScopes scopes in a ticket
   * @param maxScopePathBytes bytes of a scope's path
   * @param maxScopeRatePerS a scope's rate; a rate of 0 (no limit) is always allowed
   */
  public record Limits(int maxScopes, int maxScopePathBytes, int maxScopeRatePerS) {
    /** Those of the manifest that this program was built with. */
    public static Limits defaults() {
      return new Limits(
          Defaults.TICKET_LIMITS_MAX_SCOPES,
          Defaults.TICKET_LIMITS_MAX_SCOPE_PATH_LEN,
          Defaults.TICKET_LIMITS_MAX_SCOPE_RATE_PER_S);
    }
  }

  private Tickets() {}

  /**
   * Makes a ticket.
   *
   * @param secret the role's secret bytes, at least one
   * @throws TicketException when a field is out of bounds or the text would be too long for any transport
   */
  public static String mint(Ticket ticket, byte[] secret, Limits limits) throws TicketException {
    requireSecret(secret);
    checkScopes(ticket, limits);
    byte[] payload = encode(ticket);
    byte[] mac = Blake3.keyedHash(Blake3.hash(secret), payload);
    HexFormat hex = HexFormat.of();
    String text = PREFIX + hex.formatHex(payload) + "." + hex.formatHex(mac);
    if (text.length() > TICKET_TEXT_BYTES) {
      throw new TicketException(
          "the ticket has " + text.length() + " characters, at most " + TICKET_TEXT_BYTES + " are allowed: use fewer scopes");
    }
    return text;
  }

  /**
   * Checks a ticket's format, bounds and MAC. Time and budgets are the hive's to judge.
   *
   * @throws TicketException when anything is wrong; nothing of the payload is believed before the MAC holds
   */
  public static Ticket verify(String text, byte[] secret, Limits limits) throws TicketException {
    requireSecret(secret);
    if (text.length() > TICKET_TEXT_BYTES) {
      throw new TicketException("the ticket has " + text.length() + " characters, at most " + TICKET_TEXT_BYTES);
    }
    int dot = text.indexOf('.');
    if (!text.startsWith(PREFIX) || dot < 0) {
      throw new TicketException("the text is no ticket: it must be " + PREFIX + "<payload hex>.<mac hex>");
    }
    byte[] payload = hex(text.substring(PREFIX.length(), dot), "payload");
    byte[] mac = hex(text.substring(dot + 1), "mac");
    if (mac.length != Blake3.BYTES) {
      throw new TicketException("the ticket's mac has " + mac.length + " bytes, it must have " + Blake3.BYTES);
    }
    if (!MessageDigest.isEqual(mac, Blake3.keyedHash(Blake3.hash(secret), payload))) {
      throw new TicketException("the ticket's mac does not match: wrong secret, or the ticket was changed");
    }
    Ticket ticket = decode(payload);
    checkScopes(ticket, limits);
    return ticket;
  }

  /**
   * What a text claims, of which nothing is checked but its form: for its holder, who has no secret. Empty: it is none.
   */
  public static Optional<Ticket> claims(String text) {
    int dot = text.indexOf('.');
    if (text.length() > TICKET_TEXT_BYTES || !text.startsWith(PREFIX) || dot < 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(decode(hex(text.substring(PREFIX.length(), dot), "payload")));
    } catch (TicketException e) {
      return Optional.empty();
    }
  }

  private static void requireSecret(byte[] secret) throws TicketException {
    if (secret.length == 0) {
      throw new TicketException("the secret is empty");
    }
  }

  private static byte[] hex(String text, String what) throws TicketException {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
        throw new TicketException("the ticket's " + what + " must be lower-case hex, found '" + c + "' at " + i);
      }
    }
    if (text.length() % 2 != 0) {
      throw new TicketException("the ticket's " + what + " has an odd number of hex digits");
    }
    return HexFormat.of().parseHex(text);
  }

  private static void checkScopes(Ticket ticket, Limits limits) throws TicketException {
    if (ticket.scopes().size() > limits.maxScopes()) {
      throw new TicketException(
          "the ticket has " + ticket.scopes().size() + " scopes, ticket_limits.max_scopes is " + limits.maxScopes());
    }
    for (Scope scope : ticket.scopes()) {
      int bytes = scope.path().getBytes(StandardCharsets.UTF_8).length;
      if (bytes > limits.maxScopePathBytes()) {
        throw new TicketException(
            "scope path " + scope.path() + " has " + bytes + " bytes, ticket_limits.max_scope_path_len is "
                + limits.maxScopePathBytes());
      }
      if (scope.ratePerS() > limits.maxScopeRatePerS()) {
        throw new TicketException(
            "scope " + scope.path() + " has a rate of " + scope.ratePerS()
                + ", ticket_limits.max_scope_rate_per_s is " + limits.maxScopeRatePerS());
      }
    }
  }

  // ---- payload, written ----

  private static byte[] encode(Ticket t) throws TicketException {
    ByteBuffer out = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    Quotas quotas = t.quotas();
    int flags =
        (t.ticks() != null ? HAS_TICKS : 0)
            | (t.ops() != null ? HAS_OPS : 0)
            | (t.ttlS() != null ? HAS_TTL : 0)
            | (t.subject() != null ? HAS_SUBJECT : 0)
            | (t.scopes().isEmpty() ? 0 : HAS_SCOPES)
            | (quotas != null ? HAS_QUOTAS : 0);
    out.put((byte) VERSION).put((byte) t.role().number()).put((byte) flags);
    optional(out, t.ticks());
    optional(out, t.ops());
    optional(out, t.ttlS());
    if (t.subject() != null) {
      string(out, t.subject(), "subject");
    }
    out.putLong(t.issuedAtMs());
    string(out, t.mount().service(), "mount.service");
    string(out, t.mount().at(), "mount.at");
    if (t.scopes().size() > TICKET_SCOPES_MAX) {
      throw new TicketException("the ticket has " + t.scopes().size() + " scopes, at most " + TICKET_SCOPES_MAX);
    }
    if (!t.scopes().isEmpty()) {
      out.put((byte) t.scopes().size());
      for (Scope scope : t.scopes()) {
        string(out, scope.path(), "scope path");
        out.put((byte) scope.access().number());
        u32(out, scope.ratePerS(), "scope rate");
      }
    }
    if (quotas != null) {
      out.putLong(quotas.bandwidthBytes());
      u32(out, quotas.cursorResumes(), "cursor_resumes");
      u32(out, quotas.cursorAdvances(), "cursor_advances");
    }
    byte[] payload = new byte[out.position()];
    out.flip().get(payload);
    return payload;
  }

  private static void optional(ByteBuffer out, @Nullable Long value) {
    if (value != null) {
      out.putLong(value);
    }
  }

  private static void u32(ByteBuffer out, long value, String what) throws TicketException {
    if (value < 0 || value > U32_MAX) {
      throw new TicketException(what + " is " + value + ", it must be 0 to " + U32_MAX);
    }
    out.putInt((int) value);
  }

  private static void string(ByteBuffer out, String value, String what) throws TicketException {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > TICKET_SUBJECT_BYTES) {
      throw new TicketException(what + " has " + bytes.length + " bytes, at most " + TICKET_SUBJECT_BYTES);
    }
    out.putShort((short) bytes.length).put(bytes);
  }

  // ---- payload, read ----

  private static Ticket decode(byte[] payload) throws TicketException {
    ByteBuffer in = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
    try {
      int version = Byte.toUnsignedInt(in.get());
      if (version != VERSION) {
        throw new TicketException("the ticket has version " + version + ", this program knows " + VERSION);
      }
      Role role = role(Byte.toUnsignedInt(in.get()));
      int flags = Byte.toUnsignedInt(in.get());
      if (flags >= HAS_QUOTAS << 1) {
        throw new TicketException("the ticket has unknown flags " + flags);
      }
      Long ticks = (flags & HAS_TICKS) != 0 ? in.getLong() : null;
      Long ops = (flags & HAS_OPS) != 0 ? in.getLong() : null;
      Long ttlS = (flags & HAS_TTL) != 0 ? in.getLong() : null;
      String subject = (flags & HAS_SUBJECT) != 0 ? string(in) : null;
      long issuedAtMs = in.getLong();
      Mount mount = new Mount(string(in), string(in));
      List<Scope> scopes = (flags & HAS_SCOPES) != 0 ? scopes(in) : List.of();
      Quotas quotas =
          (flags & HAS_QUOTAS) != 0
              ? new Quotas(in.getLong(), Integer.toUnsignedLong(in.getInt()), Integer.toUnsignedLong(in.getInt()))
              : null;
      if (in.hasRemaining()) {
        throw new TicketException("the ticket has " + in.remaining() + " bytes too many");
      }
      return new Ticket(role, ticks, ops, ttlS, subject, issuedAtMs, mount, scopes, quotas);
    } catch (BufferUnderflowException e) {
      throw new TicketException("the ticket ends in the middle of a field");
    }
  }

  private static Role role(int number) throws TicketException {
    for (Role role : Role.values()) {
      if (role.number() == number) {
        return role;
      }
    }
    throw new TicketException("the ticket has the unknown role " + number);
  }

  private static List<Scope> scopes(ByteBuffer in) throws TicketException {
    int n = Byte.toUnsignedInt(in.get());
    if (n > TICKET_SCOPES_MAX) {
      throw new TicketException("the ticket has " + n + " scopes, at most " + TICKET_SCOPES_MAX);
    }
    List<Scope> scopes = new ArrayList<>(n);
    for (int i = 0; i < n; i++) {
      String path = string(in);
      int verb = Byte.toUnsignedInt(in.get());
      if (verb > Access.BOTH.number()) {
        throw new TicketException("scope " + path + " has the unknown verb " + verb);
      }
      Access access = verb == 0 ? Access.READ : verb == 1 ? Access.WRITE : Access.BOTH;
      scopes.add(new Scope(path, access, Integer.toUnsignedLong(in.getInt())));
    }
    return scopes;
  }

  private static String string(ByteBuffer in) throws TicketException {
    int length = Short.toUnsignedInt(in.getShort());
    if (length > TICKET_SUBJECT_BYTES) {
      throw new TicketException("a string in the ticket has " + length + " bytes, at most " + TICKET_SUBJECT_BYTES);
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new TicketException("a string in the ticket is not valid UTF-8");
    }
  }
}
