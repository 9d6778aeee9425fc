// The table of kernels that were booted, from what scripts/kernel-matrix.sh wrote.
package io.cohesix.rtc.codegen.docs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Markdown from docs/kernels.json. */
final class KernelTable {
  private static final int DIGITS = 12;

  private KernelTable() {}

  /** The table and what its rows have in common. IllegalArgumentException says what the JSON is not. */
  static String markdown(String name, String json) {
    JsonNode rows;
    boolean quick;
    try {
      JsonNode all = new ObjectMapper().readTree(json);
      rows = all.path("rows");
      quick = all.path("quick").asBoolean();
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(name + ": is not JSON: " + e.getOriginalMessage(), e);
    }
    if (!rows.isArray() || rows.isEmpty()) {
      throw new IllegalArgumentException(name + ": has no rows: make it with scripts/kernel-matrix.sh --out " + name);
    }
    StringBuilder out = new StringBuilder(
        """
        | build | seL4 | platform | kind | level | cores | timer | untypeds | slots | prompt | pack | kernel.elf |
        | --- | --- | --- | --- | --- | ---: | --- | ---: | ---: | ---: | ---: | --- |
        """);
    Set<String> transcripts = new LinkedHashSet<>();
    int booted = 0;
    List<String> bad = new ArrayList<>();
    for (JsonNode row : rows) {
      row(out, row);
      if (row.path("transcript_sha256").isTextual()) {
        transcripts.add(row.path("transcript_sha256").asText());
      }
      booted += prompt(row) ? 1 : 0;
      if (!row.path("ok").asBoolean()) {
        bad.add(row.path("name").asText());
      }
    }
    out.append("\n").append(booted).append(" of ").append(rows.size()).append(" kernels were booted to the prompt and through ")
        .append(quick ? "one script" : "the regression pack").append(". ")
        .append(transcripts.size() == 1 ? "All transcripts are the same, SHA-256 `" + transcripts.iterator().next() + "`."
            : "Their transcripts differ: " + transcripts.size() + " kinds.");
    return out.append(bad.isEmpty() ? " No row failed.\n" : " Failed: " + String.join(", ", bad) + ".\n").toString();
  }

  private static boolean prompt(JsonNode row) {
    return row.path("boot").path("result").asText().equals("prompt");
  }

  private static void row(StringBuilder out, JsonNode row) {
    JsonNode c = row.path("configuration");
    JsonNode boot = row.path("boot");
    JsonNode batch = row.path("batch");
    boolean prompt = prompt(row);
    int all = batch.path("passed").asInt() + batch.path("failed").asInt();
    List<String> cells = List.of(
        row.path("name").asText(),
        c.path("version").asText(),
        c.path("platform").asText(),
        c.path("verification").asBoolean() ? "verification" : c.path("debug").asBoolean() ? "debug" : "release",
        c.path("hypervisor").asBoolean() ? "EL2" : "EL1",
        c.path("nodes").asText(),
        prompt ? boot.path("timer").asText() : "–",
        prompt ? boot.path("untypeds").asText() + " of " + c.path("untypeds").asText() : "at most " + c.path("untypeds").asText(),
        row.path("slots").path("needed").asText() + " of " + row.path("slots").path("root_cnode").asText(),
        prompt ? String.format(Locale.ROOT, "%.2f", boot.path("ratio").asDouble()) : boot.path("result").asText(),
        batch.isObject() ? batch.path("passed").asInt() + " of " + all : "–",
        '`' + row.path("kernel_sha256").asText("").substring(0, Math.min(DIGITS, row.path("kernel_sha256").asText("").length())) + '`');
    out.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }
}
