// Which key a signature is checked with.
package io.cohesix.castool;

import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.bundle.PublicKey;
import io.cohesix.castool.bundle.SigningKey;
import io.cohesix.core.cli.UsageException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --key} or {@code --public}. */
final class KeyChoice {
  @Option(names = "--key", paramLabel = "FILE", description = "Check the signature with this seed's public key.")
  @Nullable Path key;

  @Option(names = "--public", paramLabel = "HEX", description = "Check the signature with this public key.")
  @Nullable String hex;

  /** The key, or null when none is named. */
  @Nullable PublicKey chosen() throws BundleException {
    Path seed = key;
    String text = hex;
    if (seed != null && text != null) {
      throw new UsageException("use only one of --key and --public");
    }
    return seed != null ? SigningKey.read(seed).publicKey() : text != null ? PublicKey.parse(text) : null;
  }
}
