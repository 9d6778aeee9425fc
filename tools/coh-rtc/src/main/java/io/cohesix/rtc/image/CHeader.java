// Reads the numbers out of libsel4's generated headers: enumerators and integer macros under the
// build's own configuration.
package io.cohesix.rtc.image;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A reader for the small part of C that those headers use: conditionals over `defined`, `!`, `&&`,
 * `||` and comparisons; `#define NAME number`; enums whose values are numbers or earlier
 * enumerators. Everything else is passed over. Not thread-safe.
 */
final class CHeader {
  private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|//[^\n]*", Pattern.DOTALL);
  private static final Pattern DIRECTIVE = Pattern.compile("^\\s*#\\s*(\\w+)\\s*(.*)$");
  private static final Pattern DEFINE = Pattern.compile("(\\w+)(?:\\s+(.*))?");
  private static final Pattern ENUM = Pattern.compile("enum\\s*\\w*\\s*\\{([^}]*)\\}");
  private static final Pattern ENUMERATOR = Pattern.compile("(\\w+)(?:\\s*=\\s*(-?\\w+))?");
  private static final Pattern TOKEN = Pattern.compile("\\s*(\\w+|&&|\\|\\||[<>=!]=|[!()<>])");

  private final Map<String, String> macros = new HashMap<>();
  private final Map<String, Integer> values = new HashMap<>();

  /** Reads one header's text; what it defines stays defined for the next. */
  void read(String text) {
    String plain = COMMENT.matcher(text).replaceAll(" ").replace("\\\n", " ");
    StringBuilder kept = new StringBuilder();
    Deque<Branch> branches = new ArrayDeque<>();
    for (String line : plain.split("\n", -1)) {
      Matcher m = DIRECTIVE.matcher(line);
      boolean live = branches.stream().allMatch(b -> b.live);
      if (m.matches()) {
        directive(m.group(1), m.group(2).trim(), branches, live);
      } else if (live) {
        kept.append(line).append('\n');
      }
    }
    enums(kept);
  }

  /** What is defined by name and text, for those names that begin with a prefix. */
  SortedMap<String, String> defines(String prefix) {
    SortedMap<String, String> out = new TreeMap<>();
    macros.forEach((name, text) -> {
      if (name.startsWith(prefix)) {
        out.put(name, text.trim());
      }
    });
    return out;
  }

  private static final class Branch {
    boolean live;
    boolean taken;

    Branch(boolean live) {
      this.live = live;
      this.taken = live;
    }
  }

  private void directive(String word, String rest, Deque<Branch> branches, boolean live) {
    switch (word) {
      case "if" -> branches.push(new Branch(live && truth(rest)));
      case "ifdef" -> branches.push(new Branch(macros.containsKey(rest)));
      case "ifndef" -> branches.push(new Branch(!macros.containsKey(rest)));
      case "elif", "else" -> {
        Branch b = branches.getFirst();
        b.live = !b.taken && (word.equals("else") || truth(rest));
        b.taken |= b.live;
      }
      case "endif" -> branches.pop();
      case "define" -> {
        Matcher m = DEFINE.matcher(rest);
        if (live && m.matches()) {
          String value = m.group(2) == null ? "" : m.group(2).trim();
          macros.put(m.group(1), value);
          number(value).ifPresent(n -> values.put(m.group(1), n));
        }
      }
      default -> {}
    }
  }

  private void enums(CharSequence text) {
    Matcher e = ENUM.matcher(text);
    Set<String> seen = new HashSet<>();
    while (e.find()) {
      int next = 0;
      for (String item : e.group(1).split(",", -1)) {
        Matcher m = ENUMERATOR.matcher(item.trim());
        if (!m.matches()) {
          continue; // a macro that only widens the type
        }
        String value = m.group(2);
        if (value != null) {
          OptionalInt n = value(value);
          if (n.isEmpty()) {
            throw new ImageException(
                "libsel4: enumerator "
                    + m.group(1)
                    + " = "
                    + value
                    + ": that name is not defined before it");
          }
          next = n.getAsInt();
        }
        if (seen.add(m.group(1))) {
          values.put(m.group(1), next);
        }
        next++;
      }
    }
  }

  private static OptionalInt number(String text) {
    try {
      return OptionalInt.of(Integer.decode(text.replaceAll("[uUlL]+$", "")));
    } catch (NumberFormatException e) {
      return OptionalInt.empty();
    }
  }

  /** A name's number, or a number's. */
  OptionalInt value(String name) {
    Integer v = values.get(name);
    return v != null ? OptionalInt.of(v) : number(name);
  }

  /** Is it a macro? */
  boolean defined(String name) {
    return macros.containsKey(name);
  }

  private boolean truth(String expression) {
    Matcher m = TOKEN.matcher(expression);
    Deque<String> tokens = new ArrayDeque<>();
    int end = 0;
    while (end < expression.length() && m.find() && m.start() == end) {
      tokens.add(m.group(1));
      end = m.end();
    }
    return or(tokens) != 0;
  }

  private static int truth(int v) {
    return v == 0 ? 0 : 1;
  }

  /** Both sides are always read, so that the tokens are used up. */
  private int or(Deque<String> t) {
    int v = and(t);
    while (take(t, "||")) {
      v = Math.max(truth(and(t)), truth(v));
    }
    return v;
  }

  private int and(Deque<String> t) {
    int v = comparison(t);
    while (take(t, "&&")) {
      v = Math.min(truth(comparison(t)), truth(v));
    }
    return v;
  }

  private int comparison(Deque<String> t) {
    int v = unary(t);
    String op = t.peek();
    if (op == null || !Set.of("<", ">", "<=", ">=", "==", "!=").contains(op)) {
      return v;
    }
    t.remove();
    int c = Integer.compare(v, unary(t));
    boolean holds =
        switch (op) {
          case "<" -> c < 0;
          case ">" -> c > 0;
          case "<=" -> c <= 0;
          case ">=" -> c >= 0;
          case "==" -> c == 0;
          default -> c != 0;
        };
    return holds ? 1 : 0;
  }

  private int unary(Deque<String> t) {
    String word = t.poll();
    if (word == null) {
      return 0;
    }
    switch (word) {
      case "!" -> {
        return unary(t) == 0 ? 1 : 0;
      }
      case "(" -> {
        int v = or(t);
        take(t, ")");
        return v;
      }
      case "defined" -> {
        boolean parenthesis = take(t, "(");
        String name = t.poll();
        if (parenthesis) {
          take(t, ")");
        }
        return name != null && macros.containsKey(name) ? 1 : 0;
      }
      default -> {
        return value(word).orElse(0);
      }
    }
  }

  private static boolean take(Deque<String> t, String word) {
    if (word.equals(t.peek())) {
      t.remove();
      return true;
    }
    return false;
  }
}
