// `cas-tool status`: what a hive has of an epoch, or of all.
package io.cohesix.castool;

import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.upload.EpochStatus;
import io.cohesix.castool.upload.Hives;
import io.cohesix.castool.upload.Progress;
import io.cohesix.castool.upload.UploadException;
import io.cohesix.castool.upload.Uploader;
import io.cohesix.core.cli.ExitCode;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "status", sortOptions = false, description = "Show what a hive has of an epoch, or of every one.")
final class StatusOf extends HiveWork {
  @Parameters(paramLabel = "EPOCH", arity = "0..1", description = "The epoch. Default: all that the hive has.")
  @Nullable String epoch;

  @Override
  int run(Output output) throws BundleException, UploadException {
    String one = epoch == null ? null : Discard.epoch(epoch).text();
    try (Hives hives = hives()) {
      Progress silent = new Progress(output.messages(), false);
      List<String> texts = hives.run(silent, session -> one == null ? Uploader.statuses(session) : List.of(Uploader.statusOf(session, one)));
      for (String text : texts) {
        show(output, text);
      }
      return ExitCode.OK;
    }
  }

  /** With --json one object a line. */
  private static void show(Output output, String text) throws UploadException {
    if (!output.json()) {
      output.data(text.stripTrailing());
      return;
    }
    EpochStatus status = EpochStatus.parse("/updates/*/status", text);
    output.result(
        "",
        new Facts()
            .add("epoch", status.epoch())
            .add("state", status.state().name().toLowerCase(Locale.ROOT))
            .add("manifest_bytes", status.manifestBytes())
            .add("manifest", status.manifestComplete() ? "complete" : "partial")
            .add("chunks", status.chunks())
            .add("total", status.total())
            .add("payload_bytes", status.payloadBytes())
            .add("quarantined", status.quarantined())
            .add("missing", status.missing().stream().map(each -> each.first() + "-" + each.last()).toList()));
  }
}
