// Manual pages from the commands themselves: what a reader sees, and what would break their form.
package io.cohesix.release.man;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.release.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

final class ManPageTest {
  @TempDir Path dir;

  static Stream<Tool> tools() {
    return Tool.ALL.stream();
  }

  private static String page(Tool tool) {
    return new ManPage(tool.name(), "Cohesix 1", LocalDate.of(2026, 1, 2))
        .of(tool.commandLine(), tool.moreCommandLines(), tool.sections());
  }

  @ParameterizedTest
  @MethodSource("tools")
  void groffHasNothingToSayAboutAPage(Tool tool) throws Exception {
    Path file = Files.writeString(dir.resolve(tool.name() + ".1"), page(tool));
    Process groff = new ProcessBuilder("groff", "-man", "-Tutf8", "-ww", "-z", file.toString()).redirectErrorStream(true).start();
    groff.getOutputStream().close();
    assertEquals("", new String(groff.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    assertEquals(0, groff.waitFor());
  }

  @ParameterizedTest
  @MethodSource("tools")
  void aPageHasEverySectionInOrderAndEveryOptionOfEveryCommand(Tool tool) {
    String page = page(tool);
    int at = -1;
    for (String section : List.of("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS", "EXIT STATUS")) {
      int next = page.indexOf(".SH \"" + section + "\"\n");
      assertTrue(next > at, section);
      at = next;
    }
    for (String section : List.of("ENVIRONMENT", "EXAMPLES", "SEE ALSO")) {
      int next = page.indexOf(".SH " + section + "\n");
      assertTrue(next > at, section);
      at = next;
    }
    everyOptionIsIn(page, tool.commandLine());
    assertFalse(page.contains("%n") || page.contains("${"), page);
  }

  private static void everyOptionIsIn(String page, CommandLine line) {
    for (OptionSpec o : line.getCommandSpec().options()) {
      assertTrue(o.hidden() || page.contains(Roff.bold(o.longestName())), o.longestName());
    }
    line.getSubcommands().values().forEach(sub -> everyOptionIsIn(page, sub));
  }

  @ParameterizedTest
  @MethodSource("tools")
  void whatTheUsageSaysOfTheEnvironmentStandsInThePage(Tool tool) {
    Matcher variable = Pattern.compile("\\b(COHESIX_[A-Z_]+|NO_COLOR)\\b").matcher(tool.commandLine().getUsageMessage());
    while (variable.find()) {
      assertTrue(tool.sections().contains(variable.group(1)), variable.group(1));
    }
  }

  /** A command line that needs escapes. */
  @Command(
      name = "odd",
      customSynopsis = {"odd -x FILE      'it' runs"},
      description = "Does \\n odd-ly. More of it.",
      footerHeading = "%nExit codes: ",
      footer = "0 done, 1 refused, or failed; 2 usage")
  static final class Odd {
    @Option(names = {"-x", "--ex-file"}, paramLabel = "FILE", description = "100%% of 'it'. Default: ${DEFAULT-VALUE}.", defaultValue = "a-b")
    String file = "";
  }

  @Test
  void textIsEscapedAndCodesAreTakenFromTheFooter() {
    String page = new ManPage("odd", "Odd 1", LocalDate.of(2026, 1, 2)).of(new CommandLine(new Odd()), List.of(), "");
    assertEquals(
        """
        .TH "ODD" "1" "2026\\-01\\-02" "Odd 1" "Cohesix"
        .SH "NAME"
        odd \\- does \\en odd\\-ly
        .SH "SYNOPSIS"
        .TP
        \\fBodd\\fR \\-x FILE
        \\(aqit\\(aq runs
        .SH "DESCRIPTION"
        Does \\en odd\\-ly. More of it.
        .SH "OPTIONS"
        .TP
        \\fB\\-x\\fR \\fIFILE\\fR, \\fB\\-\\-ex\\-file\\fR=\\fIFILE\\fR
        100% of \\(aqit\\(aq. Default: a\\-b.
        .SH "EXIT STATUS"
        .TP
        \\fB0\\fR
        done
        .TP
        \\fB1\\fR
        refused, or failed
        .TP
        \\fB2\\fR
        usage
        """,
        page.substring(page.indexOf('\n') + 1));
  }

  @Test
  void theCommandWritesPagesAndCompletionsThatBashReads() throws Exception {
    StringWriter said = new StringWriter();
    PrintWriter to = new PrintWriter(said);
    assertEquals(0, Main.run(to, to, "man", "--out", dir.toString(), "--release", "Cohesix 1", "--date", "2026-01-02"), said.toString());
    for (Tool tool : Tool.ALL) {
      Path completion = dir.resolve("share/bash-completion/completions").resolve(tool.name());
      Process bash = new ProcessBuilder("bash", "-n", completion.toString()).redirectErrorStream(true).start();
      assertEquals("", new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
      assertEquals(page(tool), Files.readString(dir.resolve("share/man/man1").resolve(tool.name() + ".1")));
    }
  }
}
