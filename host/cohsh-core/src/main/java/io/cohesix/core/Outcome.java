// What a command came to. A refusal is a normal outcome, so it is a value and no exception.
package io.cohesix.core;

import java.util.List;

/** The outcome of one command on a hive. */
public sealed interface Outcome {

  /**
   * The hive said OK.
   *
   * @param ack its acknowledgement
   * @param lines the stream's content lines, unescaped; empty for commands without a stream
   */
  record Accepted(Ack ack, List<String> lines) implements Outcome {
    /** Copies the lines. */
    public Accepted {
      lines = List.copyOf(lines);
    }
  }

  /**
   * The hive said ERR: to the command itself, or to the authentication or attachment before it.
   *
   * @param ack its acknowledgement
   */
  record Refused(Ack ack) implements Outcome {}

  /**
   * The connection went away after the command was sent and before it was answered.
   *
   * @param command the console line
   * @param mayHaveHappened true when it has a side effect, which then may or may not have happened; it was not repeated
   * @param why what happened, for people
   */
  record Lost(String command, boolean mayHaveHappened, String why) implements Outcome {}

  /**
   * No hive could be reached; the command was not sent.
   *
   * @param why what was tried, what happened and what to do
   */
  record Unreachable(String why) implements Outcome {}

  /** True for {@link Accepted}. */
  default boolean accepted() {
    return this instanceof Accepted;
  }
}
