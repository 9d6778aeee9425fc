// `cas-tool model …`: weights with their schema, signed together.
package io.cohesix.castool;

import io.cohesix.castool.bundle.BundleException;
import io.cohesix.castool.bundle.Model;
import io.cohesix.castool.bundle.PublicKey;
import io.cohesix.castool.bundle.SigningKey;
import io.cohesix.castool.upload.Hives;
import io.cohesix.castool.upload.ModelUploader;
import io.cohesix.castool.upload.Progress;
import io.cohesix.castool.upload.UploadException;
import io.cohesix.core.Tty;
import io.cohesix.core.cli.ExitCode;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "model", sortOptions = false, description = "The same for models: pack, verify, upload.",
    commandListHeading = "%nCommands:%n",
    subcommands = {ModelCommand.PackModel.class, ModelCommand.VerifyModel.class, ModelCommand.UploadModel.class})
final class ModelCommand {
  @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help.")
  boolean help;

  static Facts facts(Model model) {
    return new Facts()
        .add("model", model.id().hex())
        .add("weights_bytes", model.weightsBytes())
        .add("schema_bytes", model.schemaBytes())
        .add("schema_sha256", model.schemaSha256().hex())
        .add("folder", model.folder());
  }

  @Command(name = "pack", sortOptions = false, description = "Copy weights and schema into a folder and sign them.")
  static final class PackModel extends Work {
    @Option(names = "--weights", required = true, paramLabel = "FILE", description = "The weights; their SHA-256 is the model's name.")
    Path weights = Path.of("");

    @Option(names = "--schema", required = true, paramLabel = "FILE", description = "What the weights are.")
    Path schema = Path.of("");

    @Option(names = "--key", required = true, paramLabel = "FILE", description = "A seed of 64 hexadecimal digits.")
    Path key = Path.of("");

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where the model goes.")
    Path out = Path.of("");

    @Option(names = "--force", description = "Replace a different model in DIR.")
    boolean force;

    @Override
    int run(Output output) throws BundleException {
      output.result("packed", facts(Model.pack(weights, schema, SigningKey.read(key), out, force)));
      return ExitCode.OK;
    }
  }

  @Command(name = "verify", sortOptions = false, description = "Check a model's files and, with a key, its signature.")
  static final class VerifyModel extends Work {
    @Parameters(paramLabel = "DIR", description = "The model.")
    Path folder = Path.of("");

    @Mixin KeyChoice keys = new KeyChoice();

    @Override
    int run(Output output) throws BundleException {
      PublicKey key = keys.chosen();
      Model model = Model.open(folder);
      if (key == null) {
        output.say("note: the signature was not checked: name a key with --key or --public");
      } else if (!model.isSignedBy(key)) {
        throw new BundleException(folder + ": the signature is not that of " + key + ": a file was changed, or another key signed it");
      }
      output.result("verified", facts(model).add("signature", key == null ? "unchecked" : "checked"));
      return ExitCode.OK;
    }
  }

  @Command(name = "upload", sortOptions = false, description = "Send a hive what it misses of a model, until it is committed.")
  static final class UploadModel extends HiveWork {
    @Parameters(paramLabel = "DIR", description = "The model.")
    Path folder = Path.of("");

    @Override
    int run(Output output) throws BundleException, UploadException {
      Model model = Model.open(folder);
      try (Hives hives = hives()) {
        long sent;
        try (Progress progress = new Progress(output.messages(), Tty.errors())) {
          sent = new ModelUploader(hives, model, progress).upload();
        }
        output.result("uploaded", new Facts().add("model", model.id().hex()).add("state", "committed").add("sent_bytes", sent));
        return ExitCode.OK;
      }
    }
  }
}
