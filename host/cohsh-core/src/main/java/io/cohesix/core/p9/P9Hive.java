// A hive over Secure9P with the console's answers. Every command is done with files, and its acknowledgement is composed
// by the console's grammar; what an errno leaves out is read from the session's own audit line, where that costs it
// nothing. Calls hold one lock: commands of several threads run one after the other, as on a console's connection.
package io.cohesix.core.p9;

import io.cohesix.core.Ack;
import io.cohesix.core.Hive;
import io.cohesix.core.Json;
import io.cohesix.core.Outcome;
import io.cohesix.core.Role;
import io.cohesix.core.console.ConsoleLimits;
import io.cohesix.core.console.LinkTap;
import io.cohesix.core.p9.Answers.Words;
import io.cohesix.core.policy.ClientPolicy;
import io.cohesix.core.ticket.Ticket;
import io.cohesix.core.ticket.Tickets;
import io.cohesix.core.transport.Endpoint;
import io.cohesix.core.transport.Transport;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The Secure9P {@link Hive} (spec/secure9p.md, "Errors": "console says"). Thread-safe. */
public final class P9Hive implements Hive {
  private static final long CACHELOG_DEFAULT = 20;

  /** With what to attach. */
  private record Credential(String role, @Nullable String ticket) {}

  /** What a command does with files. */
  private interface Work {
    Outcome run(Files files) throws P9Error, Files.IsDirectory, IOException;
  }

  private final P9Link.Connector connector;
  private final Transport transport;
  private final String token;
  private final ClientPolicy policy;
  private final Consumer<String> events;
  private final Recording tap;
  private final @Nullable Credential own;
  private final TailCursors cursors;

  private @Nullable Credential wanted;
  private @Nullable Endpoint endpoint;
  private @Nullable P9Link link;
  private @Nullable Files files;
  private int root;
  private String role = "";
  private int refusedAttaches;
  private boolean looks;
  private boolean everConnected;
  private volatile boolean attached;
  private volatile boolean closed;

  /**
   * Connects lazily, on the first command.
   *
   * @param connector makes 9P connections
   * @param transport the way to the hive; closed with this object
   * @param token the console's token
   * @param role the role to attach with before the first command, or null to stay unattached
   * @param ticket its ticket, or null
   * @param policy deadlines, back-off, paths
   * @param events told one line a time when the connection is lost or made again
   * @param tap sees each command and its answer as the console lines that they stand for
   */
  public P9Hive(
      P9Link.Connector connector,
      Transport transport,
      String token,
      @Nullable String role,
      @Nullable String ticket,
      ClientPolicy policy,
      Consumer<String> events,
      LinkTap tap) {
    this.connector = connector;
    this.transport = transport;
    this.token = token;
    this.policy = policy;
    this.events = events;
    this.cursors = new TailCursors(events);
    this.tap = new Recording(tap);
    this.own = role == null ? null : new Credential(role, ticket);
    this.wanted = own;
  }

  // ---- commands ----

  @Override
  public synchronized Outcome attach(String role, @Nullable String ticket) {
    Credential credential = ticket == null && own != null && own.role().equals(role) ? own : new Credential(role, ticket);
    Credential before = attached ? wanted : null;
    for (int attempt = 0; ; attempt++) {
      wanted = null;
      Outcome refused = ensure();
      if (refused != null) {
        return refused;
      }
      wanted = attached ? before : null;
      try {
        Outcome outcome = attachNow(credential);
        if (outcome.accepted()) {
          cursors.clear();
          wanted = credential;
        }
        return outcome;
      } catch (IOException e) {
        cut();
        if (attempt >= policy.retry().maxAttempts() || closed) {
          return new Outcome.Lost("ATTACH " + credential.role(), false, e.getMessage() + "");
        }
        events.accept("connection to " + endpoint + " lost: " + e.getMessage() + "; reconnecting");
      }
    }
  }

  @Override
  public synchronized Outcome connect() {
    Outcome refused = ensure();
    return refused != null ? refused : local("OK CONNECT");
  }

  @Override
  public synchronized Outcome detach() {
    wanted = null;
    cursors.clear();
    if (link == null) {
      return local("OK QUIT");
    }
    tap.sent("QUIT");
    Outcome outcome = tap.answered("QUIT", Answers.ok("QUIT", "", List.of()));
    cut();
    everConnected = false;
    return outcome;
  }

  @Override
  public synchronized void drop() {
    cut();
  }

  @Override
  public boolean attached() {
    return attached;
  }

  @Override
  public Outcome ls(String path) {
    return perform("LS", "LS " + path, path, false, files -> {
      List<String> names = files.list(path);
      return Answers.ok("LS", "path=" + path + " entries=" + names.size(), names);
    });
  }

  @Override
  public Outcome cat(String path) {
    return perform("CAT", "CAT " + path, path, false, files -> {
      byte[] content = files.read(path);
      boolean bytes = Answers.byteStream(path);
      return Answers.ok("CAT", Answers.summary(path, content, bytes), Answers.lines(content, bytes));
    });
  }

  @Override
  public Outcome tail(String path) {
    return tail("TAIL", "TAIL " + path, path);
  }

  @Override
  public Outcome log() {
    return tail(policy.paths().log());
  }

  private Outcome tail(String verb, String line, String path) {
    return perform(verb, line, path, false, files -> {
      byte[] content = cursors.read(files, path);
      if (content == null) {
        Words oldest = new Words(null, null, 0, String.valueOf(cursors.position(path)));
        return Answers.refused(verb, P9Error.ESTALE, path, oldest);
      }
      return Answers.ok(verb, "path=" + path, Answers.lines(content, Answers.byteStream(path)));
    });
  }

  @Override
  public Outcome echo(String path, String payload) {
    String line = "ECHO " + path + " " + payload;
    if (payload.isEmpty()) {
      return parseRefused(line, "missing argument");
    }
    byte[] text = Answers.bytes(payload);
    byte[] bytes = Answers.payload(path, payload);
    if (bytes == null) {
      return Answers.refused("ECHO", P9Error.EINVAL, path,
          new Words("base64", "b64: is followed by base64 with its padding", 0, null));
    }
    return write("ECHO", line, path, path, bytes, "path=" + path + " bytes=" + text.length);
  }

  /** One message's worth; before there is a connection, that of the smallest message size that a hive grants. */
  @Override
  public synchronized int maxPayload(String path) {
    return link == null ? 4096 : link.maxData();
  }

  @Override
  public Outcome spawn(String json) {
    String path = policy.paths().queenCtl();
    return write("SPAWN", "SPAWN " + json, path, path, Answers.bytes(json), "payload=" + json);
  }

  @Override
  public Outcome kill(String worker) {
    if (Answers.bytes(worker).length > ConsoleLimits.CONSOLE_WORKER_BYTES) {
      return parseRefused("KILL " + worker, "argument payload exceeds allowed length");
    }
    String order = "{\"kill\":" + Json.quote(worker) + "}";
    return write(
        "KILL", "KILL " + worker, policy.paths().queenCtl(), "/worker/" + worker, Answers.bytes(order), "id=" + worker);
  }

  private Outcome write(String verb, String line, String path, String shown, byte[] data, String detail) {
    return perform(verb, line, shown, true, files -> {
      if (data.length > link().maxData()) {
        // No frame holds it, in either protocol; nothing is sent, since the hive would end the connection.
        return Answers.err("FRAME", "invalid-length");
      }
      files.write(path, data);
      if (path.equals(policy.paths().queenCtl())) {
        // It may have bound or mounted something.
        files.forgetFolders();
      }
      return Answers.ok(verb, detail, List.of());
    });
  }

  @Override
  public synchronized Outcome ping() {
    for (int attempt = 0; ; attempt++) {
      Outcome refused = ensure();
      if (refused != null) {
        return refused;
      }
      try {
        tap.sent("PING");
        link().ping();
        return tap.answered("PING", Answers.ok("PING", "reply=pong", List.of()));
      } catch (P9Error e) {
        return tap.answered("PING", Answers.refused("PING", e.errno(), "", Words.NONE));
      } catch (IOException e) {
        Outcome lost = lost("PING", false, attempt, e);
        if (lost != null) {
          return lost;
        }
      }
    }
  }

  @Override
  public Outcome help() {
    return console("HELP");
  }

  @Override
  public Outcome console(String line) {
    WireCommand command;
    try {
      command = WireCommand.parse(line);
    } catch (WireCommand.ParseException e) {
      return parseRefused(line, e.getMessage() + "");
    }
    return switch (command.verb()) {
      case "LS" -> ls(command.argument());
      case "CAT" -> cat(command.argument());
      case "TAIL" -> tail(command.argument());
      case "LOG" -> tail("LOG", line, policy.paths().log());
      case "ECHO" -> echo(command.argument(), command.rest());
      case "SPAWN" -> spawn(command.rest());
      case "KILL" -> kill(command.argument());
      case "PING" -> ping();
      case "QUIT" -> detach();
      case "ATTACH" -> attach(command.argument(), command.rest().isEmpty() ? null : command.rest());
      case "CACHELOG" -> cacheLog(line, Long.parseLong(command.argument()));
      default -> consoleOnly(line, command.verb());
    };
  }

  /** The newest lines of the log, from the file that the console's verb shows, too. */
  private Outcome cacheLog(String line, long count) {
    return perform("CACHELOG", line, policy.paths().log(), false, files -> {
      byte[] content = files.read(policy.paths().log());
      return Answers.ok(
          "CACHELOG", "", Answers.lines(Answers.newest(content, count == 0 ? CACHELOG_DEFAULT : count), false));
    });
  }

  /** What only a console can answer. TEST a console refuses so, too, and SMP most consoles. */
  private synchronized Outcome consoleOnly(String line, String verb) {
    Outcome refused = ensure();
    if (refused != null) {
      return refused;
    }
    tap.sent(line);
    boolean free = verb.equals("HELP") || verb.equals("TEST");
    if (files == null && !free) {
      return tap.answered(line, Answers.err(verb, "unauthenticated"));
    }
    boolean plain = verb.equals("SMP") || verb.equals("TEST");
    return tap.answered(
        line,
        plain
            ? Answers.err(verb, "unsupported")
            : Answers.refused(verb, P9Error.EOPNOTSUPP, "", Words.detail("console-only", "unsupported over secure9p")));
  }

  private synchronized Outcome parseRefused(String line, String detail) {
    Outcome refused = ensure();
    if (refused != null) {
      return refused;
    }
    tap.sent(line);
    return tap.answered(line, Answers.parse(detail));
  }

  // ---- one command ----

  private synchronized Outcome perform(String verb, String line, String shown, boolean effect, Work work) {
    for (int attempt = 0; ; attempt++) {
      boolean ready = false;
      try {
        Outcome refused = ensure();
        if (refused != null) {
          return refused;
        }
        ready = true;
        tap.sent(line);
        return tap.answered(line, files == null ? Answers.err(verb, "unauthenticated") : refusable(verb, shown, work, files));
      } catch (IOException e) {
        Outcome lost = lost(line, ready && effect && !(e instanceof Files.NotWritten), attempt, e);
        if (lost != null) {
          return lost;
        }
      }
    }
  }

  private Outcome refusable(String verb, String shown, Work work, Files session) throws IOException {
    try {
      return work.run(session);
    } catch (P9Error e) {
      return Answers.refused(verb, e.errno(), shown, words(session, e.errno()));
    } catch (Files.IsDirectory e) {
      return Answers.refused(verb, P9Error.EINVAL, shown, Words.detail("is-a-directory", "is a directory"));
    }
  }

  /**
   * An error number says what kind of refusal it is; the audit line that the hive wrote of it says the rest. A session
   * whose ticket may refuse the look, or let it be paid for, goes without.
   */
  private Words words(Files session, int errno) throws IOException {
    if (!looks) {
      return Words.NONE;
    }
    return switch (errno) {
      case P9Error.EINVAL, P9Error.EBUSY, P9Error.EAGAIN, P9Error.EHOSTDOWN ->
          AuditWords.find(session, policy.paths().log(), role, Answers.reason(errno));
      default -> Words.NONE;
    };
  }

  /** Notes a lost connection; null when the command may be tried again. */
  private @Nullable Outcome lost(String line, boolean mayHaveHappened, int attempt, IOException e) {
    cut();
    if (mayHaveHappened || attempt >= policy.retry().maxAttempts() || closed) {
      return new Outcome.Lost(line, mayHaveHappened, e.getMessage() + "");
    }
    events.accept("connection to " + endpoint + " lost: " + e.getMessage() + "; reconnecting");
    return null;
  }

  // ---- the connection ----

  /** Makes the connection ready; null when it is, else why the hive won't have it. */
  private @Nullable Outcome ensure() {
    if (link != null) {
      return null;
    }
    int attempts = everConnected ? policy.retry().maxAttempts() : 1;
    Outcome why = new Outcome.Unreachable("no attempt was allowed by policy retry.max_attempts");
    for (int attempt = 1; attempt <= attempts && !closed; attempt++) {
      if (attempt > 1 && (!Backoff.pause(policy.retry(), attempt, attempts, why, events) || closed)) {
        break;
      }
      why = open();
      if (why == null) {
        if (everConnected) {
          events.accept("connected to " + endpoint + " again");
        }
        everConnected = true;
        return null;
      }
      if (why instanceof Outcome.Refused refused && !refused.ack().reason().equals("busy")) {
        return why;
      }
    }
    return why;
  }

  private @Nullable Outcome open() {
    Endpoint target = endpoint;
    try {
      if (target == null) {
        target = transport.open();
        endpoint = target;
      }
    } catch (IOException e) {
      return new Outcome.Unreachable(e.getMessage() + "");
    }
    try {
      link = connector.connect(target, policy.retry().timeoutMs());
      tap.opened();
      Outcome refused = prove();
      if (refused == null && wanted != null) {
        // The same session to its user: cursors go on where they were, if the hive is the one that they were of.
        cursors.distrust();
        Outcome outcome = attachNow(wanted);
        if (!outcome.accepted()) {
          // Asking again with the same ticket would only feed the throttle.
          wanted = null;
          refused = outcome;
        }
      }
      return refused;
    } catch (java.net.ConnectException e) {
      return new Outcome.Unreachable("nothing listens on " + target + ": " + transport.hint());
    } catch (IOException | RuntimeException e) {
      cut();
      return new Outcome.Unreachable("no Secure9P on " + target + " (" + e.getMessage() + "): " + transport.hint());
    }
  }

  private @Nullable Outcome prove() throws IOException {
    tap.sent("AUTH " + token);
    try {
      link().prove(token);
      tap.answered("AUTH", Answers.ok("AUTH", "", List.of()));
      return null;
    } catch (P9Error e) {
      Outcome refused =
          e.errno() == P9Error.EACCES
              ? Answers.err("AUTH", "invalid-token")
              : Answers.refused("AUTH", e.errno(), "", Words.NONE);
      tap.answered("AUTH", refused);
      cut();
      return refused;
    }
  }

  /** A new session; the one before it ends when that worked. */
  private Outcome attachNow(Credential credential) throws IOException {
    String ticket = credential.ticket() == null ? "" : credential.ticket();
    tap.sent("ATTACH " + credential.role() + " " + ticket);
    try {
      P9Link.Node fresh = link().attach(credential.role(), ticket);
      if (files != null) {
        files.forgetFolders();
        link().clunk(root);
      }
      root = fresh.fid();
      Optional<Ticket> claims = ticket.isEmpty() ? Optional.of(Ticket.of(Role.QUEEN, null)) : Tickets.claims(ticket);
      looks = claims.filter(each -> !each.limited()).isPresent();
      role = Role.parse(credential.role()).map(Role::text).orElse(credential.role());
      boolean seesAll = role.equals(Role.QUEEN.text()) && claims.filter(each -> each.scopes().isEmpty()).isPresent();
      files = new Files(link(), root, seesAll);
      attached = true;
      refusedAttaches = 0;
      return tap.answered("ATTACH", Answers.ok("ATTACH", "role=" + role, List.of()));
    } catch (P9Error e) {
      return tap.answered("ATTACH", attachRefused(e.errno()));
    }
  }

  /** The connection's own back-off is the contract's, 250 ms doubled with each refusal; a cool-down's rest is not known here. */
  private Outcome attachRefused(int errno) {
    if (errno == P9Error.EACCES) {
      refusedAttaches++;
    }
    long delay = refusedAttaches == 0 ? 0 : 250L << Math.min(refusedAttaches - 1, 20);
    return Answers.refused("ATTACH", errno, "", new Words(null, null, delay, null));
  }

  private P9Link link() throws IOException {
    P9Link current = link;
    if (current == null) {
      throw new IOException("there is no connection");
    }
    return current;
  }

  private void cut() {
    attached = false;
    files = null;
    refusedAttaches = 0;
    P9Link current = link;
    link = null;
    if (current != null) {
      current.close();
      tap.closed();
    }
  }

  @Override
  public void close() {
    closed = true;
    synchronized (this) { // a command that runs ends by its deadline
      cut();
    }
    transport.close();
  }

  private static Outcome local(String line) {
    return new Outcome.Accepted(new Ack(true, line.substring(3), Map.of(), line), List.of());
  }
}
