// `cas-tool sign`: adds or replaces a bundle's signature.
package io.cohesix.castool;

import io.cohesix.castool.bundle.Bundle;
import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.bundle.SigningKey;
import io.cohesix.core.cli.ExitCode;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "sign", sortOptions = false, description = "Check a bundle, then add or replace its signature.")
final class Sign extends Work {
  @Parameters(paramLabel = "DIR", description = "The bundle.")
  Path folder = Path.of("");

  @Option(names = "--key", required = true, paramLabel = "FILE", description = "A seed of 64 hexadecimal digits.")
  Path key = Path.of("");

  @Override
  int run(Output output) throws BundleException {
    SigningKey signer = SigningKey.read(key);
    Bundle signed = Bundle.sign(folder, signer);
    if (signed.manifest().goesBack()) {
      output.say("note: " + Pack.goingBack(signed.manifest()));
    }
    output.result("signed", BundleFacts.of(signed).add("public_key", signer.publicKey().hex()));
    return ExitCode.OK;
  }
}
