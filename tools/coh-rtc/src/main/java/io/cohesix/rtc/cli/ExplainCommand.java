// coh-rtc explain: what a key does, its range, and where it ends up.
package io.cohesix.rtc.cli;

import io.cohesix.rtc.codegen.json.Json;
import io.cohesix.rtc.manifest.Key;
import io.cohesix.rtc.manifest.Schema;
import io.cohesix.rtc.manifest.Sink;
import io.cohesix.rtc.manifest.Type;
import io.cohesix.rtc.validate.Names;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
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
    description = "Says what a key or the keys of a section do, their ranges, defaults and where they end up.")
final class ExplainCommand implements Callable<Integer> {
  @Parameters(arity = "1", paramLabel = "KEY", description = "Dotted key or section, for example secure9p.msize.")
  private String name = "";

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec
  ExplainCommand() {}

  @Override
  public Integer call() {
    String wanted = name.replaceAll("\\[\\d+\\]", "[]");
    List<Key> hits = Schema.get().keys().stream()
        .filter(k -> k.path().equals(wanted) || plain(k).equals(wanted)
            || k.path().startsWith(wanted + '.') || k.path().startsWith(wanted + "[]."))
        .toList();
    if (hits.isEmpty()) {
      String near = Names.nearest(wanted, Schema.get().keys().stream().map(Key::path).toList());
      throw new CommandLine.ParameterException(spec.commandLine(),
          "no key or section " + name + (near == null ? "" : "; did you mean " + near + "?"));
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
