// coh-rtc capacity: the memory report, and its comparison with what the C compiler really made.
package io.cohesix.rtc.cli;

import io.cohesix.rtc.build.Compiler;
import io.cohesix.rtc.build.PoolSizes;
import io.cohesix.rtc.build.Workspace;
import io.cohesix.rtc.codegen.docs.Snippets;
import io.cohesix.rtc.codegen.json.CapacityJson;
import io.cohesix.rtc.codegen.json.Json;
import io.cohesix.rtc.validate.Validation;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code coh-rtc capacity}. */
@Command(
    name = "capacity",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Prints every static pool and the sum, or compares the report with compiled programs.")
final class CapacityCommand implements Callable<Integer> {
  @Mixin private final ManifestOptions options = new ManifestOptions();

  @Option(
      names = "--compare",
      paramLabel = "OBJ",
      arity = "1..*",
      description = {
        "Objects and programs that hold the pools together: rootserver.elf netd.elf nicd.elf worker.elf.",
        "Exit 1 when a pool or the sum is off by more than 1 %%, or a bound does not hold."
      })
  private List<Path> compare = List.of();

  @Option(names = "--nm", paramLabel = "PROGRAM", defaultValue = "nm", description = "The nm to read it with (default: ${DEFAULT-VALUE}).")
  private String nm = "nm";

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec
  CapacityCommand() {}

  @Override
  public Integer call() throws Exception {
    Workspace w = options.workspace(null, null);
    Validation v = options.validate(w);
    PrintWriter stdout = spec.commandLine().getOut();
    ManifestOptions.print(spec.commandLine().getErr(), v.findings());
    if (!v.ok()) {
      return 1;
    }
    if (compare.isEmpty()) {
      var in = Compiler.input(v, List.of());
      stdout.print(options.json ? CapacityJson.text(in) : Snippets.capacityReport(in));
      return 0;
    }
    List<PoolSizes.Row> rows = PoolSizes.compare(v.manifest(), PoolSizes.read(nm, compare));
    boolean ok = rows.stream().allMatch(PoolSizes.Row::ok);
    if (options.json) {
      stdout.print(Json.print(Map.of("ok", ok, "pools", rows.stream().map(CapacityCommand::json).toList())));
      return ok ? 0 : 1;
    }
    for (PoolSizes.Row r : rows) {
      if (!r.missing().isEmpty()) {
        stdout.println("skip " + r.name() + ": reported " + r.reported() + ", no " + r.missing() + " was given");
        continue;
      }
      stdout.println((r.ok() ? "ok   " : "OFF  ") + r.name() + ": reported " + r.reported() + ", compiled " + r.compiled()
          + (r.bound() ? " (bound)" : ""));
    }
    return ok ? 0 : 1;
  }

  private static Object json(PoolSizes.Row r) {
    return Map.of("name", r.name(), "reported_bytes", r.reported(), "compiled_bytes", r.compiled(), "bound", r.bound(), "ok", r.ok(),
        "missing", r.missing());
  }
}
