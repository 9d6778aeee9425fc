// `cas-tool upload`: a bundle goes to a hive, or what the hive misses of it.
package io.cohesix.castool;

import io.cohesix.castool.bundle.Bundle;
import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.upload.Hives;
import io.cohesix.castool.upload.Progress;
import io.cohesix.castool.upload.UploadException;
import io.cohesix.castool.upload.Uploader;
import io.cohesix.core.Tty;
import io.cohesix.core.cli.ExitCode;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "upload", sortOptions = false, description = "Check a bundle and send a hive what it misses of it, until it is ready.")
final class Upload extends HiveWork {
  @Parameters(paramLabel = "DIR", description = "The bundle.")
  Path folder = Path.of("");

  @Override
  int run(Output output) throws BundleException, UploadException {
    Bundle bundle = Bundle.open(folder);
    bundle.verify(null);
    if (bundle.manifest().signature() == null) {
      output.say("note: the bundle is unsigned; a hive with cas.signing.required refuses it");
    }
    try (Hives hives = hives()) {
      Uploader.Result result;
      try (Progress progress = new Progress(output.messages(), Tty.errors())) {
        result = new Uploader(hives, bundle, progress).upload();
      }
      output.result(
          "uploaded",
          new Facts()
              .add("epoch", bundle.manifest().epoch().text())
              .add("state", "ready")
              .add("chunks", result.status().chunks())
              .add("total", result.status().total())
              .add("sent_bytes", result.sentBytes())
              .add("sent_chunks", result.sentChunks()));
      return ExitCode.OK;
    }
  }
}
