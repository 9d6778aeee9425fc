// Syntax of .coh scripts: every mistake is found, with its line, before anything runs.
package io.cohesix.core.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ScriptParserTest {
  private static String fault(String text) {
    return String.valueOf(
        assertThrows(ScriptParser.SyntaxException.class, () -> ScriptParser.parse("s.coh", text)).getMessage());
  }

  @Test
  void blankLinesAndCommentsLeaveNoStepsButCountAsLines() throws Exception {
    Script script = ScriptParser.parse("s.coh", "\n# comment\nping # here\n\n  EXPECT OK  \nWAIT 10\n");
    assertEquals(3, script.steps().size());
    assertEquals(new Script.Command(3, "ping", false), script.steps().get(0));
    assertEquals(new Script.Expect(5, "EXPECT OK", Script.Demand.OK, ""), script.steps().get(1));
    assertEquals(new Script.Pause(6, "WAIT 10", 10), script.steps().get(2));
  }

  @Test
  void aCommandMayFailOnlyWhenExpectErrFollowsBeforeTheNextCommand() throws Exception {
    Script script =
        ScriptParser.parse("s.coh", "ls a\nEXPECT SUBSTR x\nEXPECT ERR\nls b\nEXPECT SUBSTR y\nls c\nEXPECT ERR");
    assertTrue(((Script.Command) script.steps().get(0)).mayFail());
    assertFalse(((Script.Command) script.steps().get(3)).mayFail());
    assertTrue(((Script.Command) script.steps().get(5)).mayFail());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "EXPECT OK|s.coh:1: error: EXPECT stands before any command",
        "WAIT 5000|s.coh:1: error: WAIT takes 0 to 2000 milliseconds, found '5000'",
        "WAIT|s.coh:1: error: WAIT takes 0 to 2000 milliseconds, found ''",
        "WAIT -1|s.coh:1: error: WAIT takes 0 to 2000 milliseconds, found '-1'",
        "WAIT 1 2|s.coh:1: error: WAIT takes 0 to 2000 milliseconds, found '1 2'",
        "ls;EXPECT|s.coh:2: error: EXPECT takes OK, ERR, SUBSTR <text> or NOT <text>, found ''",
        "ls;EXPECT ok|s.coh:2: error: EXPECT takes OK, ERR, SUBSTR <text> or NOT <text>, found 'ok'",
        "ls;EXPECT OK LS|s.coh:2: error: EXPECT OK takes nothing after it, found 'LS'",
        "ls;EXPECT SUBSTR|s.coh:2: error: EXPECT SUBSTR needs a text",
        "ls;EXPECT NOT|s.coh:2: error: EXPECT NOT needs a text",
        "expect OK|s.coh:1: error: 'expect' must be written in capitals",
        "echo \"a > /x|s.coh:1: error: a quote is opened and not closed",
      })
  void eachMistakeHasItsText(String script, String expected) {
    assertEquals(expected, fault(script.replace(';', '\n')));
  }

  @Test
  void allMistakesAreReportedTogether() {
    assertEquals(
        "s.coh:1: error: EXPECT stands before any command\n"
            + "s.coh:2: error: WAIT takes 0 to 2000 milliseconds, found 'x'\n"
            + "s.coh:4: error: EXPECT NOT needs a text",
        fault("EXPECT OK\nWAIT x\nls\nEXPECT NOT"));
  }

  @Test
  void the257thLineIsOneTooMany() throws Exception {
    assertEquals(256, ScriptParser.parse("s.coh", "ping\n".repeat(256)).steps().size());
    assertEquals(
        "s.coh:257: error: the script has 257 lines, at most 256 are allowed", fault("ping\n".repeat(257)));
    assertEquals("s.coh:257: error: the script has 257 lines, at most 256 are allowed", fault("\n".repeat(257)));
  }

  @Test
  void aScriptThatIsNotUtf8IsRefused() {
    byte[] bytes = {'p', 'i', 'n', 'g', (byte) 0xff};
    assertEquals(
        "s.coh:1: error: the script is not valid UTF-8",
        assertThrows(ScriptParser.SyntaxException.class, () -> ScriptParser.parse("s.coh", bytes)).getMessage());
  }

  @Test
  void controlCharactersAreRefused() {
    assertEquals("s.coh:1: error: control character 0x07", fault("ls /\u0007"));
  }

  @Test
  void windowsLineEndsAreFine() throws Exception {
    assertEquals("ping", ScriptParser.parse("s.coh", "ping\r\nEXPECT OK\r\n").steps().get(0).text());
  }

  @Test
  void textOfSubstrIsTakenAsItStands() throws Exception {
    Script script = ScriptParser.parse("s.coh", "ls\nEXPECT SUBSTR  {\"a\": \"b # c\"}");
    assertEquals("{\"a\": \"b # c\"}", ((Script.Expect) script.steps().get(1)).operand());
  }

  @Test
  void anOkIsAWordAndNoPrefix() {
    Script.Expect ok = new Script.Expect(1, "", Script.Demand.OK, "");
    assertTrue(ok.met("OK LS path=/"));
    assertTrue(ok.met("OK"));
    assertFalse(ok.met("OKAY"));
    assertFalse(ok.met("ERR LS"));
    assertFalse(ok.met(""));
  }
}
