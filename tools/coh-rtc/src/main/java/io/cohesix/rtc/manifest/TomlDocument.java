// Reads TOML: Jackson's parser decides about the syntax (TOML 1.0), tomlj then gives values with their positions.
package io.cohesix.rtc.manifest;

import com.fasterxml.jackson.core.JacksonException;
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
 * @param root its tables, null when the syntax is wrong
 * @param findings what is wrong with the syntax
 */
public record TomlDocument(@Nullable TomlTable root, List<Finding> findings) {
  private static final Pattern DEFINED = Pattern.compile("(\\S+) previously defined at line (\\d+), column \\d+");

  /** Parses text; file names it in findings. */
  public static TomlDocument parse(String file, String text) {
    TomlParseResult result = Toml.parse(text, TomlVersion.V1_0_0);
    List<Finding> findings = new ArrayList<>();
    try {
      new TomlMapper().readTree(text);
      if (!result.hasErrors()) {
        return new TomlDocument(result, List.of());
      }
    } catch (JacksonException e) {
      if (!result.hasErrors()) {
        int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
        int column = e.getLocation() == null ? 1 : e.getLocation().getColumnNr();
        findings.add(error("syntax", file, new Position(line, column), "syntax", e.getOriginalMessage()));
      }
    }
    for (TomlParseError e : result.errors()) {
      Matcher twice = DEFINED.matcher(e.getMessage() == null ? "" : e.getMessage());
      if (twice.matches()) {
        findings.add(error("duplicate-key", file, at(e.position()), twice.group(1),
            "is defined twice, first in line " + twice.group(2) + "; keep one"));
      } else {
        findings.add(error("syntax", file, at(e.position()), "syntax", "not TOML: " + e.getMessage()));
      }
    }
    return new TomlDocument(null, findings);
  }

  /** tomlj's position as ours. */
  public static Position at(@Nullable TomlPosition p) {
    return p == null ? Position.START : new Position(p.line(), p.column());
  }

  private static Finding error(String rule, String file, Position at, String key, String message) {
    return new Finding(Finding.Severity.ERROR, rule, file, at, key, message);
  }
}
