// A manual page from a program's command line, in the order that man-pages(7) asks for.
package io.cohesix.release.man;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Pages of section 1.
 *
 * @param name the program's
 * @param release what stands at the foot
 * @param date the day of the release
 */
record ManPage(String name, String release, LocalDate date) {
  /** A line of a synopsis and, some blanks behind it, what it is for. */
  private static final Pattern USE = Pattern.compile("(\\S.*?)(?: {2,}(\\S.*))?");

  /** What a footer says of exit codes: {@code 0 ok, 1 refused or failed, 2 usage}. */
  private static final Pattern CODE =
      Pattern.compile("(?:^|[,;] )(?:([a-z-]+) also )?(\\d) (.*?)(?=[,;] (?:[a-z-]+ also )?\\d |[.]?$)");

  private static final String CODES = "Exit codes: ";

  /**
   * The page.
   *
   * @param line the program's command line
   * @param more commands that it reads by itself
   * @param sections what follows EXIT STATUS, in man(7)
   */
  String of(CommandLine line, List<CommandLine> more, String sections) {
    CommandSpec spec = line.getCommandSpec();
    Roff page = new Roff();
    page.source(".\\\" Made from the program's own command line: not edited.\n");
    page.macro("TH", name.toUpperCase(Locale.ROOT), "1", date.toString(), release, "Cohesix");
    page.macro("SH", "NAME").formatted(Roff.escaped(name) + " \\- " + Roff.escaped(summary(spec)));
    page.macro("SH", "SYNOPSIS");
    synopsis(page, line);
    page.macro("SH", "DESCRIPTION");
    paragraph(page, lines(spec.usageMessage().description()));
    page.macro("SH", "OPTIONS");
    arguments(page, spec, false);
    List<CommandLine> commands = new ArrayList<>();
    collect(line, commands);
    commands.addAll(more);
    if (!commands.isEmpty()) {
      page.macro("SH", "COMMANDS");
      commands.forEach(c -> command(page, c));
    }
    exitStatus(page, footer(spec));
    page.source(sections);
    return page.toString();
  }

  /** All subcommands, each before its own. */
  private static void collect(CommandLine line, List<CommandLine> into) {
    for (CommandLine sub : line.getSubcommands().values()) {
      if (!into.contains(sub) && !sub.getCommandSpec().usageMessage().hidden()) {
        into.add(sub);
        collect(sub, into);
      }
    }
  }

  private void command(Roff page, CommandLine line) {
    CommandSpec spec = line.getCommandSpec();
    page.macro("SS", spec.qualifiedName());
    synopsis(page, line);
    page.macro("PP");
    paragraph(page, lines(spec.usageMessage().description()));
    arguments(page, spec, true);
    List<MatchResult> codes = codes(footer(spec));
    if (!codes.isEmpty()) {
      page.macro("PP").text("Exit status:");
      codes(page, codes);
    }
  }

  private static String summary(CommandSpec spec) {
    String text = String.join(" ", lines(spec.usageMessage().description()));
    int stop = text.indexOf(". ");
    String first = stop < 0 ? text : text.substring(0, stop);
    first = first.endsWith(".") ? first.substring(0, first.length() - 1) : first;
    return first.substring(0, 1).toLowerCase(Locale.ROOT) + first.substring(1);
  }

  private static void synopsis(Roff page, CommandLine line) {
    CommandSpec spec = line.getCommandSpec();
    String[] own = spec.usageMessage().customSynopsis();
    if (own.length == 0) {
      String text = line.getHelp().synopsis(0).strip().replaceAll("\\s+", " ");
      page.formatted(highlighted(text, spec.qualifiedName()));
      return;
    }
    for (String use : lines(own)) {
      Matcher m = USE.matcher(use);
      if (m.matches()) {
        String called = highlighted(m.group(1), spec.root().name());
        if (m.group(2) == null) {
          page.formatted(called).macro("br");
        } else {
          page.macro("TP").formatted(called).text(m.group(2));
        }
      }
    }
  }

  private static String highlighted(String use, String called) {
    return use.startsWith(called)
        ? Roff.bold(called) + Roff.escaped(use.substring(called.length()))
        : Roff.escaped(use);
  }

  /** Of a command without the help that each has. */
  private static void arguments(Roff page, CommandSpec spec, boolean command) {
    for (PositionalParamSpec p : spec.positionalParameters()) {
      if (!p.hidden()) {
        entry(page, Roff.italic(p.paramLabel()), p);
      }
    }
    List<OptionSpec> grouped = spec.argGroups().stream().flatMap(g -> g.allOptionsNested().stream()).toList();
    spec.options().stream()
        .filter(o -> !o.hidden() && !grouped.contains(o) && !(command && (o.usageHelp() || o.versionHelp())))
        .forEach(o -> option(page, o));
    for (ArgGroupSpec group : spec.argGroups()) {
      if (group.heading() != null) {
        page.macro("PP").text(String.join(" ", lines(group.heading())));
      }
      group.allOptionsNested().forEach(o -> option(page, o));
    }
  }

  private static void option(Roff page, OptionSpec o) {
    boolean value = o.arity().max() > 0;
    List<String> names = new ArrayList<>();
    for (String n : o.names()) {
      String more = o.arity().max() > 1 ? "..." : "";
      String argument = (n.startsWith("--") ? "=" : " ") + Roff.italic(o.paramLabel()) + more;
      names.add(Roff.bold(n) + (value ? argument : ""));
    }
    entry(page, String.join(", ", names), o);
  }

  private static void entry(Roff page, String tag, ArgSpec arg) {
    page.macro("TP").formatted(tag);
    Object initial = arg.initialValue();
    String text = String.join(" ", lines(arg.description()));
    String shown = arg.defaultValue() != null ? arg.defaultValue() : String.valueOf(initial);
    page.text(text.replace("${DEFAULT-VALUE}", shown));
  }

  private void exitStatus(Roff page, String footer) {
    List<MatchResult> found = codes(footer);
    if (found.isEmpty()) {
      throw new IllegalStateException(name + ": its footer has no line '" + CODES + "0 …, 1 …'");
    }
    page.macro("SH", "EXIT STATUS");
    codes(page, found);
  }

  private static List<MatchResult> codes(String footer) {
    int at = footer.indexOf(CODES);
    String line = at < 0 ? "" : footer.substring(at + CODES.length()).lines().findFirst().orElse("");
    return CODE.matcher(line).results().toList();
  }

  private static void codes(Roff page, List<MatchResult> codes) {
    for (MatchResult code : codes) {
      String only = code.group(1) == null ? "" : " (" + code.group(1) + " only)";
      page.macro("TP").formatted(Roff.bold(code.group(2))).text(code.group(3) + only);
    }
  }

  private static String footer(CommandSpec spec) {
    String heading = String.join("", lines(spec.usageMessage().footerHeading()));
    return (heading.isEmpty() ? "" : heading + " ") + String.join("\n", lines(spec.usageMessage().footer()));
  }

  private static void paragraph(Roff page, List<String> lines) {
    lines.forEach(page::text);
  }

  /** picocli's texts as lines: its line ends are {@code %n}, a percent sign is {@code %%}. */
  private static List<String> lines(String... texts) {
    return Arrays.stream(texts)
        .flatMap(t -> t.replace("%n", "\n").replace("%%", "%").lines())
        .map(String::strip)
        .filter(t -> !t.isEmpty())
        .toList();
  }
}
