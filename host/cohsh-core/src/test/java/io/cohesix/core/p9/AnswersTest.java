// Acknowledgements and lines as a console writes them: summaries, cuts, escapes and the words of each error number.
package io.cohesix.core.p9;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.core.Outcome;
import io.cohesix.core.p9.Answers.Words;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AnswersTest {
  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String line(Outcome outcome) {
    return outcome instanceof Outcome.Accepted accepted ? accepted.ack().line() : ((Outcome.Refused) outcome).ack().line();
  }

  @Test
  void everyErrorNumberHasTheConsolesWords() {
    Words own = new Words("which", "why so", 0, null);
    String[][] rows = {
      {"1", "ERR LS reason=policy detail=denied path=/a error=EPERM"},
      {"2", "ERR LS reason=policy detail=invalid-path path=/a error=invalid path"},
      {"9", "ERR LS reason=cut detail=which path=/a error=why so"},
      {"11", "ERR LS reason=throttled detail=which path=/a error=why so"},
      {"13", "ERR LS reason=denied detail=which path=/a error=why so"},
      {"16", "ERR LS reason=busy detail=which path=/a error=why so"},
      {"20", "ERR LS reason=policy detail=not-a-directory path=/a error=not a directory"},
      {"22", "ERR LS reason=policy detail=which path=/a error=why so"},
      {"90", "ERR LS reason=quota detail=too-big path=/a"},
      {"112", "ERR LS reason=cut detail=which path=/a error=why so"},
      {"122", "ERR LS reason=quota path=/a error=ELIMIT"},
    };
    for (String[] row : rows) {
      assertEquals(row[1], line(Answers.refused("LS", Integer.parseInt(row[0]), "/a", own)));
    }
    assertEquals("ERR LS reason=policy detail=invalid path=/a error=invalid argument", line(Answers.refused("LS", 22, "/a", Words.NONE)));
    assertEquals("ERR TAIL reason=policy detail=stale-cursor oldest=7 path=/a", line(Answers.refused("TAIL", 116, "/a", new Words(null, null, 0, "7"))));
    assertEquals("ERR ATTACH reason=throttled delay_ms=250", line(Answers.refused("ATTACH", 11, "", new Words(null, null, 250, null))));
  }

  @Test
  void noAcknowledgementIsLongerThanALineAndNoneIsCutInACharacter() {
    for (int n = 220; n < 300; n++) {
      String path = "/" + "ü".repeat(n / 2) + "x".repeat(n % 2);
      for (Outcome outcome : List.of(Answers.ok("TAIL", "path=" + path, List.of()), Answers.refused("TAIL", 1, path, Words.NONE))) {
        byte[] all = bytes(line(outcome));
        assertTrue(all.length <= 256, () -> all.length + " bytes");
        assertTrue(line(outcome).indexOf('\uFFFD') < 0, line(outcome));
      }
    }
  }

  @Test
  void theSummaryHoldsAsManyLastLinesAsFit() {
    assertEquals("path=/a data=", Answers.summary("/a", bytes(""), false));
    assertEquals("path=/a data=one|two", Answers.summary("/a", bytes("one\ntwo\n"), false));
    assertEquals("path=/a data=one|two", Answers.summary("/a", bytes("one\ntwo"), false));
    String summary = Answers.summary("/a", bytes("first\n" + "x".repeat(235) + "\n"), false);
    assertEquals("path=/a data=" + "x".repeat(235), summary);
    assertEquals("path=/a data=f|" + "x".repeat(234), Answers.summary("/a", bytes("f\n" + "x".repeat(234) + "\n"), false));
    assertEquals("path=/a data=" + "y".repeat(236), Answers.summary("/a", bytes("f\n" + "y".repeat(300) + "\n"), false));
    assertEquals("path=/a data=" + "ü".repeat(118), Answers.summary("/a", bytes("ü".repeat(150)), false));
    assertEquals("path=/a data=b64:AQID", Answers.summary("/a", new byte[] {1, 2, 3}, true));
    String b64 = Answers.summary("/a", new byte[1000], true);
    assertEquals(7 + 13 + 4 + 232, 7 + b64.length());
  }

  @Test
  void linesAreCutWhereAFrameCutsThem() {
    assertEquals(List.of("a", "", "b"), Answers.lines(bytes("a\n\nb\n"), false));
    assertEquals(List.of("a", "no newline"), Answers.lines(bytes("a\nno newline"), false));
    assertEquals(List.of("x".repeat(256), "x"), Answers.lines(bytes("x".repeat(257) + "\n"), false));
    assertEquals(List.of("x".repeat(256)), Answers.lines(bytes("x".repeat(256) + "\n"), false));
    // The escape takes one byte of the frame.
    assertEquals(List.of("OK " + "x".repeat(252), "x"), Answers.lines(bytes("OK " + "x".repeat(253) + "\n"), false));
    assertEquals(List.of("\\" + "x".repeat(254), "x"), Answers.lines(bytes("\\" + "x".repeat(255) + "\n"), false));
    assertEquals(List.of("x" + "ü".repeat(127), "ü"), Answers.lines(bytes("x" + "ü".repeat(128) + "\n"), false));
    assertEquals(List.of("b64:" + "AAAA".repeat(62), "b64:AA=="), Answers.lines(new byte[187], true));
    assertEquals(List.of(), Answers.lines(bytes(""), false));
  }

  @Test
  void theNewestLinesAreTheLast() {
    assertEquals("b\nc\n", new String(Answers.newest(bytes("a\nb\nc\n"), 2), StandardCharsets.UTF_8));
    assertEquals("a\nb\n", new String(Answers.newest(bytes("a\nb\n"), 9), StandardCharsets.UTF_8));
    assertEquals("", new String(Answers.newest(bytes(""), 9), StandardCharsets.UTF_8));
  }

  @Test
  void namesOfAPathKeepWhatAHiveRefuses() {
    assertEquals(List.of(), Files.names("/"));
    assertEquals(List.of("proc", "boot"), Files.names("/proc/boot"));
    assertEquals(List.of("proc", ""), Files.names("/proc/"));
    assertEquals(List.of("", "proc"), Files.names("//proc"));
    assertEquals(List.of("", "proc"), Files.names("proc"));
    assertEquals(List.of("a", "..", "b"), Files.names("/a/../b"));
  }

  @Test
  void aLineIsTakenApartAsTheHiveTakesIt() throws Exception {
    assertEquals(new WireCommand("ECHO", "/a", " two  blanks "), WireCommand.parse("echo   /a  two  blanks "));
    assertEquals(new WireCommand("ATTACH", "queen", "t"), WireCommand.parse("ATTACH  queen  t "));
    assertEquals(new WireCommand("ATTACH", "queen", ""), WireCommand.parse("ATTACH queen "));
    assertEquals(new WireCommand("BOOTINFO", "", ""), WireCommand.parse("bi "));
    String[][] rows = {
      {"", "unknown verb"}, {" LS /", "unknown verb"}, {"LS", "missing argument"}, {"LS /a b", "unexpected argument"}, {"ECHO /a", "missing argument"},
      {"ECHO /a ", "missing argument"}, {"SPAWN ", "missing argument"}, {"CACHELOG -1", "invalid number"}, {"CACHELOG 4294967296", "invalid number"},
      {"ATTACH queen a b", "unexpected argument"}, {"PING\u0007", "control character"}, {"ECHO /a \u0085", "control character"},
      {"KILL " + "w".repeat(33), "argument payload exceeds allowed length"}, {"ATTACH " + "r".repeat(17), "argument payload exceeds allowed length"},
    };
    for (String[] row : rows) {
      assertEquals(row[1], assertThrows(WireCommand.ParseException.class, () -> WireCommand.parse(row[0])).getMessage(), row[0]);
    }
  }

  @Test
  void aPayloadOfBase64IsBytesForAByteStreamAndTextForLines() {
    String chunk = "/updates/1/chunks/00";
    assertArrayEquals(new byte[] {0, 1, 2}, Answers.payload(chunk, "b64:AAEC"));
    assertArrayEquals(new byte[0], Answers.payload("/updates/1/manifest.cbor", "b64:"));
    assertArrayEquals(new byte[] {0, 1, 2}, Answers.payload("/worker/worker-1/model/weights", "b64:AAEC"));
    assertArrayEquals(bytes("AAEC"), Answers.payload(chunk, "AAEC"));
    assertArrayEquals(bytes("b64:AAEC"), Answers.payload("/log/queen.log", "b64:AAEC"));
    assertNull(Answers.payload(chunk, "b64:AAE"));
    assertNull(Answers.payload(chunk, "b64:A!EC"));
  }
}
