// How a typed line falls apart: words, quotes, comments and the `>` of echo, as people know it from a shell.
package io.cohesix.core.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Lexical rules of a command line. A double quote always opens a quoted part; a single quote only at the start of a word,
 * so that {@code it's} stays what it is.
 */
public final class Words {
  private Words() {}

  /** Cuts off a {@code #} comment that is not inside quotes, and the space around the line. */
  public static String stripComment(String line) {
    Scan scan = new Scan(line);
    while (scan.next()) {
      if (scan.c == '#' && !scan.quoted) {
        return line.substring(0, scan.at).strip();
      }
    }
    return line.strip();
  }

  /** True when a quote is opened and not closed. */
  public static boolean unbalanced(String line) {
    Scan scan = new Scan(line);
    while (scan.next()) {}
    return scan.quote != 0;
  }

  /** Splits at white space outside quotes and takes the quotes off each word. */
  public static List<String> split(String line) {
    List<String> words = new ArrayList<>();
    Scan scan = new Scan(line);
    int from = -1;
    while (scan.next()) {
      boolean space = Character.isWhitespace(scan.c) && !scan.quoted;
      if (space && from >= 0) {
        words.add(unquote(line.substring(from, scan.at)));
        from = -1;
      } else if (!space && from < 0) {
        from = scan.at;
      }
    }
    if (from >= 0) {
      words.add(unquote(line.substring(from)));
    }
    return words;
  }

  /**
   * Takes off one pair of quotes that encloses all of the text; text that is quoted only in part stays as it is, so that
   * unquoted JSON keeps its own quotes. Inside double quotes {@code \"} and {@code \\} stand for one character.
   */
  public static String unquote(String text) {
    if (text.length() < 2) {
      return text;
    }
    char quote = text.charAt(0);
    if ((quote != '"' && quote != '\'') || text.charAt(text.length() - 1) != quote) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 1; i < text.length() - 1; i++) {
      char c = text.charAt(i);
      if (c == quote) {
        return text;
      }
      if (quote == '"' && c == '\\' && i + 1 < text.length() - 1 && "\"\\".indexOf(text.charAt(i + 1)) >= 0) {
        c = text.charAt(++i);
      }
      out.append(c);
    }
    return out.toString();
  }

  /** The two sides of {@code echo <text> > <path>}. */
  public record Redirect(String text, String path) {}

  /** Finds the last {@code >} (or {@code >>}) outside quotes that has one word after it. */
  public static Optional<Redirect> redirect(String arguments) {
    int at = -1;
    Scan scan = new Scan(arguments);
    while (scan.next()) {
      if (scan.c == '>' && !scan.quoted) {
        at = scan.at;
      }
    }
    if (at < 0) {
      return Optional.empty();
    }
    List<String> path = split(arguments.substring(at + 1));
    if (path.size() != 1) {
      return Optional.empty();
    }
    int end = at > 0 && arguments.charAt(at - 1) == '>' ? at - 1 : at;
    return Optional.of(new Redirect(unquote(arguments.substring(0, end).strip()), path.get(0)));
  }

  /** Walks over a line and knows what is quoted. */
  private static final class Scan {
    private final String line;
    private int at = -1;
    private char c;
    private char quote;
    private boolean quoted;

    Scan(String line) {
      this.line = line;
    }

    boolean next() {
      at++;
      if (at >= line.length()) {
        return false;
      }
      c = line.charAt(at);
      quoted = quote != 0;
      if (quote == '"' && c == '\\' && at + 1 < line.length() && "\"\\".indexOf(line.charAt(at + 1)) >= 0) {
        at++;
        c = line.charAt(at);
      } else if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '"' || (c == '\'' && startsWord())) {
        quote = c;
        quoted = true;
      }
      return true;
    }

    private boolean startsWord() {
      return at == 0 || Character.isWhitespace(line.charAt(at - 1));
    }
  }
}
