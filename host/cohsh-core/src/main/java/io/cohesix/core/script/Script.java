// A parsed .coh script (spec/coh-script.md).
package io.cohesix.core.script;

import java.util.List;

/**
 * A script whose syntax is right.
 *
 * @param name for messages
 * @param steps in order
 */
public record Script(String name, List<Step> steps) {
  /** Longest script. */
  public static final int MAX_LINES = 256;

  /** Longest WAIT, milliseconds. */
  public static final int MAX_WAIT_MS = 2000;

  /** Copies the steps. */
  public Script {
    steps = List.copyOf(steps);
  }

  /** One line that is neither blank nor comment. */
  public sealed interface Step {
    /** Line number, from 1. */
    int line();

    /** The line without its comment. */
    String text();
  }

  /**
   * A shell command.
   *
   * @param line its number
   * @param text the command
   * @param mayFail whether an EXPECT ERR follows before the next command
   */
  public record Command(int line, String text, boolean mayFail) implements Step {}

  /** What an EXPECT demands. */
  public enum Demand {
    /** The acknowledgement starts with OK. */
    OK,
    /** It starts with ERR. */
    ERR,
    /** It contains the text. */
    SUBSTR,
    /** It does not contain the text. */
    NOT
  }

  /**
   * An assertion on the last command's acknowledgement.
   *
   * @param line its number
   * @param text the whole assertion
   * @param demand what is demanded
   * @param operand the text of SUBSTR and NOT, else empty
   */
  public record Expect(int line, String text, Demand demand, String operand) implements Step {
    /** Whether the acknowledgement meets it. */
    public boolean met(String ack) {
      return switch (demand) {
        case OK -> ack.equals("OK") || ack.startsWith("OK ");
        case ERR -> ack.equals("ERR") || ack.startsWith("ERR ");
        case SUBSTR -> ack.contains(operand);
        case NOT -> !ack.contains(operand);
      };
    }
  }

  /**
   * A local pause.
   *
   * @param line its number
   * @param text the whole line
   * @param ms milliseconds
   */
  public record Pause(int line, String text, int ms) implements Step {}
}
