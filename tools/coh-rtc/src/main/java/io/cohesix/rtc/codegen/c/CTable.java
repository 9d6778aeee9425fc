// One const array of structs: its declaration and its definition.
package io.cohesix.rtc.codegen.c;

import java.util.List;

/**
 * A table. Empty ones have one zero element, so that they stay legal C; their count is 0.
 *
 * @param comment what it is
 * @param struct struct declaration with its braces, or empty when elements are of a plain type
 * @param type element type
 * @param name array name; the count is {@code <NAME without coh_>_COUNT} and {@code <name>_count}
 * @param rows initialisers
 */
record CTable(String comment, String struct, String type, String name, List<String> rows) {
  String countMacro() {
    return CText.upper(name) + "_COUNT";
  }

  void declare(StringBuilder out) {
    out.append('\n').append("/* ").append(comment).append(" */\n");
    if (!struct.isEmpty()) {
      out.append(struct).append("\n");
    }
    out.append("#define ").append(countMacro()).append(' ').append(rows.size()).append("u\n");
    out.append("extern const ").append(type).append(space()).append(name).append('[')
        .append(rows.isEmpty() ? "1" : countMacro()).append("];\n");
    out.append("extern const uint32_t ").append(name).append("_count;\n");
  }

  void define(StringBuilder out) {
    out.append("\nconst uint32_t ").append(name).append("_count = ").append(countMacro()).append(";\n");
    out.append("const ").append(type).append(space()).append(name).append('[')
        .append(rows.isEmpty() ? "1" : countMacro()).append("] = {\n");
    if (rows.isEmpty()) {
      out.append(type.endsWith("*const") || struct.isEmpty() ? "    0,\n" : "    {0},\n");
    }
    for (String row : rows) {
      out.append("    ").append(row).append(",\n");
    }
    out.append("};\n");
  }

  private String space() {
    return " ";
  }
}
