// Opens a hive as the options say, and ends it with whatever was started for it.
package io.cohesix.cohsh;

import io.cohesix.core.console.ConsoleHive;
import io.cohesix.core.policy.ClientPolicy;
import io.cohesix.core.policy.PolicyFile;
import io.cohesix.core.shell.CommandHandler;
import io.cohesix.core.transport.Endpoint;
import io.cohesix.core.transport.LocalTransport;
import io.cohesix.core.transport.QemuTransport;
import io.cohesix.core.transport.TcpTransport;
import io.cohesix.core.transport.Transport;
import java.io.IOException;
import java.io.PrintWriter;

/** A shell session with a hive. */
final class Session implements AutoCloseable {
  /** console.auth_token of development manifests (spec/manifest.md); release images refuse it. */
  private static final String DEVELOPMENT_TOKEN = "changeme";

  private final ConsoleHive hive;
  private final CommandHandler handler;
  private final ClientPolicy policy;
  private final Thread hook;

  private Session(ConsoleHive hive, ClientPolicy policy) {
    this.hive = hive;
    this.policy = policy;
    this.handler = new CommandHandler(hive, policy);
    // Ctrl-C must not leave a started hive behind.
    this.hook = new Thread(hive::close, "close-session");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  static Session open(Options options, PrintWriter err) {
    ClientPolicy policy = policy(options);
    String token = Inputs.secret(options.authTokenFile, "COHESIX_AUTH_TOKEN", "the console token");
    if (token == null) {
      token = DEVELOPMENT_TOKEN;
    }
    String ticket = Inputs.secret(options.ticketFile, "COHESIX_TICKET", "the ticket");
    String role = options.role == null ? "queen" : options.role;
    try {
      return new Session(
          new ConsoleHive(transport(options), token, role, ticket, policy, line -> err.println("cohsh: " + line)), policy);
    } catch (IOException e) {
      throw new UsageException("can't open a connection: " + e.getMessage());
    }
  }

  private static ClientPolicy policy(Options options) {
    ClientPolicy policy = load(options);
    if (options.expectManifest != null && !options.expectManifest.equals(policy.manifestSha256())) {
      throw new UsageException(
          "the policy was made from manifest "
              + policy.manifestSha256()
              + ", expected "
              + options.expectManifest
              + ": give --policy the file that coh-rtc compile made from that manifest");
    }
    return policy;
  }

  private static ClientPolicy load(Options options) {
    if (options.policy == null) {
      return ClientPolicy.defaults();
    }
    try {
      return PolicyFile.load(options.policy);
    } catch (PolicyFile.PolicyException e) {
      throw new UsageException(e.getMessage() + "");
    }
  }

  private static Transport transport(Options options) {
    try {
      return switch (options.transport) {
        case tcp -> new TcpTransport(new Endpoint(options.tcpHost, options.tcpPort));
        case local -> LocalTransport.find(options.hiveBinary);
        case qemu -> QemuTransport.find(options.qemuImage);
      };
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage() + "");
    }
  }

  CommandHandler handler() {
    return handler;
  }

  ConsoleHive hive() {
    return hive;
  }

  ClientPolicy policy() {
    return policy;
  }

  @Override
  public void close() {
    hive.close();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The machine is going down already and runs the hook itself.
    }
  }
}
