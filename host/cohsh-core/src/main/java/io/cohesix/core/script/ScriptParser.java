// Parser of .coh scripts: all of a script's mistakes are found before anything is sent.
package io.cohesix.core.script;

import io.cohesix.core.shell.Words;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Parses scripts (spec/coh-script.md). */
public final class ScriptParser {

  /** Wrong syntax. The message has one line a finding: {@code <name>:<line>: error: <what>}. */
  public static final class SyntaxException extends Exception {
    SyntaxException(String message) {
      super(message);
    }
  }

  private final String name;
  private final List<String> findings = new ArrayList<>();
  private final List<Script.Step> steps = new ArrayList<>();
  private int command = -1;

  private ScriptParser(String name) {
    this.name = name;
  }

  /** Parses the bytes of a file. */
  public static Script parse(String name, byte[] bytes) throws SyntaxException {
    String text;
    try {
      text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes))
              .toString();
    } catch (CharacterCodingException e) {
      throw new SyntaxException(name + ":1: error: the script is not valid UTF-8");
    }
    return parse(name, text);
  }

  /** Parses text. */
  public static Script parse(String name, String text) throws SyntaxException {
    List<String> lines = text.lines().toList();
    ScriptParser parser = new ScriptParser(name);
    if (lines.size() > Script.MAX_LINES) {
      parser.finding(
          Script.MAX_LINES + 1,
          "the script has " + lines.size() + " lines, at most " + Script.MAX_LINES + " are allowed");
    }
    for (int i = 0; i < Math.min(lines.size(), Script.MAX_LINES); i++) {
      parser.line(i + 1, Words.stripComment(lines.get(i)));
    }
    if (!parser.findings.isEmpty()) {
      throw new SyntaxException(String.join("\n", parser.findings));
    }
    return new Script(name, parser.steps);
  }

  private void line(int number, String text) {
    if (text.isEmpty()) {
      return;
    }
    String[] part = text.split("\\s+", 2);
    String rest = part.length > 1 ? part[1] : "";
    switch (part[0]) {
      case "EXPECT" -> expect(number, text, rest);
      case "WAIT" -> pause(number, text, rest);
      default -> command(number, text, part[0]);
    }
  }

  private void command(int number, String text, String word) {
    if (word.equalsIgnoreCase("expect") || word.equalsIgnoreCase("wait")) {
      finding(number, "'" + word + "' must be written in capitals");
    }
    if (Words.unbalanced(text)) {
      finding(number, "a quote is opened and not closed");
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < 0x20 && text.charAt(i) != '\t') {
        finding(number, String.format("control character 0x%02x", (int) text.charAt(i)));
      }
    }
    command = steps.size();
    steps.add(new Script.Command(number, text, false));
  }

  private void expect(int number, String text, String rest) {
    if (command < 0) {
      finding(number, "EXPECT stands before any command");
      return;
    }
    String[] part = rest.split("\\s+", 2);
    String operand = part.length > 1 ? part[1] : "";
    switch (part[0]) {
      case "OK", "ERR" -> {
        if (!operand.isEmpty()) {
          finding(number, "EXPECT " + part[0] + " takes nothing after it, found '" + operand + "'");
        }
        steps.add(new Script.Expect(number, text, Script.Demand.valueOf(part[0]), ""));
        if (part[0].equals("ERR")) {
          Script.Command last = (Script.Command) steps.get(command);
          steps.set(command, new Script.Command(last.line(), last.text(), true));
        }
      }
      case "SUBSTR", "NOT" -> {
        if (operand.isEmpty()) {
          finding(number, "EXPECT " + part[0] + " needs a text");
        }
        steps.add(new Script.Expect(number, text, Script.Demand.valueOf(part[0]), operand));
      }
      default -> finding(number, "EXPECT takes OK, ERR, SUBSTR <text> or NOT <text>, found '" + rest + "'");
    }
  }

  private void pause(int number, String text, String rest) {
    if (!rest.matches("[0-9]{1,9}") || Integer.parseInt(rest) > Script.MAX_WAIT_MS) {
      finding(number, "WAIT takes 0 to " + Script.MAX_WAIT_MS + " milliseconds, found '" + rest + "'");
      return;
    }
    steps.add(new Script.Pause(number, text, Integer.parseInt(rest)));
  }

  private void finding(int number, String what) {
    findings.add(name + ":" + number + ": error: " + what);
  }
}
