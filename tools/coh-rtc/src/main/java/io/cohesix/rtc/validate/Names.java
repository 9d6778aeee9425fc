// Did-you-mean: the known name nearest to an unknown one.
package io.cohesix.rtc.validate;

import io.cohesix.rtc.manifest.Key;
import io.cohesix.rtc.manifest.Schema;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Nearest names by edit distance. */
public final class Names {
  private Names() {}

  /** The candidate at most max(1, a third of the length) edits away, else null. Ties go to the first. */
  public static @Nullable String nearest(String name, Collection<String> candidates) {
    String best = null;
    int bound = Math.max(1, name.length() / 3);
    for (String c : candidates) {
      int d = distance(name, c);
      if (d <= bound && (best == null || d < distance(name, best))) {
        best = c;
      }
    }
    return best;
  }

  /** Text to add to an error about an unknown key below a section: a guess, or what the section has. */
  public static String hint(String section, String schemaSection, String name) {
    Schema schema = Schema.get();
    String sibling = nearest(name, schema.childrenOf(schemaSection));
    if (sibling != null) {
      return "; did you mean " + (section.isEmpty() ? sibling : section + '.' + sibling) + '?';
    }
    String full = schemaSection.isEmpty() ? name : schemaSection + '.' + name;
    for (Key k : schema.keys()) {
      if (k.name().equals(name)) {
        return "; did you mean " + k.path() + '?';
      }
    }
    String path = nearest(full, schema.keys().stream().map(Key::path).toList());
    return path == null ? "; remove it, or see coh-rtc explain" : "; did you mean " + path + '?';
  }

  /** Edits (insert, delete, replace, swap of neighbours) between two words. */
  static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int best = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
        if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
          best = Math.min(best, d[i - 2][j - 2] + 1);
        }
        d[i][j] = best;
      }
    }
    return d[a.length()][b.length()];
  }
}
