// The programs of a release and the classes that hold their options.
package io.cohesix.release.man;

import io.cohesix.release.Refused;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;

/**
 * A program.
 *
 * @param name as it is called
 * @param options the class of its command line
 * @param more classes of commands that picocli does not know as subcommands, because the program reads them by itself
 */
record Tool(String name, String options, List<String> more) {
  static final List<Tool> ALL =
      List.of(
          new Tool(
              "cohsh",
              "io.cohesix.cohsh.Options",
              List.of("io.cohesix.cohsh.TraceCommand$Arguments", "io.cohesix.cohsh.AuditCommand$Verify")),
          new Tool("coh-rtc", "io.cohesix.rtc.cli.RootCommand", List.of()),
          new Tool("cas-tool", "io.cohesix.castool.CasTool", List.of()));

  /** Its command line. */
  CommandLine commandLine() {
    return commandLine(options);
  }

  /** The command lines of {@link #more}. */
  List<CommandLine> moreCommandLines() {
    return more.stream().map(Tool::commandLine).toList();
  }

  private static CommandLine commandLine(String type) {
    try {
      return new CommandLine(Class.forName(type));
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("no class " + type + ": Tool.java names it", e);
    }
  }

  /** What its manual page says beside the options: sections in man(7), from ENVIRONMENT on. */
  String sections() {
    try (InputStream in = Tool.class.getResourceAsStream(name + ".roff")) {
      if (in == null) {
        throw new Refused("no resource man/" + name + ".roff: write the sections of its manual page");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
