// The capability tables for people: as text, as Markdown, and as a graph for graphviz.
package io.cohesix.rtc.codegen.docs;

import io.cohesix.rtc.caps.Badge;
import io.cohesix.rtc.caps.Cap;
import io.cohesix.rtc.caps.CapTable;
import io.cohesix.rtc.caps.Interrupt;
import io.cohesix.rtc.caps.KernelObject;
import io.cohesix.rtc.caps.Mapping;
import io.cohesix.rtc.caps.Rights;
import io.cohesix.rtc.caps.Task;
import io.cohesix.rtc.caps.TaskId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What {@code coh-rtc explain --caps} prints, and docs/snippets/caps.md. */
public final class CapsText {
  /** What the authority holds besides its rows. */
  private static final List<String> REST =
      List.of("all untyped memory that nobody has, and that of each task, which ends it",
          "every TCB, CSpace and VSpace, its own among them",
          "a look at each worker's page of data, where beats are counted", "the pages of the serial line and of the clock",
          "a notification for its timer alone, at which it rests when others keep it awake",
          "the right to hand out interrupts and address-space numbers");

  private CapsText() {}

  // ---- Text ----

  /** A table a task, then what is shared, then where interrupts go. */
  public static String text(CapTable t) {
    StringBuilder out = new StringBuilder();
    for (Task x : t.present()) {
      out.append(out.length() == 0 ? "" : "\n").append(x.word()).append(x.trusted() ? " (trusted): " : " (not trusted): ").append(x.role())
          .append("\n  ").append(facts(t, x)).append('\n');
      columns(out, "capabilities", rows(t, x));
      columns(out, "mappings", maps(t, x));
      if (x.id() == TaskId.AUTHORITY) {
        out.append("  and besides\n");
        REST.forEach(r -> out.append("    ").append(r).append('\n'));
      } else {
        out.append("  and nothing else: its other slots are empty\n");
      }
    }
    out.append("\nshared memory\n");
    for (KernelObject o : t.objects()) {
      if (o.shared() && o.count() > 0) {
        out.append("    ").append(o.name()).append(": ").append(users(t, o)).append("; ").append(o.words()).append("; ")
            .append(o.holds()).append('\n');
      }
    }
    out.append(t.objects().stream().anyMatch(o -> o.shared() && o.count() > 0) ? "" : "    none\n").append("\ninterrupts\n");
    t.interrupts().forEach(i -> out.append("    ").append(interrupt(i)).append('\n'));
    return out.toString();
  }

  private static String facts(CapTable t, Task x) {
    return "priority " + x.priority() + ", core " + x.cores().stream().map(String::valueOf).collect(Collectors.joining(" "))
        + (x.id() == TaskId.AUTHORITY ? "" : ", " + t.caps(x.id()).size() + " of " + (1 << x.radix()) + " slots")
        + (x.instances() > 1 ? ", at most " + x.instances() + " of it" : "");
  }

  private static List<List<String>> rows(CapTable t, Task x) {
    List<List<String>> out = new ArrayList<>();
    for (Cap c : t.caps(x.id())) {
      out.add(List.of(c.slot() == 0 ? "-" : String.valueOf(c.slot()), c.name(), c.object(), t.object(c.object()).kind().word(),
          c.rights().word(), badge(t, c), c.why()));
    }
    return out;
  }

  private static List<List<String>> maps(CapTable t, Task x) {
    List<List<String>> out = new ArrayList<>();
    for (Mapping m : t.maps(x.id())) {
      out.add(List.of("0x" + Long.toHexString(m.vaddr()), m.object(), t.object(m.object()).words(), rights(m), m.why()));
    }
    return out;
  }

  private static String badge(CapTable t, Cap c) {
    Badge b = c.badge();
    if (c.rights() == Rights.FAULT) {
      return "fault " + t.task(c.task()).id().number() + (c.task() == TaskId.WORKER ? " + its number" : "");
    }
    return b == null ? "-" : b.bit() + " " + b.source().toLowerCase(Locale.ROOT);
  }

  private static String rights(Mapping m) {
    return m.rights().word() + (m.executable() ? "x" : "");
  }

  private static String users(CapTable t, KernelObject o) {
    return t.users(o).stream().map(TaskId::word).collect(Collectors.joining(" and "));
  }

  private static String interrupt(Interrupt i) {
    return i.object() + ": signals " + i.badge().to().word() + " with " + i.badge().bit() + "; " + i.badge().why();
  }

  private static void columns(StringBuilder out, String what, List<List<String>> rows) {
    if (rows.isEmpty()) {
      return;
    }
    out.append("  ").append(what).append('\n');
    int n = rows.get(0).size();
    int[] width = new int[n];
    for (List<String> r : rows) {
      for (int i = 0; i < n - 1; i++) {
        width[i] = Math.max(width[i], r.get(i).length());
      }
    }
    for (List<String> r : rows) {
      out.append("    ");
      for (int i = 0; i < n - 1; i++) {
        out.append(r.get(i)).append(" ".repeat(width[i] - r.get(i).length() + 2));
      }
      out.append(r.get(n - 1)).append('\n');
    }
  }

  // ---- Markdown ----

  /** docs/snippets/caps.md without its first line. */
  static String markdown(CapTable t) {
    StringBuilder out = new StringBuilder();
    for (Task x : t.present()) {
      out.append("### ").append(x.word()).append(x.trusted() ? ", trusted" : ", not trusted").append("\n\n").append(x.role()).append("; ")
          .append(facts(t, x)).append(".\n\n").append("| slot | name | object | kind | rights | badge | why |\n| --- | --- | --- | --- | --- | --- | --- |\n");
      rows(t, x).forEach(r -> row(out, r));
      if (!maps(t, x).isEmpty()) {
        out.append("\n| address | object | memory | rights | why |\n| --- | --- | --- | --- | --- |\n");
        maps(t, x).forEach(r -> row(out, r));
      }
      out.append(x.id() == TaskId.AUTHORITY ? "\nAnd besides: " + String.join("; ", REST) + ".\n\n" : "\n");
    }
    out.append("### Shared memory\n\n| object | memory | who writes to it | what is in it |\n| --- | --- | --- | --- |\n");
    for (KernelObject o : t.objects()) {
      if (o.shared() && o.count() > 0) {
        row(out, List.of(o.name(), o.words(), users(t, o), o.holds()));
      }
    }
    out.append("\n### Interrupts\n\n| interrupt | signals | with | that is |\n| --- | --- | --- | --- |\n");
    for (Interrupt i : t.interrupts()) {
      row(out, List.of(i.object(), i.badge().to().word(), String.valueOf(i.badge().bit()), i.badge().why()));
    }
    return out.toString();
  }

  private static void row(StringBuilder out, List<String> cells) {
    out.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  // ---- DOT ----

  /** Tasks as boxes, objects as ellipses; an arrow points at what a task holds, and says how. */
  public static String dot(CapTable t) {
    StringBuilder out = new StringBuilder("digraph capabilities {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n")
        .append("  edge [fontname=\"sans-serif\", fontsize=10];\n");
    for (Task x : t.present()) {
      out.append("  ").append(quote(x.word())).append(" [shape=box, style=").append(x.trusted() ? "bold" : "dashed")
          .append(", label=").append(quote(x.word() + "\npriority " + x.priority())).append("];\n");
    }
    for (KernelObject o : t.objects()) {
      if (drawn(t, o)) {
        out.append("  ").append(quote("o:" + o.name())).append(" [shape=").append(o.pageBits() == 0 ? "ellipse" : "folder")
            .append(o.shared() ? ", style=filled, fillcolor=lightgrey" : "").append(", label=")
            .append(quote(o.name() + "\n" + o.words())).append("];\n");
      }
    }
    for (Cap c : t.caps()) {
      String badge = badge(t, c);
      edge(out, c.task().word(), "o:" + c.object(), (c.rights() == Rights.NONE ? "held" : c.rights().word()) + (badge.equals("-") ? "" : "\nbadge " + badge), "solid");
    }
    for (Mapping m : t.maps()) {
      edge(out, m.task().word(), "o:" + m.object(), rights(m) + "\n0x" + Long.toHexString(m.vaddr()), "dashed");
    }
    for (Interrupt i : t.interrupts()) {
      edge(out, "o:" + i.object(), "o:" + i.badge().to().word() + ".wait", "badge " + i.badge().bit() + " "
          + i.badge().source().toLowerCase(Locale.ROOT), "dotted");
    }
    return out.append("}\n").toString();
  }

  private static boolean drawn(CapTable t, KernelObject o) {
    return o.count() > 0 && (t.caps().stream().anyMatch(c -> c.object().equals(o.name()))
        || t.maps().stream().anyMatch(m -> m.object().equals(o.name())));
  }

  private static void edge(StringBuilder out, String from, String to, String label, String style) {
    out.append("  ").append(quote(from)).append(" -> ").append(quote(to)).append(" [label=").append(quote(label)).append(", style=")
        .append(style).append("];\n");
  }

  private static String quote(String s) {
    return '"' + s.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}
