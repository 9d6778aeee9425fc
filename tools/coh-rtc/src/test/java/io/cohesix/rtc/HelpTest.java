// Keeps the usage text that --help prints without starting picocli equal to what picocli would print.
package io.cohesix.rtc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.cohesix.rtc.cli.RootCommand;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class HelpTest {
  @Test
  void helpTextIsWhatTheOptionsSay() throws Exception {
    StringWriter said = new StringWriter();
    PrintWriter writer = new PrintWriter(said);
    RootCommand.run(writer, writer, "-h");
    writer.flush();
    try (InputStream in = Main.class.getResourceAsStream("help.txt")) {
      assertNotNull(in, "src/main/resources/io/cohesix/rtc/help.txt");
      assertEquals(
          said.toString(),
          new String(in.readAllBytes(), StandardCharsets.UTF_8),
          "put what 'coh-rtc -h' prints into src/main/resources/io/cohesix/rtc/help.txt");
    }
  }
}
