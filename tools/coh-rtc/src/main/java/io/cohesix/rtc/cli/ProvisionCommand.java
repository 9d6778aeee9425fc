// coh-rtc provision: writes the key blob of a release image.
package io.cohesix.rtc.cli;

import io.cohesix.rtc.build.Compiler;
import io.cohesix.rtc.build.ProvisionBlob;
import io.cohesix.rtc.build.Workspace;
import io.cohesix.rtc.codegen.Input;
import io.cohesix.rtc.validate.Validation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code coh-rtc provision}. */
@Command(
    name = "provision",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Writes the ticket keys and the token digest that a release image is started with. The file is a secret.")
final class ProvisionCommand implements Callable<Integer> {
  @Mixin private final ManifestOptions options = new ManifestOptions();

  @Mixin private final SealOptions sealing = new SealOptions();

  @Option(names = {"-o", "--output"}, required = true, paramLabel = "FILE", description = "The blob, readable by its owner only.")
  private Path output = Path.of("");

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec
  ProvisionCommand() {}

  @Override
  public Integer call() throws Exception {
    if (Files.exists(output) && !Files.isRegularFile(output)) {
      // A file is put in its place: a folder, a device or a pipe would be gone.
      throw new CommandLine.ParameterException(spec.commandLine(), "-o " + output + " is not a file: name one that is, or a new one");
    }
    if (!Files.isDirectory(folder(output))) {
      throw new CommandLine.ParameterException(spec.commandLine(), "-o " + output + ": there is no folder " + folder(output));
    }
    Workspace w = options.workspace(null, null);
    Validation v = options.validate(w);
    PrintWriter stdout = spec.commandLine().getOut();
    if (!options.json) {
      ManifestOptions.print(spec.commandLine().getErr(), v.findings());
    }
    if (!v.ok()) {
      if (options.json) {
        stdout.print(Report.of(false, v.findings(), Map.of()));
      }
      return 1;
    }
    Input in = Compiler.input(v, List.of());
    byte[] blob = sealing.apply(in, ProvisionBlob.of(in));
    writePrivate(output, blob);
    if (options.json) {
      stdout.print(Report.of(true, v.findings(), Map.of("manifest_sha256", in.sha256(), "bytes", blob.length,
          "keys", in.credentials().tickets().size())));
    } else {
      stdout.println("wrote " + output.toString().replace('\\', '/') + ": " + blob.length + " bytes, "
          + in.credentials().tickets().size() + " keys for manifest " + in.sha256()
          + (sealing.asked() ? ", sealed to one image on one device" : "; keep it secret"));
    }
    return 0;
  }

  private static Path folder(Path file) {
    return Objects.requireNonNullElse(file.toAbsolutePath().getParent(), file.toAbsolutePath());
  }

  /** Puts a new file that only its owner reads where the target is, or where a link points that the target is; all of it or nothing. */
  private static void writePrivate(Path target, byte[] bytes) throws IOException {
    Path whole = Files.exists(target) ? target.toRealPath() : target.toAbsolutePath();
    Path fresh = null;
    try {
      fresh = Files.createTempFile(folder(whole), "." + whole.getFileName() + ".", ".new"); // its mode is 0600
      Files.write(fresh, bytes);
      Files.move(fresh, whole, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      if (fresh != null) {
        Files.deleteIfExists(fresh);
      }
      throw new IOException("can't write " + target + ": " + Failure.why(e), e);
    }
  }
}
