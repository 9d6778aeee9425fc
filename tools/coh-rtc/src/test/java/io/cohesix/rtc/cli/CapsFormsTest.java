// The capability tables as text, graph and JSON say the same and are well formed; the C rows are what the table is.
package io.cohesix.rtc.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cohesix.rtc.Project;
import io.cohesix.rtc.caps.Cap;
import io.cohesix.rtc.caps.CapTable;
import io.cohesix.rtc.caps.Mapping;
import io.cohesix.rtc.caps.TaskId;
import io.cohesix.rtc.codegen.docs.CapsText;
import io.cohesix.rtc.codegen.json.CapsJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CapsFormsTest {
  private static final String STRING = "\"((?:[^\"\\\\]|\\\\.)*)\"";
  private static final Pattern NODE = Pattern.compile("  " + STRING + " \\[([a-z]+=[^;]*)\\];");
  private static final Pattern EDGE = Pattern.compile("  " + STRING + " -> " + STRING + " \\[label=" + STRING + ", style=([a-z]+)\\];");

  @TempDir Path folder = Path.of("");

  private CapTable table(String manifest) throws IOException {
    return CapTable.of(new Project(folder, manifest).input().manifest());
  }

  @ParameterizedTest
  @ValueSource(strings = {"family.toml", "full.toml"})
  void everyArrowOfTheGraphLeadsBetweenDrawnThingsAndSaysItsRightsAndBadge(String manifest) throws Exception {
    CapTable t = table(manifest);
    List<String> lines = CapsText.dot(t).lines().toList();
    assertEquals("digraph capabilities {", lines.get(0));
    assertEquals("}", lines.get(lines.size() - 1));
    Set<String> nodes = new HashSet<>();
    Set<String> edges = new HashSet<>();
    for (String line : lines.subList(4, lines.size() - 1)) {
      Matcher node = NODE.matcher(line);
      Matcher edge = EDGE.matcher(line);
      if (edge.matches()) {
        assertTrue(nodes.contains(edge.group(1)) && nodes.contains(edge.group(2)), line);
        edges.add(edge.group(1) + ' ' + edge.group(2) + ' ' + edge.group(3));
      } else {
        assertTrue(node.matches(), line);
        assertTrue(nodes.add(node.group(1)), line);
      }
    }
    assertEquals(t.caps().size() + t.maps().size() + t.interrupts().size(), edges.size());
    assertTrue(edges.contains("netd o:nicd.wait w\\nbadge 2 netd"), edges::toString);
    assertTrue(edges.contains("nicd o:nic.queues rw\\n0x5e0000"), edges::toString);
    assertTrue(edges.contains("o:nic.irq o:nicd.wait badge 1 irq"), edges::toString);
  }

  @Test
  void graphvizDrawsTheGraphWhereItIsInstalled() throws Exception {
    Process which = new ProcessBuilder("sh", "-c", "command -v dot").start();
    if (which.waitFor() != 0) {
      return;
    }
    Process p = new ProcessBuilder("dot", "-Tsvg").redirectErrorStream(true).start();
    try (var in = p.getOutputStream()) {
      in.write(CapsText.dot(table("family.toml")).getBytes(StandardCharsets.UTF_8));
    }
    String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, p.waitFor(), said);
    assertTrue(said.contains("<svg") && said.contains("net.packets"), said);
  }

  @Test
  void everyRowIsInTheTextWithItsReason() throws Exception {
    CapTable t = table("family.toml");
    String text = CapsText.text(t);
    for (Cap c : t.caps()) {
      assertFalse(c.why().isEmpty(), c.name());
      assertTrue(text.lines().anyMatch(l -> l.contains("  " + c.name() + ' ') && l.contains(c.object()) && l.endsWith("  " + c.why())),
          c::macro);
    }
    for (Mapping m : t.maps()) {
      assertTrue(text.contains("0x" + Long.toHexString(m.vaddr()) + ' ') && text.contains(m.why()), m::object);
    }
    assertTrue(text.contains("\nshared memory\n    net.packets: nicd and netd; "), text);
    assertTrue(text.contains("    net.streams: authority and netd; "), text);
  }

  @Test
  void withoutANetworkNothingIsShared() throws Exception {
    Project project = new Project(folder, "family.toml");
    project.write("configs/root_task.toml", Project.resource("family.toml").replace("net_console = true", "net_console = false"));
    CapTable t = CapTable.of(project.input().manifest());
    String text = CapsText.text(t);
    assertTrue(text.contains("\nshared memory\n    none\n"), text);
    assertFalse(text.contains("netd"), text);
    assertFalse(CapsText.dot(t).contains("net"), CapsText.dot(t));
    String header = project.artefact("caps.h");
    assertTrue(header.contains("#define COH_TASKS_NET 0\n") && header.contains("#define CAP_NETD_WAIT 1u "), header);
    assertFalse(project.artefact("caps.c").contains("CAP_NETD_WAIT"));
  }

  @Test
  void theJsonHasEachRow() throws Exception {
    CapTable t = table("full.toml");
    JsonNode root = new ObjectMapper().readTree(CapsJson.text(t));
    int caps = 0;
    int maps = 0;
    for (JsonNode task : root.get("tasks")) {
      caps += task.get("capabilities").size();
      maps += task.get("mappings").size();
    }
    assertEquals(t.caps().size(), caps);
    assertEquals(t.maps().size(), maps);
    assertEquals(3, root.get("interrupts").size());
    assertEquals((1L << 32) + 2, root.get("tasks").get(2).get("fault_badge").asLong());
  }

  @Test
  void everySlotAndMappingIsARowOfTheCTableByItsName() throws Exception {
    Project project = new Project(folder, "family.toml");
    CapTable t = CapTable.of(project.input().manifest());
    String header = project.artefact("caps.h");
    String source = project.artefact("caps.c");
    for (Cap c : t.caps()) {
      boolean placed = c.task() != TaskId.AUTHORITY;
      assertEquals(placed, header.contains("#define " + c.macro() + ' ' + c.slot() + "u "), c::macro);
      assertEquals(placed, source.contains(", " + c.macro() + ", "), c::macro);
    }
    for (Mapping m : t.maps()) {
      String macro = m.macro(t.object(m.object()));
      assertTrue(header.contains("#define " + macro + " 0x" + Long.toHexString(m.vaddr()) + "u "), macro);
      assertTrue(source.contains(", " + macro + "},"), macro);
    }
    assertTrue(header.contains("#define VADDR_AUTHORITY_ARENA 0x18200000u "), header);
    assertTrue(header.contains("#define BADGE_FAULT_NETD 0x100000002ull\n"), header);
  }

  @Test
  void withoutCacheOperationsNicdsAddressSpaceIsNoSlot() throws Exception {
    Project project = new Project(folder, "family.toml");
    project.write("configs/root_task.toml", Project.resource("family.toml").replace("kernel_ops = true", "kernel_ops = false")
        .replace("dma_clean = true", "dma_clean = false").replace("dma_invalidate = true", "dma_invalidate = false"));
    assertTrue(project.artefact("caps.h").contains("#define CAP_NICD_VSPACE 0u "));
    assertFalse(project.artefact("caps.c").contains("CAP_NICD_VSPACE"));
  }
}
