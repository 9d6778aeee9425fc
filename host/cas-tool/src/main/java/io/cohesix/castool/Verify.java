// `cas-tool verify`: everything that a hive will check, and the hashes that it can't before all chunks are there.
package io.cohesix.castool;

import io.cohesix.castool.bundle.Bundle;
import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.bundle.PublicKey;
import io.cohesix.core.cli.ExitCode;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "verify", sortOptions = false,
    description = "Check a bundle: canonical form, every chunk's length and hash, the payload's hash, the signature.")
final class Verify extends Work {
  @Parameters(paramLabel = "DIR", description = "The bundle.")
  Path folder = Path.of("");

  @Mixin KeyChoice keys = new KeyChoice();

  @Option(names = "--base", paramLabel = "DIR", description = "The bundle that a delta builds on; its payload's hash needs it.")
  @Nullable Path base;

  @Override
  int run(Output output) throws BundleException {
    PublicKey key = keys.chosen();
    Path below = base;
    Bundle bundle = Bundle.open(folder);
    Bundle.Verified verified = bundle.verify(below == null ? null : Bundle.open(below));
    String signature = signature(bundle, key);
    if (!verified.payloadChecked()) {
      output.say("note: the payload's hash covers the base too and was not checked: name it with --base");
    }
    if (signature.equals("unchecked")) {
      output.say("note: the signature was not checked: name a key with --key or --public");
    }
    for (String stray : verified.strays()) {
      output.say("note: chunks/" + stray + " belongs to no chunk of the manifest");
    }
    output.result(
        "verified",
        BundleFacts.of(bundle).add("payload", verified.payloadChecked() ? "checked" : "unchecked").add("signature", signature));
    return ExitCode.OK;
  }

  private static String signature(Bundle bundle, @Nullable PublicKey key) throws BundleException {
    boolean signed = bundle.manifest().signature() != null;
    if (key == null) {
      return signed ? "unchecked" : "none";
    }
    if (!signed) {
      throw new BundleException(bundle.folder() + " is unsigned: cas-tool sign " + bundle.folder() + " --key FILE");
    }
    if (!bundle.manifest().isSignedBy(key)) {
      throw new BundleException(
          bundle.folder() + ": the signature is not that of " + key + ": the manifest was changed, or another key signed it");
    }
    return "checked";
  }
}
