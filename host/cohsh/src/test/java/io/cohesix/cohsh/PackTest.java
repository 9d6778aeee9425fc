// Every script of the pack, each on a fresh hive, over console and Secure9P; the console's transcripts go to out/regression/<platform>/.
package io.cohesix.cohsh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.core.script.Script;
import io.cohesix.core.script.ScriptParser;
import io.cohesix.core.script.ScriptRunner;
import io.cohesix.core.script.SelfTest;
import io.cohesix.core.script.Transcript;
import io.cohesix.core.shell.CommandHandler;
import io.cohesix.core.shell.CommandResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("it")
final class PackTest {
  static List<Path> scripts() throws Exception {
    List<Path> scripts = new ArrayList<>();
    for (String folder : List.of("scripts/cohsh", "resources/proc_tests")) {
      try (Stream<Path> files = Files.list(HiveFixture.ROOT.resolve(folder))) {
        files.filter(f -> f.toString().endsWith(".coh")).sorted().map(HiveFixture.ROOT::relativize).forEach(scripts::add);
      }
    }
    assertTrue(scripts.size() >= 16, "the pack has only " + scripts);
    return scripts;
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void passesOnAFreshHiveWithTheSameTranscriptInEitherProtocol(Path file) throws Exception {
    String name = String.valueOf(file.getFileName());
    String console = transcript(file, false);
    HiveFixture.transcript(name.substring(0, name.length() - 4), console);
    // What only a console answers is refused over Secure9P, by design (docs/COHSH.md).
    if (!name.startsWith("console_")) {
      assertEquals(console, transcript(file, true));
    }
  }

  private static String transcript(Path file, boolean secure9p) throws Exception {
    Script script = ScriptParser.parse(file.toString(), Files.readAllBytes(HiveFixture.ROOT.resolve(file)));
    Transcript transcript = new Transcript();
    try (HiveFixture fixture = HiveFixture.start()) {
      ScriptRunner.Listener listener =
          new ScriptRunner.Listener() {
            @Override
            public void command(Script.Command command, CommandResult result) {
              transcript.add(command.text(), result);
            }
          };
      Path folder = HiveFixture.ROOT.resolve(file).getParent();
      ScriptRunner.Result result =
          new ScriptRunner(fixture.shell(secure9p, folder), listener, ScriptRunner.Limits.NONE).run(script);
      assertTrue(result.ok(), (secure9p ? "over secure9p: " : "") + result.failure());
    }
    return transcript.text();
  }

  @Test
  void selfTestsPassAgainAndAgainOnAUsedHive() throws Exception {
    try (HiveFixture fixture = HiveFixture.start()) {
      CommandHandler shell = fixture.shell();
      CommandHandler shell9p = fixture.shell(true, Path.of(""));
      for (String mode : List.of("quick", "full", "negative", "smp", "full", "negative", "smp", "quick")) {
        SelfTest.Report report = SelfTest.run(shell, SelfTest.Request.parse("--mode " + mode));
        assertTrue(report.ok(), mode + ": " + report.failure());
        SelfTest.Report over9p = SelfTest.run(shell9p, SelfTest.Request.parse("--mode " + mode));
        assertTrue(over9p.ok(), mode + " over secure9p: " + over9p.failure());
        assertTrue(report.checks().size() >= 10, mode + " has only " + report.checks().size() + " checks");
      }
    }
  }

  @Test
  void servedScriptsAreTheOnesOfTheRepository() throws Exception {
    try (HiveFixture fixture = HiveFixture.start()) {
      CommandHandler shell = fixture.shell();
      for (String mode : List.of("quick", "full", "negative", "smp")) {
        String file = "selftest_" + mode + ".coh";
        CommandResult served = shell.run("cat /proc/tests/" + file);
        List<String> own = Files.readAllLines(HiveFixture.ROOT.resolve("resources/proc_tests").resolve(file));
        assertTrue(own.equals(served.lines()), file + " differs: run coh-rtc compile and build again");
      }
    }
  }
}
