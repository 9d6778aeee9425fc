// Telemetry over both protocols on a real hive: files come back as they were pushed, references are accepted, rings tell their gaps.
package io.cohesix.cohsh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.core.shell.CommandHandler;
import io.cohesix.core.shell.CommandResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("it")
final class TelemetryTest {
  @TempDir Path dir;

  private static String ack(CommandResult result) {
    return result.ack() + result.message();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPushedFileIsWhatItsSegmentsHold(boolean secure9p) throws Exception {
    // Over the console a record holds what one line leaves.
    int lines = secure9p ? 1200 : 60;
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines; i++) {
      text.append("sample ").append(i).append(" \"ok\" \\ Grüße\tn\n");
    }
    Files.writeString(dir.resolve("a.log"), text);
    try (HiveFixture fixture = HiveFixture.start()) {
      CommandHandler shell = fixture.shell(secure9p, dir);
      CommandResult pushed = shell.run("telemetry push a.log --device probe-1");
      assertTrue(pushed.ok(), ack(pushed));
      Matcher segments = Pattern.compile("segment=(\\S+)").matcher(pushed.ack());
      assertTrue(segments.find());
      StringBuilder again = new StringBuilder();
      for (String segment : segments.group(1).split(",")) {
        // Whole lines come over 9P only: a console cuts them at its frames.
        String content = String.join("", fixture.shell(true, dir).run("cat /queen/telemetry/probe-1/seg/" + segment).lines());
        Matcher payload = Pattern.compile("\"payload\":\"((?:[^\"\\\\]++|\\\\.)*+)\"}").matcher(content);
        while (payload.find()) {
          again.append(payload.group(1).replace("\\n", "\n").replace("\\t", "\t").replace("\\\"", "\"").replace("\\\\", "\\"));
        }
      }
      assertEquals(text.toString(), again.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReferenceIsTakenOverSecure9pAndTooLongForAConsole(boolean secure9p) throws Exception {
    Files.write(dir.resolve("big.bin"), new byte[3_000_000]);
    try (HiveFixture fixture = HiveFixture.start()) {
      CommandResult pushed = fixture.shell(secure9p, dir).run("telemetry push big.bin --device probe-1 --ref --uri https://host.example/big.bin");
      if (secure9p) {
        assertTrue(pushed.ack().startsWith("OK TELEMETRY device=probe-1 segment=seg-000001 records=1 bytes="), ack(pushed));
      } else {
        assertEquals("ERR TELEMETRY reason=quota detail=too-big", pushed.ack());
        assertTrue(fixture.shell().run("ls /queen/telemetry").ack().endsWith("entries=0"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aWorkersRingThatOvertakesACursorSaysSoOnceAndWhere(boolean secure9p) throws Exception {
    try (HiveFixture fixture = HiveFixture.start()) {
      CommandHandler shell = fixture.shell(secure9p, dir);
      String ring = "/worker/worker-1/telemetry";
      assertTrue(shell.run("spawn heartbeat ticks=4000 ttl_s=600").ok());
      assertTrue(shell.run("tail " + ring).ok());
      for (int i = 0; i < 8; i++) {
        assertTrue(shell.run("echo \"" + "x".repeat(200) + "\" > " + ring).ok());
      }
      CommandResult stale = shell.run("tail " + ring);
      Matcher oldest = Pattern.compile("ERR TAIL reason=policy detail=stale-cursor oldest=([0-9]+) path=" + ring).matcher(stale.ack());
      assertTrue(oldest.matches(), stale.ack());
      assertTrue(Long.parseLong(oldest.group(1)) >= 600, stale.ack());
      CommandResult next = shell.run("tail " + ring);
      assertTrue(next.ok() && next.lines().size() >= 4, ack(next));
      assertTrue(shell.run("tail " + ring).ok());
      List<String> log = shell.run("cat /log/queen.log").lines();
      assertTrue(log.stream().anyMatch(line -> line.contains("telemetry ring wrap worker=worker-1 dropped=")), String.join("\n", log));
    }
  }
}
