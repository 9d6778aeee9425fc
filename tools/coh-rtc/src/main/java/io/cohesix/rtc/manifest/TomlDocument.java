// Reads TOML: Jackson's parser decides about the syntax (TOML 1.0), tomlj then gives values with their positions.
package io.cohesix.rtc.manifest;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;
import org.tomlj.TomlVersion;

/**
 * A parsed manifest file.
 *
 * @param root its tables, null when the syntax is wrong beyond keys that stand twice
 * @param findings what is wrong with the syntax
 */
public record TomlDocument(@Nullable TomlTable root, List<Finding> findings) {
  private static final Pattern DEFINED = Pattern.compile("(\\S+) previously defined at line (\\d+), column \\d+");
  private static final Pattern HEADER = Pattern.compile("\\s*\\[\\[?([^\\[\\]]+)\\]");
  private static final int MAX_CHARS = 1 << 20;

  /**
   * Parses text; file names it in findings. Keys that stand twice are findings, and the first value counts, so that the
   * rest can be checked as well; any other wrong syntax leaves no tables.
   */
  public static TomlDocument parse(String file, String text) {
    if (text.length() > MAX_CHARS) {
      return new TomlDocument(null, List.of(error("syntax", file, Position.START, "syntax",
          "the file has " + text.length() + " characters, must have at most " + MAX_CHARS)));
    }
    JacksonException refused = null;
    try {
      new TomlMapper().readTree(text);
    } catch (JacksonException e) {
      refused = e;
      if (e instanceof StreamConstraintsException) {
        return new TomlDocument(null, List.of(syntax(file, e)));
      }
    }
    TomlParseResult result = Toml.parse(text, TomlVersion.V1_0_0);
    if (refused != null && !result.hasErrors()) {
      return new TomlDocument(null, List.of(syntax(file, refused)));
    }
    List<Finding> findings = new ArrayList<>();
    boolean twiceOnly = true;
    for (TomlParseError e : result.errors()) {
      Matcher twice = DEFINED.matcher(e.getMessage() == null ? "" : e.getMessage());
      Position at = at(e.position());
      if (twice.matches()) {
        findings.add(error("duplicate-key", file, at, section(text, at.line()) + twice.group(1),
            "is defined twice, first in line " + twice.group(2) + "; keep one"));
      } else {
        twiceOnly = false;
        findings.add(error("syntax", file, at, "syntax", "not TOML: " + e.getMessage()));
      }
    }
    return new TomlDocument(twiceOnly ? result : null, findings);
  }

  private static Finding syntax(String file, JacksonException e) {
    int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
    int column = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getColumnNr());
    return error("syntax", file, new Position(line, column), "syntax", "not TOML: " + e.getOriginalMessage());
  }

  /** The section that a line is in, with its dot; empty for a section's own line and before the first. */
  private static String section(String text, int line) {
    String section = "";
    List<String> lines = text.lines().limit(line).toList();
    for (int i = 0; i < lines.size(); i++) {
      Matcher header = HEADER.matcher(lines.get(i));
      if (header.lookingAt()) {
        section = i == line - 1 ? "" : header.group(1).strip() + '.';
      }
    }
    return section;
  }

  /** tomlj's position as ours. */
  public static Position at(@Nullable TomlPosition p) {
    return p == null ? Position.START : new Position(p.line(), p.column());
  }

  private static Finding error(String rule, String file, Position at, String key, String message) {
    return new Finding(Finding.Severity.ERROR, rule, file, at, key, message);
  }
}
