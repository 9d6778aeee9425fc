// coh-rtc diff: what changes between two manifests: keys, pools, artefacts.
package io.cohesix.rtc.cli;

import io.cohesix.rtc.build.Difference;
import io.cohesix.rtc.build.Workspace;
import io.cohesix.rtc.codegen.json.Json;
import io.cohesix.rtc.validate.Validation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code coh-rtc diff}. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Says which keys, pools and tables differ between two manifests. Exit 0 whether or not they do.")
final class DiffCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "A", description = "Manifest before.")
  private Path before = Path.of("");

  @Parameters(index = "1", paramLabel = "B", description = "Manifest after.")
  private Path after = Path.of("");

  @Option(names = "--project-root", paramLabel = "DIR", description = "Folder that relative paths start from.")
  private @Nullable Path projectRoot;

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec
  DiffCommand() {}

  @Override
  public Integer call() throws Exception {
    Validation a = load(before);
    Validation b = load(after);
    PrintWriter stderr = spec.commandLine().getErr();
    ManifestOptions.print(stderr, a.findings());
    ManifestOptions.print(stderr, b.findings());
    if (!a.ok() || !b.ok()) {
      return 1;
    }
    Difference d = Difference.of(a, b);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.print(Json.print(d.json()));
    } else {
      d.lines().forEach(out::println);
    }
    return 0;
  }

  private Validation load(Path manifest) throws IOException {
    return ManifestOptions.validate(manifest, Workspace.of(manifest, projectRoot, null, null));
  }
}
