// Records are whole and in order, limits hold before anything is sent, and a refusal in the middle says how far it came.
package io.cohesix.core.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.core.policy.ClientPolicy;
import io.cohesix.core.script.CannedHive;
import io.cohesix.core.shell.CommandHandler;
import io.cohesix.core.shell.CommandResult;
import io.cohesix.core.shell.ShellContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PushTest {
  private static final String CTL = "ECHO /queen/telemetry/dev-1/ctl {\"new\":\"segment\",\"mime\":\"text/plain\"}";

  @TempDir Path dir;
  private final CannedHive hive = new CannedHive();
  private final List<String> progress = new ArrayList<>();

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private CommandResult command(String line) {
    return new CommandHandler(hive, new ShellContext(ClientPolicy.defaults(), dir, progress::add, () -> hive)).run(line);
  }

  private PushLimits limits(int segments, int segmentBytes, int deviceBytes) {
    return new PushLimits(segments, segmentBytes, deviceBytes, 64, 8192, 4096);
  }

  @Test
  void payloadsInOrderAreTheFileAndNoRecordIsTooLong() throws Exception {
    String text = "a \"quoted\" line\n\u0001\u0085 Grüße, 世界 \uD83D\uDE00\\n\n".repeat(20);
    for (int max = 90; max < 600; max += 17) {
      StringBuilder again = new StringBuilder();
      List<String> records = Envelopes.of(bytes(text), "text/plain", max);
      for (int i = 0; i < records.size(); i++) {
        String record = records.get(i);
        assertTrue(bytes(record).length <= max, record);
        String head = "{\"schema\":\"cohsh-telemetry-push/v1\",\"seq\":" + (i + 1) + ",\"mime\":\"text/plain\",\"payload\":\"";
        assertTrue(record.startsWith(head) && record.endsWith("\"}"), record);
        assertTrue(record.chars().noneMatch(c -> c < 0x20 || (c >= 0x7f && c < 0xa0)), record);
        again.append(unquoted(record.substring(head.length(), record.length() - 2)));
      }
      assertEquals(text, again.toString());
    }
  }

  private static String unquoted(String json) {
    Matcher escape = Pattern.compile("\\\\(u[0-9a-f]{4}|.)").matcher(json);
    return escape.replaceAll(
        found -> {
          String code = found.group(1);
          String text =
              code.startsWith("u")
                  ? String.valueOf((char) Integer.parseInt(code.substring(1), 16))
                  : code.equals("n") ? "\n" : code.equals("t") ? "\t" : code.equals("r") ? "\r" : code;
          return Matcher.quoteReplacement(text);
        });
  }

  @Test
  void aPushAsksForASegmentAndAppendsToTheOneThatTheHiveNames() throws Exception {
    Files.writeString(dir.resolve("a.log"), "one\ntwo\n");
    hive.answer("OK ECHO path=/queen/telemetry/dev-1/ctl bytes=1").answer("OK CAT path=x data=seg-000007", "seg-000007").answer("OK ECHO path=x bytes=1");
    CommandResult result = command("telemetry push a.log --device dev-1");
    String record = "{\"schema\":\"cohsh-telemetry-push/v1\",\"seq\":1,\"mime\":\"text/plain\",\"payload\":\"one\\ntwo\\n\"}";
    assertEquals("OK TELEMETRY device=dev-1 segment=seg-000007 records=1 bytes=" + (record.length() + 1), result.ack());
    assertEquals(
        List.of(CTL, "CAT /queen/telemetry/dev-1/latest", "ECHO /queen/telemetry/dev-1/seg/seg-000007 " + record), hive.sent);
    assertEquals(List.of("dev-1 seg-000007: 1 of 1 records"), progress);
  }

  @Test
  void aRefusalInTheMiddleSaysWhatIsStored() throws Exception {
    Files.writeString(dir.resolve("a.txt"), "x".repeat(250));
    hive.answer("OK ECHO path=p bytes=1").answer("OK CAT path=p data=seg-000001", "seg-000001").answer("OK ECHO path=p bytes=1");
    hive.answer("ERR ECHO reason=quota path=p error=ELIMIT");
    CommandResult result = command("telemetry push a.txt --device d");
    assertEquals(CommandResult.Kind.REFUSED, result.kind());
    assertEquals("ERR ECHO reason=quota path=p error=ELIMIT", result.ack());
    assertEquals("1 records are stored in seg-000001", result.message());
  }

  @Test
  void recordsThatDoNotFitOneSegmentGoIntoTheNext() throws Exception {
    for (int i = 1; i <= 2; i++) {
      hive.answer("OK ECHO path=p bytes=1").answer("OK CAT path=p data=s", "seg-00000" + i).answer("OK ECHO path=p bytes=1").answer("OK ECHO path=p bytes=1");
    }
    Push.Result result = new Push(hive, "d", limits(4, 210, 840), progress::add).run("text/plain", List.of("a".repeat(99), "b".repeat(99), "c".repeat(99), "d".repeat(99)));
    assertNull(result.stopped());
    assertEquals(List.of("seg-000001", "seg-000002"), result.segments());
    assertEquals(4, result.records());
    assertEquals(400, result.bytes());
  }

  @Test
  void whatADeviceCanNotHoldIsRefusedBeforeAnythingIsSent() throws Exception {
    List<String> lines = List.of("a".repeat(99), "b".repeat(99), "c".repeat(99));
    PushException many = assertThrows(PushException.class, () -> new Push(hive, "d", limits(2, 100, 1000), progress::add).run("text/plain", lines));
    assertEquals("reason=quota detail=too-big bytes=300 limit=200", many.words());
    PushException total = assertThrows(PushException.class, () -> new Push(hive, "d", limits(9, 100, 250), progress::add).run("text/plain", lines));
    assertEquals("reason=quota detail=too-big bytes=300 limit=250", total.words());
    assertEquals(List.of(), hive.sent);
  }

  @Test
  void filesThatCanNotBePushedAreRefusedByName() throws Exception {
    Files.writeString(dir.resolve("a.exe"), "x");
    Files.writeString(dir.resolve("empty.txt"), "");
    Files.write(dir.resolve("binary.log"), new byte[] {(byte) 0xc3, 0x28});
    Files.writeString(dir.resolve("huge.txt"), "x".repeat(131073));
    Files.writeString(dir.resolve("ok.txt"), "x");
    String[][] rows = {
      {"a.exe --device d", "ERR TELEMETRY reason=policy detail=extension"},
      {"empty.txt --device d", "ERR TELEMETRY reason=policy detail=empty-file"},
      {"binary.log --device d", "ERR TELEMETRY reason=policy detail=invalid-utf-8"},
      {"huge.txt --device d", "ERR TELEMETRY reason=quota detail=too-big bytes=131073 limit=131072"},
      {"none.txt --device d", "ERR TELEMETRY reason=policy detail=no-file"},
      {"ok.txt --device ../up", "ERR TELEMETRY reason=policy detail=device"},
      {"ok.txt --device " + "d".repeat(33), "ERR TELEMETRY reason=policy detail=device"},
      {"ok.txt --ref --device d", "ERR TELEMETRY reason=quota detail=too-big"},
    };
    for (String[] row : rows) {
      CommandResult result = command("telemetry push " + row[0]);
      assertEquals(CommandResult.Kind.REFUSED, result.kind(), row[0]);
      assertEquals(row[1], result.ack());
      assertTrue(result.message().startsWith(row[0].split(" ", 2)[0] + ": "), result.message());
    }
    for (String wrong : List.of("", "pull x", "push", "push x", "push x --device", "push x --device d --uri u", "push a b --device d")) {
      assertEquals(CommandResult.Kind.USAGE, command("telemetry " + wrong).kind(), wrong);
    }
    assertEquals(List.of(), hive.sent);
  }

  @Test
  void aReferenceNamesEveryByteOnceWithItsDigest() throws Exception {
    byte[] content = new byte[3 * 65536 + 1234];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i * 31 + i / 251);
    }
    Path file = Files.write(dir.resolve("big.bin"), content);
    String manifest = References.of(file, "big.bin", "https://h/b", limits(1, 1, 1), done -> {});
    assertTrue(bytes(manifest).length <= 4096);
    assertTrue(manifest.startsWith("{\"schema\":\"telemetry-ref/v1\",\"seq\":1,\"name\":\"big.bin\",\"bytes\":197842,\"sha256\":\"" + sha(content, 0, content.length) + "\",\"chunks\":["), manifest);
    Matcher chunk = Pattern.compile("\\{\"i\":([0-9]+),\"bytes\":([0-9]+),\"sha256\":\"([0-9a-f]{64})\",\"uri\":\"https://h/b#bytes=([0-9]+)-([0-9]+)\"}").matcher(manifest);
    int at = 0;
    for (int i = 0; chunk.find(); i++) {
      int size = Integer.parseInt(chunk.group(2));
      assertEquals(i, Integer.parseInt(chunk.group(1)));
      assertEquals(sha(content, at, size), chunk.group(3));
      assertEquals(at, Integer.parseInt(chunk.group(4)));
      at += size;
      assertEquals(at - 1, Integer.parseInt(chunk.group(5)));
    }
    assertEquals(content.length, at);
    String few = References.of(file, "big.bin", "https://h/b", new PushLimits(1, 1, 1, 2, 8192, 4096), done -> {});
    assertEquals(2, few.split("\"i\":", -1).length - 1);
  }

  private static String sha(byte[] content, int at, int n) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update(content, at, n);
    return HexFormat.of().formatHex(digest.digest());
  }
}
