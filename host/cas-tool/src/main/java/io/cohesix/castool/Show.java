// `cas-tool show`: a manifest for people. Looks at no chunk.
package io.cohesix.castool;

import io.cohesix.castool.bundle.Bundle;
import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.bundle.Manifest;
import io.cohesix.castool.bundle.Sha256;
import io.cohesix.castool.bundle.Signature;
import io.cohesix.core.cli.ExitCode;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "show", sortOptions = false, description = "Show a bundle's manifest.")
final class Show extends Work {
  @Parameters(paramLabel = "DIR", description = "The bundle.")
  Path folder = Path.of("");

  @Override
  int run(Output output) throws BundleException {
    Bundle bundle = Bundle.open(folder);
    Manifest manifest = bundle.manifest();
    Manifest.Base base = manifest.base();
    Signature signature = manifest.signature();
    if (output.json()) {
      output.result(
          "",
          BundleFacts.of(bundle)
              .add("schema", Manifest.SCHEMA)
              .add("manifest_bytes", bundle.manifestBytes().length)
              .add("signature", signature == null ? null : signature.hex())
              .add("chunk_sha256", manifest.chunks().stream().map(Sha256::hex).toList()));
      return ExitCode.OK;
    }
    output.data("schema          " + Manifest.SCHEMA + ", " + bundle.manifestBytes().length + " bytes");
    output.data("epoch           " + manifest.epoch());
    output.data("payload         " + manifest.payloadBytes() + " bytes in " + manifest.chunks().size() + " chunks of " + manifest.chunkBytes());
    output.data("payload_sha256  " + manifest.payloadSha256());
    output.data("base            " + (base == null ? "none" : "epoch " + base.epoch() + ", payload " + base.sha256()));
    output.data("signature       " + (signature == null ? "none" : signature.hex()));
    for (int i = 0; i < manifest.chunks().size(); i++) {
      output.data("chunk %-9d %s".formatted(i, manifest.chunks().get(i)));
    }
    if (manifest.goesBack()) {
      output.say("note: " + Pack.goingBack(manifest));
    }
    return ExitCode.OK;
  }
}
