// Writes man(7): text is escaped here and nowhere else.
package io.cohesix.release.man;

/** Builds one page. Not for several threads. */
final class Roff {
  private final StringBuilder page = new StringBuilder();

  /** A macro with arguments that are quoted. */
  Roff macro(String name, String... arguments) {
    page.append('.').append(name);
    for (String a : arguments) {
      page.append(" \"").append(escaped(a).replace("\"", "\\(dq")).append('"');
    }
    page.append('\n');
    return this;
  }

  /** A line of text. */
  Roff text(String line) {
    return formatted(escaped(line));
  }

  /** A line that is escaped already, as {@link #bold} and {@link #italic} give it. */
  Roff formatted(String line) {
    boolean control = line.startsWith(".") || line.startsWith("'");
    page.append(control ? "\\&" : "").append(line).append('\n');
    return this;
  }

  /** Source text as it is. */
  Roff source(String text) {
    page.append(text);
    return this;
  }

  static String bold(String text) {
    return text.isEmpty() ? "" : "\\fB" + escaped(text) + "\\fR";
  }

  static String italic(String text) {
    return text.isEmpty() ? "" : "\\fI" + escaped(text) + "\\fR";
  }

  /** A hyphen is a minus: what stands in a page can be copied into a shell. */
  static String escaped(String text) {
    return text.replace("\\", "\\e")
        .replace("-", "\\-")
        .replace("'", "\\(aq")
        .replace("`", "\\(ga")
        .replace("^", "\\(ha")
        .replace("~", "\\(ti");
  }

  @Override
  public String toString() {
    return page.toString();
  }
}
