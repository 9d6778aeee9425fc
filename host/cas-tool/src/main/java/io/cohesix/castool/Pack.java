// `cas-tool pack`: a payload becomes a bundle.
package io.cohesix.castool;

import io.cohesix.castool.bundle.Bundle;
import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.bundle.Epoch;
import io.cohesix.castool.bundle.Manifest;
import io.cohesix.castool.bundle.Packer;
import io.cohesix.castool.bundle.SigningKey;
import io.cohesix.core.cli.ExitCode;
import io.cohesix.core.cli.UsageException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "pack", sortOptions = false, description = "Make an update from a payload: manifest and chunks.")
final class Pack extends Work {
  @Parameters(paramLabel = "PAYLOAD", description = "The file to pack; with --base, what follows the base's payload.")
  Path payload = Path.of("");

  @Option(names = "--epoch", required = true, paramLabel = "N", description = "The update's number: 1 to 20 digits.")
  String epoch = "";

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where the bundle goes.")
  Path out = Path.of("");

  @Option(names = "--chunk-bytes", paramLabel = "N",
      description = "Bytes of a chunk, the hive's cas.store.chunk_bytes. Default: ${DEFAULT-VALUE}.")
  int chunkBytes = 128;

  @Option(names = "--base", paramLabel = "DIR", description = "Make a delta on this bundle, which must not be one itself.")
  @Nullable Path base;

  @Option(names = "--key", paramLabel = "FILE", description = "Sign with this seed of 64 hexadecimal digits. Default: unsigned.")
  @Nullable Path key;

  @Option(names = "--force", description = "Replace a different bundle in DIR.")
  boolean force;

  @Override
  int run(Output output) throws BundleException {
    Packer packer = packer();
    Packer.Packed packed = packer.pack(payload, out);
    Manifest manifest = packed.bundle().manifest();
    if (manifest.goesBack()) {
      output.say("note: " + goingBack(manifest));
    }
    if (manifest.signature() == null) {
      output.say("note: unsigned; a hive with cas.signing.required refuses it: cas-tool sign " + out + " --key FILE");
    }
    output.result("packed", BundleFacts.of(packed.bundle()).add("unchanged", packed.unchanged()));
    return ExitCode.OK;
  }

  private Packer packer() throws BundleException {
    Path below = base;
    Path secret = key;
    try {
      return new Packer(
          new Epoch(epoch),
          chunkBytes,
          below == null ? null : Bundle.open(below),
          secret == null ? null : SigningKey.read(secret),
          force);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage() + "");
    }
  }

  static String goingBack(Manifest manifest) {
    Manifest.Base base = manifest.base();
    return "the base is epoch " + (base == null ? "" : base.epoch()) + ", newer than epoch " + manifest.epoch()
        + ": once signed, this permits a hive to go back";
  }
}
