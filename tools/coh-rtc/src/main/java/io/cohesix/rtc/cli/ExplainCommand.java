// coh-rtc explain: what a key does, its range, and where it ends up; or who holds which capability.
package io.cohesix.rtc.cli;

import io.cohesix.rtc.build.Workspace;
import io.cohesix.rtc.caps.CapTable;
import io.cohesix.rtc.codegen.docs.CapsText;
import io.cohesix.rtc.codegen.json.CapsJson;
import io.cohesix.rtc.codegen.json.Json;
import io.cohesix.rtc.manifest.Key;
import io.cohesix.rtc.manifest.Schema;
import io.cohesix.rtc.manifest.Sink;
import io.cohesix.rtc.manifest.Type;
import io.cohesix.rtc.validate.Names;
import io.cohesix.rtc.validate.Validation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code coh-rtc explain}. */
@Command(
    name = "explain",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Says what a key or the keys of a section do, or which task of an image holds which capability and why.",
    footer = {
      "",
      "Exit codes: 0 ok, 1 findings in the manifest, 2 usage.",
      "Examples: coh-rtc explain secure9p.msize",
      "          coh-rtc explain --caps --format dot | dot -Tsvg >caps.svg"
    })
final class ExplainCommand implements Callable<Integer> {
  /** Forms of the capability tables. */
  enum Format {
    /** Columns. */
    text,
    /** A graph for graphviz. */
    dot,
    /** Everything, for programs. */
    json
  }

  @Parameters(
      arity = "0..1",
      paramLabel = "KEY|MANIFEST",
      description = {
        "Dotted key or section, for example secure9p.msize.",
        "With --caps: manifest file (default: configs/root_task.toml)."
      })
  private @Nullable String name;

  @Option(names = "--caps", description = "Print who holds which capability, what is mapped where, and what is shared with whom.")
  private boolean caps;

  @Option(
      names = "--format",
      paramLabel = "FORM",
      description = "With --caps: ${COMPLETION-CANDIDATES} (default: text). dot is for graphviz.")
  private @Nullable Format format;

  @Option(names = "--project-root", paramLabel = "DIR", description = "With --caps: folder that relative paths start from.")
  private @Nullable Path projectRoot;

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec
  ExplainCommand() {}

  @Override
  public Integer call() throws IOException {
    if (caps) {
      return tables();
    }
    if (format != null || projectRoot != null) {
      throw new CommandLine.ParameterException(spec.commandLine(), "--format and --project-root go with --caps");
    }
    if (name == null) {
      throw new CommandLine.ParameterException(spec.commandLine(), "name a key or section, or give --caps");
    }
    return keys(name);
  }

  private int tables() throws IOException {
    if (json && format != null && format != Format.json) {
      throw new CommandLine.ParameterException(spec.commandLine(), "--json and --format " + format + " say two forms");
    }
    Path manifest = name == null ? Path.of("configs", "root_task.toml") : Path.of(name);
    if (name != null && Files.notExists(manifest)) {
      throw new NoSuchFileException(name, null, "--caps takes a manifest (such as configs/root_task.toml), not a key");
    }
    Validation v = ManifestOptions.validate(manifest, Workspace.of(manifest, projectRoot, null, null));
    ManifestOptions.print(spec.commandLine().getErr(), v.findings());
    if (!v.ok()) {
      return 1;
    }
    CapTable t = CapTable.of(v.manifest());
    Format form = json ? Format.json : format == null ? Format.text : format;
    spec.commandLine().getOut().print(switch (form) {
      case text -> CapsText.text(t);
      case dot -> CapsText.dot(t);
      case json -> CapsJson.text(t);
    });
    return 0;
  }

  private int keys(String key) {
    String wanted = key.replaceAll("\\[\\d+\\]", "[]");
    List<Key> hits = Schema.get().keys().stream()
        .filter(k -> k.path().equals(wanted) || plain(k).equals(wanted)
            || k.path().startsWith(wanted + '.') || k.path().startsWith(wanted + "[]."))
        .toList();
    if (hits.isEmpty()) {
      String near = Names.nearest(wanted, Schema.get().keys().stream().map(Key::path).toList());
      throw new CommandLine.ParameterException(spec.commandLine(),
          "no key or section " + key + (near == null ? "" : "; did you mean " + near + "?"));
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.print(Json.print(Map.of("keys", hits.stream().map(ExplainCommand::json).toList())));
      return 0;
    }
    String separator = "";
    for (Key k : hits) {
      out.print(separator);
      out.println(k.path());
      out.println("  " + k.meaning());
      out.println("  type     " + k.type().words() + aliases(k));
      out.println("  default  " + k.defaultText());
      out.println("  ends in  " + String.join(", ", k.sinks().stream().map(Sink::place).toList())
          + (k.sinks().contains(Sink.ROOT) && scalar(k) ? " as " + macro(k) : ""));
      separator = "\n";
    }
    return 0;
  }

  private static String plain(Key k) {
    return k.path().replace("[]", "");
  }

  private static boolean scalar(Key k) {
    return !k.inRow() && (k.type() instanceof Type.Bool || k.type() instanceof Type.Int || k.type() instanceof Type.Choice);
  }

  private static String macro(Key k) {
    return "COH_" + k.path().toUpperCase(java.util.Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
  }

  private static String aliases(Key k) {
    StringBuilder out = new StringBuilder();
    if (k.type() instanceof Type.Choice c) {
      c.aliases().forEach(a -> out.append("; ").append(a.old()).append(" = ").append(a.value()).append(" (deprecated)"));
    }
    return out.toString();
  }

  private static Object json(Key k) {
    List<String> places = new ArrayList<>(k.sinks().stream().map(Sink::place).toList());
    return Map.of("key", k.path(), "meaning", k.meaning(), "type", k.type().words(), "default", k.defaultText(),
        "required", k.required(), "ends_in", places);
  }
}
