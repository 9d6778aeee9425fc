// The C headers and the Java constants say the same numbers.
package io.cohesix.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.core.console.ConsoleLimits;
import io.cohesix.core.generated.Defaults;
import io.cohesix.core.ticket.Tickets;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class LimitsParityTest {
  private static final Path ROOT_TASK = Path.of("..", "..", "seL4", "root-task");
  private static final Pattern NUMBER = Pattern.compile("(?m)^#define (\\w+) (\\d+)(?:u|ull)?\\b");
  private static final Pattern STRING = Pattern.compile("(?m)^#define (\\w+) \"([^\"]*)\"");

  private static Map<String, String> defines(String file) throws Exception {
    String text = Files.readString(ROOT_TASK.resolve(file));
    Map<String, String> values = new HashMap<>();
    for (Pattern pattern : new Pattern[] {NUMBER, STRING}) {
      Matcher matcher = pattern.matcher(text);
      while (matcher.find()) {
        values.put(matcher.group(1), matcher.group(2));
      }
    }
    return values;
  }

  /** Compares the constants that both sides have; returns how many. */
  private static int compare(Class<?> type, String prefix, Map<String, String> defines) throws Exception {
    int compared = 0;
    for (Field field : type.getDeclaredFields()) {
      String expected = defines.get(prefix + field.getName());
      if (!Modifier.isPublic(field.getModifiers()) || expected == null) {
        continue;
      }
      Object value = field.get(null);
      String actual = value instanceof Boolean flag ? (flag ? "1" : "0") : String.valueOf(value);
      assertEquals(expected, actual, field.getName());
      compared++;
    }
    return compared;
  }

  @Test
  void consoleAndTicketLimitsAreThoseOfTheRootTask() throws Exception {
    Map<String, String> limits = defines("base/limits.h");
    assertEquals(ConsoleLimits.class.getDeclaredFields().length, compare(ConsoleLimits.class, "", limits));
    assertEquals(3, compare(Tickets.class, "", limits));
  }

  @Test
  void clientDefaultsAreThoseOfTheManifestThatTheRootTaskWasBuiltFrom() throws Exception {
    int compared = compare(Defaults.class, "COH_", defines("generated/manifest.h"));
    assertTrue(compared >= 10, "only " + compared + " constants in common");
  }
}
