// The folders of one compile.
package io.cohesix.rtc.build;

import io.cohesix.rtc.codegen.Artefact;
import io.cohesix.rtc.codegen.Input;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a compile reads and writes.
 *
 * @param root the project root
 * @param generated folder of the C tables
 * @param out folder of what is not committed
 */
public record Workspace(Path root, Path generated, Path out) {
  /** The workspace of a manifest; nulls mean the defaults. */
  public static Workspace of(Path manifest, @Nullable Path root, @Nullable Path generated, @Nullable Path out) {
    Path base = root == null ? root(manifest) : root;
    return new Workspace(
        base,
        generated == null ? base.resolve("seL4").resolve("root-task").resolve("generated") : generated,
        out == null ? base.resolve("out") : out);
  }

  /** The folder above configs/, else the folder that the tool runs in. */
  private static Path root(Path manifest) {
    Path folder = manifest.toAbsolutePath().normalize().getParent();
    if (folder != null && folder.endsWith("configs") && folder.getParent() != null) {
      return folder.getParent();
    }
    return Path.of("").toAbsolutePath();
  }

  /** An artefact's file. */
  public Path file(Artefact a) {
    Path base = switch (a.place()) {
      case ROOT -> root;
      case GENERATED -> generated;
      case OUT -> out;
    };
    return base.resolve(a.name());
  }

  /** An artefact's name for people: relative to the root where it is below it. */
  public String label(Artefact a) {
    Path file = file(a).toAbsolutePath().normalize();
    Path base = root.toAbsolutePath().normalize();
    return (file.startsWith(base) ? base.relativize(file) : file).toString().replace('\\', '/');
  }

  /** The self-test scripts, by name. */
  public List<Input.Script> scripts() throws IOException {
    List<Input.Script> out = new ArrayList<>();
    for (Path p : list(root.resolve("resources").resolve("proc_tests"), ".coh", 1)) {
      out.add(new Input.Script(String.valueOf(p.getFileName()), text(p)));
    }
    return out;
  }

  /** The documents that may hold marks: docs/**.md without docs/snippets, by path below the root; and docs/kernels.json, which one shows. */
  public Map<String, String> documents() throws IOException {
    Map<String, String> out = new TreeMap<>();
    Path docs = root.resolve("docs");
    for (Path p : list(docs, ".md", 4)) {
      if (!p.startsWith(docs.resolve("snippets"))) {
        out.put(root.relativize(p).toString().replace('\\', '/'), text(p));
      }
    }
    Path kernels = docs.resolve("kernels.json");
    if (Files.isRegularFile(kernels)) {
      out.put("docs/kernels.json", text(kernels));
    }
    return out;
  }

  /** A file's text with LF line ends. */
  public static String text(Path p) throws IOException {
    if (Files.isDirectory(p)) {
      throw new IOException(p + " is a folder, not a file");
    }
    return Files.readString(p, StandardCharsets.UTF_8).replace("\r\n", "\n");
  }

  private static List<Path> list(Path folder, String suffix, int depth) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> walk = Files.walk(folder, depth)) {
      return walk.filter(p -> p.toString().endsWith(suffix) && Files.isRegularFile(p))
          .sorted(Comparator.comparing(Path::toString))
          .toList();
    }
  }
}
