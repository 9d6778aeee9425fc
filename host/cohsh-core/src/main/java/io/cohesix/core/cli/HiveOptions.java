// The options that lead to a hive, the same for every program. Secrets come from files and from the environment only.
package io.cohesix.core.cli;

import io.cohesix.core.Secrets;
import io.cohesix.core.generated.Defaults;
import io.cohesix.core.policy.ClientPolicy;
import io.cohesix.core.policy.PolicyFile;
import io.cohesix.core.transport.Endpoint;
import io.cohesix.core.transport.LocalTransport;
import io.cohesix.core.transport.QemuTransport;
import io.cohesix.core.transport.TcpTransport;
import io.cohesix.core.transport.Transport;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A mix-in for picocli. What can't be used is a {@link UsageException}. */
public final class HiveOptions {
  /** The ways to a hive. */
  enum TransportKind {
    tcp,
    secure9p,
    local,
    qemu
  }

  @Option(names = "--transport", paramLabel = "KIND",
      description = "tcp: a running hive; secure9p: the same, spoken to in 9P; local: start the POSIX build; qemu: start an image. Default: ${DEFAULT-VALUE}.")
  private TransportKind transport = TransportKind.tcp;

  @Option(names = {"--tcp-host", "--host"}, paramLabel = "HOST", description = "Where the hive listens. Default: ${DEFAULT-VALUE}.")
  private String tcpHost = "127.0.0.1";

  @Option(names = {"--tcp-port", "--port"}, paramLabel = "PORT", description = "Its port. Default: ${DEFAULT-VALUE}.")
  private int tcpPort = Defaults.CONSOLE_PORT;

  @Option(names = "--hive-binary", paramLabel = "FILE", description = "local: the POSIX build, hive-hosted.")
  private @Nullable Path hiveBinary;

  @Option(names = "--qemu-image", paramLabel = "FILE",
      description = "qemu: the image. Default: the release's own, else out/cohesix/image/cohesix-qemu.img.")
  private @Nullable Path qemuImage;

  @Option(names = "--role", paramLabel = "ROLE",
      description = "Attach as queen, worker-heartbeat, worker-gpu, worker-bus or worker-lora. Default: queen.")
  private @Nullable String role;

  @Option(names = "--ticket-file", paramLabel = "FILE", description = "The ticket to attach with; else COHESIX_TICKET.")
  private @Nullable Path ticketFile;

  @Option(names = "--auth-token-file", paramLabel = "FILE",
      description = "The console's token; else COHESIX_AUTH_TOKEN, else the development token.")
  private @Nullable Path authTokenFile;

  @Option(names = "--policy", paramLabel = "FILE",
      description = "A client policy made by coh-rtc. Default: the one this program was built with.")
  private @Nullable Path policy;

  @Option(names = "--expect-manifest", paramLabel = "SHA256",
      description = "Refuse to start unless the policy was made from this manifest.")
  private @Nullable String expectManifest;

  /** The role that was named; null: none was. */
  public @Nullable String namedRole() {
    return role;
  }

  /** The role to attach as. */
  public String role() {
    return role == null ? "queen" : role;
  }

  /** The console's token. */
  public String token() {
    String token = usable(() -> Secrets.read(authTokenFile, Secrets.TOKEN_VARIABLE, "the console token"));
    return token == null ? Secrets.DEVELOPMENT_TOKEN : token;
  }

  /** The ticket to attach with, or null. */
  public @Nullable String ticket() {
    return usable(() -> Secrets.read(ticketFile, Secrets.TICKET_VARIABLE, "the ticket"));
  }

  /** Whether the way that was named implies Secure9P. */
  public boolean namesSecure9p() {
    return transport == TransportKind.secure9p;
  }

  /** The way to the hive. */
  public Transport transport() {
    return usable(
        () ->
            switch (transport) {
              case tcp, secure9p -> new TcpTransport(new Endpoint(tcpHost, tcpPort));
              case local -> LocalTransport.find(hiveBinary);
              case qemu -> QemuTransport.find(qemuImage);
            });
  }

  /** The bounds to keep, made from the manifest that is expected. */
  public ClientPolicy policy() {
    Path file = policy;
    ClientPolicy loaded;
    try {
      loaded = file == null ? ClientPolicy.defaults() : PolicyFile.load(file);
    } catch (PolicyFile.PolicyException e) {
      throw new UsageException(e.getMessage() + "");
    }
    if (expectManifest != null && !expectManifest.equals(loaded.manifestSha256())) {
      throw new UsageException(
          "the policy was made from manifest " + loaded.manifestSha256() + ", expected " + expectManifest
              + ": give --policy the file that coh-rtc compile made from that manifest");
    }
    return loaded;
  }

  private static <T extends @Nullable Object> T usable(Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage() + "");
    }
  }
}
