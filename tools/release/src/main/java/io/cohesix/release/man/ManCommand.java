// coh-release man: a manual page and a completion script for each program.
package io.cohesix.release.man;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code coh-release man}. */
@Command(
    name = "man",
    mixinStandardHelpOptions = true,
    description = "Writes share/man/man1/TOOL.1 and share/bash-completion/completions/TOOL for every program.")
public final class ManCommand implements Callable<Integer> {
  @Option(names = "--out", required = true, paramLabel = "DIR", description = "The folder that holds share/.")
  private Path out = Path.of("");

  @Option(names = "--release", required = true, paramLabel = "TEXT",
      description = "What stands at the foot of a page: product and version.")
  private String release = "";

  @Option(names = "--date", required = true, paramLabel = "YYYY-MM-DD", description = "The day of the release.")
  private LocalDate date = LocalDate.EPOCH;

  /** Made by picocli. */
  public ManCommand() {}

  @Override
  public Integer call() throws IOException {
    for (Tool tool : Tool.ALL) {
      write(
          out.resolve("share/man/man1").resolve(tool.name() + ".1"),
          new ManPage(tool.name(), release, date).of(tool.commandLine(), tool.moreCommandLines(), tool.sections()));
      write(
          out.resolve("share/bash-completion/completions").resolve(tool.name()),
          AutoComplete.bash(tool.name(), tool.commandLine()));
    }
    return 0;
  }

  private static void write(Path file, String text) throws IOException {
    Path folder = file.getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    Files.writeString(file, text, StandardCharsets.UTF_8);
  }
}
