// `cas-tool discard`: ends an upload that nobody goes on with, which keeps others from sending their manifests.
package io.cohesix.castool;

import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.bundle.Epoch;
import io.cohesix.castool.upload.Hives;
import io.cohesix.castool.upload.Progress;
import io.cohesix.castool.upload.UploadException;
import io.cohesix.castool.upload.Uploader;
import io.cohesix.core.cli.ExitCode;
import io.cohesix.core.cli.UsageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "discard", sortOptions = false, description = "Make a hive drop a manifest that is partly there.")
final class Discard extends HiveWork {
  @Parameters(paramLabel = "EPOCH", description = "The epoch.")
  String epoch = "";

  @Override
  int run(Output output) throws BundleException, UploadException {
    Epoch checked = epoch(epoch);
    try (Hives hives = hives()) {
      int dropped = Uploader.discard(hives, checked.text(), new Progress(output.messages(), false));
      output.result("discarded", new Facts().add("epoch", checked.text()).add("manifest_bytes", dropped));
      return ExitCode.OK;
    }
  }

  static Epoch epoch(String text) {
    try {
      return new Epoch(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage() + "");
    }
  }
}
