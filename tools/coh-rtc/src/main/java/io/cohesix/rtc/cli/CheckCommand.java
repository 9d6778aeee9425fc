// coh-rtc check: validates a manifest.
package io.cohesix.rtc.cli;

import io.cohesix.rtc.validate.Validation;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code coh-rtc check}. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Validates a manifest and reports every finding; writes nothing.")
final class CheckCommand implements Callable<Integer> {
  @Mixin private final ManifestOptions options = new ManifestOptions();

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec
  CheckCommand() {}

  @Override
  public Integer call() throws Exception {
    Validation v = options.validate(options.workspace(null, null));
    PrintWriter stdout = spec.commandLine().getOut();
    if (options.json) {
      stdout.print(Report.of(v.ok(), v.findings(), Map.of()));
    } else {
      ManifestOptions.print(spec.commandLine().getErr(), v.findings());
      if (v.ok()) {
        stdout.println(options.manifest.toString().replace('\\', '/') + ": ok");
      }
    }
    return v.ok() ? 0 : 1;
  }
}
