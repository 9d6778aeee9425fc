// Runs other authors' programs: the oracles of what this package writes.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** scripts/setup_environment.sh installs them; a test fails without. */
final class Tools {
  private Tools() {}

  /** What a program did. */
  record Ran(int status, String output) {}

  /** Runs a program to its end, its error output with the other. */
  static Ran run(String... command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("ran", ".txt");
    try {
      ProcessBuilder builder = new ProcessBuilder(List.of(command)).redirectErrorStream(true).redirectOutput(output.toFile());
      builder.environment().put("LC_ALL", "C.UTF-8");
      builder.environment().put("TZ", "UTC");
      builder.environment().put("PATH", System.getenv("PATH") + ":/usr/sbin:/sbin");
      Process p = builder.start();
      assertTrue(p.waitFor(60, TimeUnit.SECONDS), command[0]);
      return new Ran(p.exitValue(), Files.readString(output, StandardCharsets.ISO_8859_1));
    } finally {
      Files.delete(output);
    }
  }

  /** Its output; it must end well. */
  static String output(String... command) throws IOException, InterruptedException {
    Ran ran = run(command);
    assertEquals(0, ran.status(), ran.output());
    return ran.output();
  }
}
