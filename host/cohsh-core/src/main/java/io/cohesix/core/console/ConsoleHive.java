// A hive over the console protocol. One owner thread does everything on the connection: callers hand it jobs through a
// queue and wait for a future. When no job comes it sends PINGs; when the connection goes, it reconnects with a bounded
// back-off, authenticates and attaches again, and repeats only what can't have had an effect.
package io.cohesix.core.console;

import io.cohesix.core.Ack;
import io.cohesix.core.Hive;
import io.cohesix.core.Outcome;
import io.cohesix.core.policy.ClientPolicy;
import io.cohesix.core.transport.Endpoint;
import io.cohesix.core.transport.Transport;
import java.io.IOException;
import java.nio.channels.Selector;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The console protocol's {@link Hive} (spec/console.md). Thread-safe. */
public final class ConsoleHive implements Hive {

  /** With what to attach. */
  private record Credential(String role, @Nullable String ticket) {
    String line() {
      return "ATTACH " + role + " " + (ticket == null ? "" : ticket);
    }
  }

  private record Job(Supplier<Outcome> work, CompletableFuture<Outcome> result) {}

  private final Transport transport;
  private final String token;
  private final ClientPolicy policy;
  private final Consumer<String> events;
  private final LinkTap tap;
  private final Selector selector;
  private final Thread owner;
  private final Queue<Job> jobs = new ConcurrentLinkedQueue<>();
  private volatile boolean closing;

  /** The owner serves no more jobs. */
  private volatile boolean ended;
  /** What this object was made with: an attach with the same role and no ticket means its ticket. */
  private final @Nullable Credential own;

  private volatile boolean attached;

  // The owner thread's own.
  private @Nullable Endpoint endpoint;
  private @Nullable ConsoleLink link;
  private @Nullable Credential wanted;
  private boolean everConnected;
  private long lastUsed = System.nanoTime();

  /**
   * Connects lazily, on the first command.
   *
   * @param transport the way to the hive; closed with this object
   * @param token the console's token
   * @param role the role to attach with before the first command, or null to stay unattached
   * @param ticket its ticket, or null
   * @param policy deadlines, back-off, heartbeat
   * @param events told one line a time when the connection is lost or made again
   * @throws IOException when the system has no selector left
   */
  public ConsoleHive(
      Transport transport,
      String token,
      @Nullable String role,
      @Nullable String ticket,
      ClientPolicy policy,
      Consumer<String> events)
      throws IOException {
    this(transport, token, role, ticket, policy, events, LinkTap.NONE);
  }

  /** As the other one; {@code tap} sees every line. */
  public ConsoleHive(
      Transport transport,
      String token,
      @Nullable String role,
      @Nullable String ticket,
      ClientPolicy policy,
      Consumer<String> events,
      LinkTap tap)
      throws IOException {
    this.transport = transport;
    this.token = token;
    this.policy = policy;
    this.events = events;
    this.tap = tap;
    this.own = role == null ? null : new Credential(role, ticket);
    this.wanted = own;
    this.selector = Selector.open();
    this.owner = new Thread(this::own, "console-owner");
    owner.setDaemon(true);
    owner.start();
  }

  @Override
  public Outcome attach(String role, @Nullable String ticket) {
    Credential credential = ticket == null && own != null && own.role().equals(role) ? own : new Credential(role, ticket);
    return call(() -> doAttach(credential));
  }

  @Override
  public Outcome detach() {
    return call(this::doDetach);
  }

  @Override
  public void drop() {
    call(
        () -> {
          cut();
          return local("OK DROP");
        });
  }

  @Override
  public boolean attached() {
    return attached;
  }

  @Override
  public Outcome connect() {
    return call(
        () -> {
          Outcome refused = ensure();
          return refused != null ? refused : local("OK CONNECT");
        });
  }

  @Override
  public Outcome ls(String path) {
    return run(Request.stream("LS " + path));
  }

  @Override
  public Outcome cat(String path) {
    return run(Request.stream("CAT " + path));
  }

  @Override
  public Outcome tail(String path) {
    return run(Request.stream("TAIL " + path));
  }

  @Override
  public Outcome log() {
    return tail(policy.paths().log());
  }

  @Override
  public Outcome echo(String path, String payload) {
    return run(Request.effect("ECHO " + path + " " + payload));
  }

  @Override
  public int maxPayload(String path) {
    int before = ("ECHO " + path + " ").getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
    return Math.max(0, ConsoleLimits.CONSOLE_LINE_BYTES - before);
  }

  @Override
  public Outcome spawn(String json) {
    return run(Request.effect("SPAWN " + json));
  }

  @Override
  public Outcome kill(String worker) {
    return run(Request.effect("KILL " + worker));
  }

  @Override
  public Outcome ping() {
    return run(Request.read("PING"));
  }

  @Override
  public Outcome help() {
    return run(Request.stream("HELP"));
  }

  @Override
  public Outcome console(String line) {
    return run(Lines.streams(line) ? Request.stream(line) : Request.effect(line));
  }

  /** A line that would end the session is refused here, by throwing; whatever is shorter is the hive's to judge. */
  private Outcome run(Request request) {
    Frames.requireFits(request.line());
    return call(() -> perform(request));
  }

  private Outcome call(Supplier<Outcome> work) {
    Job job = new Job(work, new CompletableFuture<>());
    jobs.add(job);
    if (ended) { // whoever set this may have looked for the last time before the job was there
      unreachable(job);
    } else {
      selector.wakeup();
    }
    try {
      return job.result().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Outcome.Lost("", true, "interrupted while waiting for the answer");
    } catch (ExecutionException e) {
      throw new IllegalStateException("the connection's owner failed", e.getCause());
    }
  }

  @Override
  public void close() {
    closing = true;
    selector.wakeup();
    try {
      owner.join(TimeUnit.SECONDS.toMillis(2));
      if (owner.isAlive()) {
        owner.interrupt();
        owner.join(TimeUnit.SECONDS.toMillis(2));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    transport.close();
  }

  // ---- everything below runs on the owner thread ----

  private void own() {
    try (Selector closed = selector) {
      while (!closing) {
        Job job = jobs.poll();
        if (job != null) {
          finish(job);
          lastUsed = System.nanoTime();
        } else {
          rest(closed);
        }
      }
      cut();
    } catch (IOException e) {
      events.accept("the connection's owner stopped: " + e.getMessage());
    } finally {
      ended = true;
      Job left;
      while ((left = jobs.poll()) != null) {
        unreachable(left);
      }
    }
  }

  private static void unreachable(Job job) {
    job.result().complete(new Outcome.Unreachable("the connection was closed by this program"));
  }

  private static void finish(Job job) {
    try {
      job.result().complete(job.work().get());
    } catch (RuntimeException | Error e) {
      job.result().completeExceptionally(e);
    }
  }

  /** Waits for a job; meanwhile notices the connection's end and keeps it alive. */
  private void rest(Selector selector) throws IOException {
    ConsoleLink current = link;
    if (current == null) {
      selector.select();
      return;
    }
    long idle = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastUsed);
    long left = policy.heartbeatMs() - idle;
    try {
      if (left <= 0) {
        lastUsed = System.nanoTime();
        current.exchange(Request.read("PING"));
      } else {
        selector.select(left);
        current.idle();
      }
    } catch (LinkLostException e) {
      cut();
      if (!closing) {
        events.accept("connection to " + endpoint + " lost: " + e.getMessage() + "; the next command reconnects");
      }
    }
  }

  private Outcome perform(Request request) {
    for (int attempt = 0; ; attempt++) {
      boolean ready = false;
      try {
        Outcome refused = ensure();
        if (refused != null) {
          return refused;
        }
        ready = true;
        return outcome(link().exchange(request));
      } catch (LinkLostException e) {
        cut();
        boolean mayHaveHappened = ready && e.sent() && request.sideEffect();
        if (mayHaveHappened || attempt >= policy.retry().maxAttempts() || closing) {
          return new Outcome.Lost(request.line(), mayHaveHappened, e.getMessage() + "");
        }
        events.accept("connection to " + endpoint + " lost: " + e.getMessage() + "; reconnecting");
      }
    }
  }

  private Outcome doAttach(Credential credential) {
    Credential before = attached ? wanted : null;
    for (int attempt = 0; ; attempt++) {
      wanted = null;
      Outcome refused = ensure();
      if (refused != null) {
        return refused;
      }
      wanted = attached ? before : null;
      try {
        Outcome outcome = outcome(link().exchange(Request.read(credential.line())));
        if (outcome.accepted()) {
          wanted = credential;
          attached = true;
        }
        return outcome;
      } catch (LinkLostException e) {
        cut();
        if (attempt >= policy.retry().maxAttempts() || closing) {
          return new Outcome.Lost("ATTACH " + credential.role(), false, e.getMessage() + "");
        }
        events.accept("connection to " + endpoint + " lost: " + e.getMessage() + "; reconnecting");
      }
    }
  }

  private Outcome doDetach() {
    wanted = null;
    if (link == null) {
      return local("OK QUIT");
    }
    try {
      return outcome(link().exchange(Request.effect("QUIT")));
    } catch (LinkLostException e) {
      return new Outcome.Lost("QUIT", true, e.getMessage() + "");
    } finally {
      cut();
      // What comes next is a new session, no reconnect.
      everConnected = false;
    }
  }

  /** Makes the connection ready; null when it is, else why the hive won't have it. */
  private @Nullable Outcome ensure() {
    if (link != null) {
      return null;
    }
    int attempts = everConnected ? policy.retry().maxAttempts() : 1;
    Outcome why = new Outcome.Unreachable("no attempt was allowed by policy retry.max_attempts");
    for (int attempt = 1; attempt <= attempts && !closing; attempt++) {
      if (attempt > 1) {
        long pause = policy.retry().pauseMs(attempt - 1);
        events.accept(reason(why) + "; reconnecting in " + pause + " ms (attempt " + attempt + " of " + attempts + ")");
        if (!pause(pause)) {
          break;
        }
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
      ConsoleLink fresh = ConsoleLink.connect(selector, target, policy.retry().timeoutMs(), tap);
      link = fresh;
      tap.opened();
      Ack auth = fresh.authenticate(token).ack();
      if (!auth.ok()) {
        cut();
        return new Outcome.Refused(auth);
      }
      Credential credential = wanted;
      if (credential == null) {
        return null;
      }
      Ack ack = fresh.exchange(Request.read(credential.line())).ack();
      attached = ack.ok();
      if (!ack.ok()) {
        // Asking again with the same ticket would only feed the throttle.
        wanted = null;
        return new Outcome.Refused(ack);
      }
      return null;
    } catch (java.net.ConnectException e) {
      return new Outcome.Unreachable("nothing listens on " + target + ": " + transport.hint());
    } catch (java.nio.channels.UnresolvedAddressException e) {
      return new Outcome.Unreachable("can't connect to " + target + " (no such host): " + transport.hint());
    } catch (IOException | RuntimeException e) {
      return new Outcome.Unreachable("can't connect to " + target + " (" + e.getMessage() + "): " + transport.hint());
    } catch (LinkLostException e) {
      cut();
      return new Outcome.Unreachable(
          "no console answers on " + target + " (" + e.getMessage() + "): " + transport.hint());
    }
  }

  private static String reason(@Nullable Outcome outcome) {
    return outcome instanceof Outcome.Unreachable unreachable
        ? unreachable.why()
        : outcome instanceof Outcome.Refused refused ? "the hive said " + refused.ack() : "not connected";
  }

  /** Waits unless the object is closed meanwhile. Wake-ups for new jobs don't shorten it. */
  private boolean pause(long ms) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
    try {
      while (!closing) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          return true;
        }
        selector.select(left);
      }
    } catch (IOException e) {
      return false;
    }
    return false;
  }

  private ConsoleLink link() throws LinkLostException {
    ConsoleLink current = link;
    if (current == null) {
      throw new LinkLostException("there is no connection", false);
    }
    return current;
  }

  private void cut() {
    attached = false;
    ConsoleLink current = link;
    link = null;
    if (current != null) {
      current.close();
      tap.closed();
    }
  }

  private static Outcome outcome(ConsoleLink.Reply reply) {
    return reply.ack().ok() ? new Outcome.Accepted(reply.ack(), reply.lines()) : new Outcome.Refused(reply.ack());
  }

  private static Outcome local(String line) {
    return new Outcome.Accepted(new Ack(true, line.substring(3), Map.of(), line), List.of());
  }
}
