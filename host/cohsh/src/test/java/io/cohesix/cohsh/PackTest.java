// Every script of the pack, each on a fresh hive; transcripts go to out/regression/<platform>/.
package io.cohesix.cohsh;

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
    assertTrue(scripts.size() >= 7, "the pack has only " + scripts);
    return scripts;
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void passesOnAFreshHive(Path file) throws Exception {
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
      ScriptRunner.Result result =
          new ScriptRunner(fixture.shell().withBase(HiveFixture.ROOT.resolve(file).getParent()), listener, ScriptRunner.Limits.NONE).run(script);
      assertTrue(result.ok(), result.failure());
    }
    String name = String.valueOf(file.getFileName());
    HiveFixture.transcript(name.substring(0, name.length() - 4), transcript.text());
  }

  @Test
  void selfTestsPassAgainAndAgainOnAUsedHive() throws Exception {
    try (HiveFixture fixture = HiveFixture.start()) {
      CommandHandler shell = fixture.shell();
      for (String mode : List.of("quick", "full", "negative", "full", "negative", "quick")) {
        SelfTest.Report report = SelfTest.run(shell, SelfTest.Request.parse("--mode " + mode));
        assertTrue(report.ok(), mode + ": " + report.failure());
        assertTrue(report.checks().size() >= 10, mode + " has only " + report.checks().size() + " checks");
      }
    }
  }

  @Test
  void servedScriptsAreTheOnesOfTheRepository() throws Exception {
    try (HiveFixture fixture = HiveFixture.start()) {
      CommandHandler shell = fixture.shell();
      for (String mode : List.of("quick", "full", "negative")) {
        String file = "selftest_" + mode + ".coh";
        CommandResult served = shell.run("cat /proc/tests/" + file);
        List<String> own = Files.readAllLines(HiveFixture.ROOT.resolve("resources/proc_tests").resolve(file));
        assertTrue(own.equals(served.lines()), file + " differs: run coh-rtc compile and build again");
      }
    }
  }
}
