// `--mint-ticket`: makes a capability ticket from the options and a secret that is never on the command line.
package io.cohesix.cohsh;

import io.cohesix.core.Json;
import io.cohesix.core.Role;
import io.cohesix.core.cli.ExitCode;
import io.cohesix.core.cli.UsageException;
import io.cohesix.core.console.ConsoleLimits;
import io.cohesix.core.ticket.Ticket;
import io.cohesix.core.ticket.TicketException;
import io.cohesix.core.ticket.Tickets;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Mints tickets. */
final class MintTicket {
  private MintTicket() {}

  static int run(Options options, PrintWriter out, PrintWriter err) {
    if (options.hive.namedRole() == null) {
      throw new UsageException("--mint-ticket needs --role");
    }
    String name = options.hive.namedRole();
    Role role = Role.parse(name).orElseThrow(() -> new UsageException("unknown role '" + name + "'"));
    Options.Mint mint = options.mint;
    String secret = Inputs.secret(mint.secretFile, "COHESIX_TICKET_SECRET", "the role's secret");
    if (secret == null) {
      throw new UsageException("the role's secret is needed: give --secret-file or set COHESIX_TICKET_SECRET");
    }
    if (role != Role.QUEEN && mint.subject == null) {
      throw new UsageException("a " + role.text() + " ticket needs --subject, or the hive will refuse it");
    }
    String text;
    try {
      text = Tickets.mint(ticket(role, mint), secret.getBytes(StandardCharsets.UTF_8), Tickets.Limits.defaults());
    } catch (TicketException e) {
      throw new UsageException("can't make the ticket: " + e.getMessage());
    }
    boolean console = text.length() <= ConsoleLimits.CONSOLE_TICKET_BYTES;
    if (!console) {
      err.println(
          "cohsh: warning: the ticket has "
              + text.length()
              + " characters; the console takes at most "
              + ConsoleLimits.CONSOLE_TICKET_BYTES
              + ", so it can be used over Secure9P only");
    }
    out.println(
        options.json
            ? "{\"ticket\":%s,\"role\":%s,\"characters\":%d,\"fits_console\":%s}"
                .formatted(Json.quote(text), Json.quote(role.text()), text.length(), console)
            : text);
    return ExitCode.OK;
  }

  private static Ticket ticket(Role role, Options.Mint mint) {
    List<Ticket.Scope> scopes = new ArrayList<>();
    for (String scope : mint.scopes) {
      scopes.add(scope(scope));
    }
    boolean quotas = mint.bandwidthBytes != null || mint.cursorResumes != null || mint.cursorAdvances != null;
    long issued = mint.issuedAtMs == null ? System.currentTimeMillis() : natural("--issued-at-ms", mint.issuedAtMs);
    return new Ticket(
        role,
        checked("--ticks", mint.ticks),
        checked("--ops", mint.ops),
        checked("--ttl", mint.ttl),
        mint.subject,
        issued,
        mount(mint.mount),
        scopes,
        quotas
            ? new Ticket.Quotas(
                orZero("--bandwidth-bytes", mint.bandwidthBytes),
                orZero("--cursor-resumes", mint.cursorResumes),
                orZero("--cursor-advances", mint.cursorAdvances))
            : null);
  }

  private static Ticket.Mount mount(@Nullable String text) {
    if (text == null) {
      return Ticket.Mount.NONE;
    }
    int equals = text.indexOf('=');
    if (equals < 1 || !text.startsWith("/", equals + 1)) {
      throw new UsageException("--mount takes SERVICE=/PATH, found '" + text + "'");
    }
    return new Ticket.Mount(text.substring(0, equals), text.substring(equals + 1));
  }

  private static Ticket.Scope scope(String text) {
    String[] part = text.split(":", -1);
    if (part.length < 2 || part.length > 3 || !part[0].startsWith("/")) {
      throw new UsageException("--scope takes /PATH:read|write|both[:RATE], found '" + text + "'");
    }
    Ticket.Access access =
        switch (part[1]) {
          case "read" -> Ticket.Access.READ;
          case "write" -> Ticket.Access.WRITE;
          case "both" -> Ticket.Access.BOTH;
          default -> throw new UsageException("a scope's verb is read, write or both, found '" + part[1] + "'");
        };
    String rate = part.length == 3 ? part[2] : "0";
    if (!rate.matches("[0-9]{1,10}")) {
      throw new UsageException("a scope's rate is a whole number a second, found '" + rate + "'");
    }
    return new Ticket.Scope(part[0], access, Long.parseLong(rate));
  }

  private static long orZero(String option, @Nullable Long value) {
    return value == null ? 0 : natural(option, value);
  }

  private static @Nullable Long checked(String option, @Nullable Long value) {
    return value == null ? null : Long.valueOf(natural(option, value));
  }

  private static long natural(String option, long value) {
    if (value < 0) {
      throw new UsageException(option + " is " + value + ", it must be 0 or more");
    }
    return value;
  }
}
