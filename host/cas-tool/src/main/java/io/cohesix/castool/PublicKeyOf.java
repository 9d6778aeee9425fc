// `cas-tool public-key`: what a seed's signatures are checked with.
package io.cohesix.castool;

import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.bundle.PublicKey;
import io.cohesix.castool.bundle.SigningKey;
import io.cohesix.core.cli.ExitCode;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "public-key", sortOptions = false, description = "Print the public key of a seed.")
final class PublicKeyOf extends Work {
  @Option(names = "--key", required = true, paramLabel = "FILE", description = "A seed of 64 hexadecimal digits.")
  Path key = Path.of("");

  @Override
  int run(Output output) throws BundleException {
    PublicKey found = SigningKey.read(key).publicKey();
    if (output.json()) {
      output.result("", new Facts().add("public_key", found.hex()));
    } else {
      output.data(found.hex());
    }
    return ExitCode.OK;
  }
}
