// Keeps the usage text that --help prints without starting picocli equal to what picocli would print.
package io.cohesix.castool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HelpTest {
  @TempDir Path dir;

  @Test
  void helpTextIsWhatTheOptionsSay() throws Exception {
    Ran said = Ran.tool("-h");
    try (InputStream in = Main.class.getResourceAsStream("help.txt")) {
      assertNotNull(in, "src/main/resources/io/cohesix/castool/help.txt");
      assertEquals(
          said.out(),
          new String(in.readAllBytes(), StandardCharsets.UTF_8),
          "put what 'cas-tool -h' prints into src/main/resources/io/cohesix/castool/help.txt");
    }
    assertEquals(new Ran(0, said.out(), ""), Ran.tool("--help"));
    assertTrue(Ran.tool("--version").out().startsWith("cas-tool "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"pack", "sign", "verify", "show", "public-key", "upload", "status", "discard", "model", "model pack", "model verify", "model upload"})
  void everyCommandHasItsHelp(String command) {
    Ran ran = Ran.tool((Object[]) (command + " --help").split(" "));
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().startsWith("Usage: cas-tool " + command + " "), ran.out());
    assertEquals("", ran.err());
  }

  @Test
  void theCompletionScriptIsBashAndKnowsCommandsAndOptions() throws Exception {
    Ran ran = Ran.tool("--bash-completion");
    assertEquals(0, ran.code());
    Path script = Files.writeString(dir.resolve("cas-tool.bash"), ran.out());
    assertEquals("upload", offered(script, "upl").strip());
    assertTrue(offered(script, "upload", "--auth").contains("--auth-token-file"));
  }

  private String offered(Path script, String... words) throws Exception {
    Path probe =
        Files.writeString(
            dir.resolve("probe.bash"),
            "source " + script + "\nCOMP_WORDS=(cas-tool " + String.join(" ", words) + ")\nCOMP_CWORD=" + words.length
                + "\n_complete_cas-tool\necho \"${COMPREPLY[@]}\"\n");
    Process bash = new ProcessBuilder("bash", probe.toString()).redirectErrorStream(true).start();
    bash.getOutputStream().close();
    String offered = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, bash.waitFor(), offered);
    return offered;
  }
}
