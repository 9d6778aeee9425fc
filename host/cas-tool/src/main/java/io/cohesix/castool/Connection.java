// The options that lead to a hive, the same as cohsh's. Secrets come from files and from the environment only.
package io.cohesix.castool;

import io.cohesix.castool.upload.Hives;
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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A way to a hive. */
final class Connection {
  /** The ways; Secure9P is spoken on each. */
  enum TransportKind {
    tcp,
    secure9p,
    local,
    qemu
  }

  @Option(names = "--transport", paramLabel = "KIND",
      description = "tcp or secure9p: a running hive; local: start the POSIX build; qemu: start an image. Default: ${DEFAULT-VALUE}.")
  TransportKind transport = TransportKind.tcp;

  @Option(names = {"--tcp-host", "--host"}, paramLabel = "HOST", description = "Where the hive listens. Default: ${DEFAULT-VALUE}.")
  String tcpHost = "127.0.0.1";

  @Option(names = {"--tcp-port", "--port"}, paramLabel = "PORT", description = "Its port. Default: ${DEFAULT-VALUE}.")
  int tcpPort = Defaults.CONSOLE_PORT;

  @Option(names = "--hive-binary", paramLabel = "FILE", description = "local: the POSIX build, hive-hosted.")
  @Nullable Path hiveBinary;

  @Option(names = "--qemu-image", paramLabel = "FILE", description = "qemu: the image. Default: out/cohesix/image/cohesix-qemu.img.")
  @Nullable Path qemuImage;

  @Option(names = "--role", paramLabel = "ROLE", description = "Attach as this role; updates and models are the queen's. Default: ${DEFAULT-VALUE}.")
  String role = "queen";

  @Option(names = "--ticket-file", paramLabel = "FILE", description = "The ticket to attach with; else COHESIX_TICKET.")
  @Nullable Path ticketFile;

  @Option(names = "--auth-token-file", paramLabel = "FILE",
      description = "The console's token; else COHESIX_AUTH_TOKEN, else the development token.")
  @Nullable Path authTokenFile;

  @Option(names = "--policy", paramLabel = "FILE",
      description = "A client policy made by coh-rtc. Default: the one this program was built with.")
  @Nullable Path policy;

  @Option(names = "--expect-manifest", paramLabel = "SHA256", description = "Refuse to start unless the policy was made from this manifest.")
  @Nullable String expectManifest;

  Hives open() {
    try {
      ClientPolicy bounds = policy();
      String token = Secrets.read(authTokenFile, Secrets.TOKEN_VARIABLE, "the console token");
      String ticket = Secrets.read(ticketFile, Secrets.TICKET_VARIABLE, "the ticket");
      Hives.Identity identity = new Hives.Identity(role, token == null ? Secrets.DEVELOPMENT_TOKEN : token, ticket);
      return new Hives(transport(), identity, bounds);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage() + "");
    }
  }

  private Transport transport() {
    return switch (transport) {
      case tcp, secure9p -> new TcpTransport(new Endpoint(tcpHost, tcpPort));
      case local -> LocalTransport.find(hiveBinary);
      case qemu -> QemuTransport.find(qemuImage);
    };
  }

  private ClientPolicy policy() {
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
}
