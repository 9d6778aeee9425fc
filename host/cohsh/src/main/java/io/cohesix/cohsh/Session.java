// Opens a hive as the options say, and ends it with whatever was started for it.
package io.cohesix.cohsh;

import io.cohesix.core.Hive;
import io.cohesix.core.cli.UsageException;
import io.cohesix.core.console.ConsoleHive;
import io.cohesix.core.console.LinkTap;
import io.cohesix.core.p9.P9Hive;
import io.cohesix.core.p9.Secure9pLink;
import io.cohesix.core.policy.ClientPolicy;
import io.cohesix.core.shell.CommandHandler;
import io.cohesix.core.shell.ShellContext;
import io.cohesix.core.transport.OneHive;
import io.cohesix.core.trace.TraceRecord;
import io.cohesix.core.trace.TraceRecorder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A shell session with a hive. */
final class Session implements AutoCloseable {
  private final OneHive shared;
  private final Hive hive;
  private final @Nullable TraceRecorder recorder;
  private final CommandHandler handler;
  private final ClientPolicy policy;
  private final Thread hook;

  private Session(
      OneHive shared, Hive hive, ShellContext.Opener opener, ClientPolicy policy, @Nullable TraceRecorder recorder, PrintWriter err) {
    this.shared = shared;
    this.hive = hive;
    this.recorder = recorder;
    this.policy = policy;
    this.handler = new CommandHandler(hive, new ShellContext(policy, Path.of(""), line -> err.println("cohsh: " + line), opener));
    // Ctrl-C must not leave a started hive behind.
    this.hook = new Thread(this::end, "close-session");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  static Session open(Options options, PrintWriter err) {
    ClientPolicy policy = options.hive.policy();
    String token = options.hive.token();
    String ticket = options.hive.ticket();
    String role = options.hive.role();
    OneHive shared = new OneHive(options.hive.transport());
    TraceRecorder recorder = recorder(options, policy, token, ticket, err);
    Maker maker = new Maker(options, shared, token, policy, line -> err.println("cohsh: " + line));
    try {
      Hive hive = maker.hive(role, ticket, recorder);
      return new Session(shared, hive, () -> maker.hive(role, ticket, null), policy, recorder, err);
    } catch (IOException e) {
      throw new UsageException("can't open a connection: " + e.getMessage());
    }
  }

  /** Makes sessions in the protocol that the options name. */
  record Maker(Options options, OneHive shared, String token, ClientPolicy policy, Consumer<String> events) {
    Hive hive(@Nullable String role, @Nullable String ticket, @Nullable TraceRecorder recorder) throws IOException {
      LinkTap tap = recorder == null ? LinkTap.NONE : recorder;
      return secure9p(options)
          ? new P9Hive(recorder == null ? Secure9pLink::connect : Secure9pLink.recordedBy(recorder), shared.connection(), token, role, ticket, policy, events, tap)
          : new ConsoleHive(shared.connection(), token, role, ticket, policy, events, tap);
    }
  }

  /** Whether 9P is spoken. */
  static boolean secure9p(Options options) {
    boolean named = options.hive.namesSecure9p();
    if (named && options.protocol == Options.Protocol.console) {
      throw new UsageException("--transport secure9p and --protocol console contradict each other");
    }
    return named || options.protocol == Options.Protocol.secure9p;
  }

  private static @Nullable TraceRecorder recorder(
      Options options, ClientPolicy policy, String token, @Nullable String ticket, PrintWriter err) {
    if (options.recordTrace == null) {
      return null;
    }
    List<String> secrets = new ArrayList<>(List.of(token));
    if (ticket != null) {
      secrets.add(ticket);
    }
    try {
      return new TraceRecorder(
          Inputs.create(options.recordTrace),
          secure9p(options) ? TraceRecord.Layer.SECURE9P : TraceRecord.Layer.CONSOLE,
          policy.manifestSha256(),
          policy.traceMaxBytes(),
          secrets,
          line -> err.println("cohsh: " + line));
    } catch (IOException e) {
      throw new UsageException("can't write the trace " + options.recordTrace + ": " + e.getMessage());
    }
  }

  CommandHandler handler() {
    return handler;
  }

  Hive hive() {
    return hive;
  }

  ClientPolicy policy() {
    return policy;
  }

  private void end() {
    hive.close();
    shared.close();
    if (recorder != null) {
      recorder.close();
    }
  }

  @Override
  public void close() {
    end();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The machine is going down already and runs the hook itself.
    }
  }
}
