// The numbers of the protocol are the same in C and in Java: types, sizes, bits, and the hive's limits beside the defaults.
package io.cohesix.secure9p;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class LimitsParityTest {
  private static final Path AUTHORITY = Path.of("..", "..", "seL4", "root-task");

  private static String header(String path) throws Exception {
    return Files.readString(AUTHORITY.resolve(path));
  }

  private static int wire(String name) throws Exception {
    Field field = Wire.class.getDeclaredField(name);
    return (Integer) field.get(null);
  }

  /** P9_TREAD = 116, P9_RREAD: the second is one more than the first. */
  private static Map<String, Integer> types() throws Exception {
    String source = header("wire/p9.h");
    int start = source.indexOf("enum p9_type {");
    String body = source.substring(start, source.indexOf("};", start));
    Map<String, Integer> types = new TreeMap<>();
    int number = 0;
    Matcher entries = Pattern.compile("P9_([TR][A-Z]+)(?: = (\\d+))?").matcher(body);
    while (entries.find()) {
      number = entries.group(2) == null ? number + 1 : Integer.parseInt(entries.group(2));
      types.put(entries.group(1), number);
    }
    assertTrue(types.size() > 30, types::toString);
    return types;
  }

  @Test
  void messageTypesAreNumberedAlike() throws Exception {
    Map<String, Integer> types = types();
    int compared = 0;
    for (Field field : Wire.class.getDeclaredFields()) {
      String name = field.getName();
      if (name.matches("[TR][A-Z]+") && field.getType() == int.class && types.containsKey(name)) {
        assertEquals(types.get(name), field.get(null), name);
        compared++;
      }
    }
    assertTrue(compared >= 35, "compared " + compared);
    for (String name : types.keySet()) {
      if (name.startsWith("R")) {
        wire(name);
      }
    }
  }

  private static long define(String source, String name) {
    Matcher match = Pattern.compile("#define " + name + " (?:\\(?)(0x[0-9a-f]+|\\d+)u?\\b").matcher(source);
    assertTrue(match.find(), name);
    return Long.decode(match.group(1));
  }

  @Test
  void sizesAndBitsAreAlike() throws Exception {
    String source = header("wire/p9.h");
    assertEquals(define(source, "P9_HEADER_BYTES"), Wire.HEADER_BYTES);
    assertEquals(define(source, "P9_NOTAG"), Wire.NOTAG);
    assertEquals(define(source, "P9_QTDIR"), Wire.QTDIR);
    assertEquals(define(source, "P9_QTAPPEND"), Wire.QTAPPEND);
    assertEquals(define(source, "P9_QTAUTH"), Wire.QTAUTH);
    assertEquals(define(header("base/limits.h"), "NS_WALK_MAX"), Wire.WALK_NAMES_MAX);
    assertTrue(source.contains("#define P9_VERSION \"" + Wire.VERSION + "\""));
  }

  @Test
  void theDefaultsAreWhatTheManifestGivesAHive() throws Exception {
    String manifest = header("generated/manifest.h");
    assertEquals(define(manifest, "COH_SECURE9P_MSIZE"), ClientOptions.defaults().msize());
    assertEquals(define(manifest, "COH_SECURE9P_TAGS_PER_SESSION"), ClientOptions.defaults().window());
    assertEquals(define(manifest, "COH_SECURE9P_WALK_DEPTH"), ClientOptions.defaults().walkNames());
  }
}
