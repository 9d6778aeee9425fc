// What a typed command came to, in the form that prompt, scripts and JSON share.
package io.cohesix.core.shell;

import io.cohesix.core.Outcome;
import java.util.List;

/**
 * A command's result.
 *
 * @param kind how it ended
 * @param ack the acknowledgement line; for what never reached a hive, one in the same form made here
 * @param lines content lines
 * @param message more for people, or empty
 */
public record CommandResult(Kind kind, String ack, List<String> lines, String message) {

  /** How a command ended. */
  public enum Kind {
    /** Accepted. */
    OK,
    /** Refused by the hive, or by this program for the reason in the acknowledgement. */
    REFUSED,
    /** Typed wrongly; nothing was sent. */
    USAGE,
    /** No hive, or the connection was lost for good. */
    UNREACHABLE
  }

  /** Copies the lines. */
  public CommandResult {
    lines = List.copyOf(lines);
  }

  /** Whether the acknowledgement is an OK. */
  public boolean ok() {
    return kind == Kind.OK;
  }

  /** The process exit code that this result stands for. */
  public int exitCode() {
    return switch (kind) {
      case OK -> 0;
      case REFUSED -> 1;
      case USAGE -> 2;
      case UNREACHABLE -> 3;
    };
  }

  /** From an outcome of the hive. */
  public static CommandResult of(Outcome outcome) {
    if (outcome instanceof Outcome.Accepted accepted) {
      return new CommandResult(Kind.OK, accepted.ack().line(), accepted.lines(), "");
    }
    if (outcome instanceof Outcome.Refused refused) {
      return new CommandResult(Kind.REFUSED, refused.ack().line(), List.of(), "");
    }
    if (outcome instanceof Outcome.Lost lost) {
      String message =
          lost.mayHaveHappened()
              ? lost.why() + "; it may or may not have taken effect and was not repeated: look before you try again"
              : lost.why() + "; it had no effect";
      return new CommandResult(Kind.UNREACHABLE, "", List.of(), message);
    }
    Outcome.Unreachable unreachable = (Outcome.Unreachable) outcome;
    return new CommandResult(Kind.UNREACHABLE, "", List.of(), unreachable.why());
  }

  /** An accepted local command. */
  static CommandResult ok(String ack, List<String> lines) {
    return new CommandResult(Kind.OK, ack, lines, "");
  }

  /** Typed wrongly. */
  static CommandResult usage(String message) {
    return new CommandResult(Kind.USAGE, "ERR PARSE reason=policy detail=" + message, List.of(), message);
  }

  /** Refused here, before it was sent. */
  static CommandResult refused(String ack, String message) {
    return new CommandResult(Kind.REFUSED, ack, List.of(), message);
  }
}
