// coh-rtc compile: writes every artefact, or says which are stale.
package io.cohesix.rtc.cli;

import io.cohesix.rtc.build.Compiler;
import io.cohesix.rtc.build.Workspace;
import io.cohesix.rtc.codegen.Artefact;
import io.cohesix.rtc.codegen.Input;
import io.cohesix.rtc.validate.Validation;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code coh-rtc compile}. */
@Command(
    name = "compile",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Validates a manifest and writes every artefact that is derived from it.")
final class CompileCommand implements Callable<Integer> {
  @Mixin private final ManifestOptions options = new ManifestOptions();

  @Option(names = "--check", description = "Write nothing; exit 1 when an artefact differs from what would be written.")
  private boolean check;

  @Option(
      names = "--build-only",
      description = "Leave the project's committed documents, scripts and Java defaults alone; for manifests beside the project's own.")
  private boolean buildOnly;

  @Option(names = "--generated", paramLabel = "DIR", description = "Folder of the C tables (default: seL4/root-task/generated).")
  private @Nullable Path generated;

  @Option(names = "--out", paramLabel = "DIR", description = "Folder of what is not committed (default: out).")
  private @Nullable Path out;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec
  CompileCommand() {}

  @Override
  public Integer call() throws Exception {
    PrintWriter stdout = spec.commandLine().getOut();
    PrintWriter stderr = spec.commandLine().getErr();
    Workspace w = options.workspace(generated, out);
    Validation v = options.validate(w);
    if (!options.json) {
      ManifestOptions.print(stderr, v.findings());
    }
    if (!v.ok()) {
      if (options.json) {
        stdout.print(Report.of(false, v.findings(), Map.of()));
      }
      return 1;
    }
    Input in = Compiler.input(v, w.scripts());
    List<Artefact> artefacts = Compiler.artefacts(in, w.documents());
    if (buildOnly) {
      artefacts = buildOnly(artefacts);
    }
    List<String> changed = check ? Compiler.stale(w, artefacts) : Compiler.write(w, artefacts);
    boolean ok = !check || changed.isEmpty();
    String note = in.embedded()
        ? "the tables hold derived ticket keys and the token's digest: an image made from them is itself a secret" : "";
    if (options.json) {
      stdout.print(Report.of(ok, v.findings(), Map.of("manifest_sha256", in.sha256(), check ? "stale" : "written", changed,
          "image_is_secret", in.embedded(), "note", note)));
      return ok ? 0 : 1;
    }
    for (String c : changed) {
      stdout.println(check ? "stale: " + c : "wrote " + c);
    }
    if (!ok) {
      stderr.println("coh-rtc: " + changed.size() + " of " + artefacts.size() + " artefacts are stale; run: coh-rtc compile "
          + options.manifest.toString().replace('\\', '/'));
      return 1;
    }
    stdout.println("manifest " + in.sha256() + ": " + artefacts.size() + " artefacts "
        + (check ? "are up to date" : "(" + changed.size() + " written)"));
    if (!note.isEmpty()) {
      stderr.println("note: " + note);
    }
    return 0;
  }

  /** Without what lies in committed folders; the boot script, which names the manifest, goes beside the policies. */
  private static List<Artefact> buildOnly(List<Artefact> all) {
    String boot = "scripts/cohsh/boot_v0.coh";
    return all.stream()
        .filter(a -> a.place() != Artefact.Place.ROOT || a.name().equals(boot))
        .map(a -> a.name().equals(boot) ? new Artefact(Artefact.Place.OUT, "boot_v0.coh", a.content()) : a)
        .toList();
  }
}
