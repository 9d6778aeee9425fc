// The manifest argument and the folders, shared by the commands.
package io.cohesix.rtc.cli;

import io.cohesix.rtc.build.Workspace;
import io.cohesix.rtc.manifest.Finding;
import io.cohesix.rtc.secrets.SecretStore;
import io.cohesix.rtc.validate.Validation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Mixin: which manifest, which project. */
final class ManifestOptions {
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "MANIFEST",
      defaultValue = "configs/root_task.toml",
      description = "Manifest file (default: ${DEFAULT-VALUE}).")
  Path manifest = Path.of("configs", "root_task.toml");

  @Option(
      names = "--project-root",
      paramLabel = "DIR",
      description = "Folder that relative paths start from (default: the folder above configs/, else this folder).")
  @Nullable Path projectRoot;

  @Option(names = "--json", description = "Print the result as JSON.")
  boolean json;

  Workspace workspace(@Nullable Path generated, @Nullable Path out) {
    return Workspace.of(manifest, projectRoot, generated, out);
  }

  Validation validate(Workspace w) throws IOException {
    return validate(manifest, w);
  }

  static Validation validate(Path manifest, Workspace w) throws IOException {
    String name = manifest.toString().replace('\\', '/');
    try {
      return Validation.of(name, Workspace.text(manifest), new SecretStore(w.root(), System.getenv()));
    } catch (CharacterCodingException e) {
      return Validation.notUtf8(name);
    }
  }

  /** Prints findings as text, errors and notes alike. */
  static void print(PrintWriter err, List<Finding> findings) {
    findings.forEach(f -> err.println(f.text()));
  }
}
