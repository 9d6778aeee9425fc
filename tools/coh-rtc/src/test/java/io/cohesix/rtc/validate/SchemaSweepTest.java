// Each key of the schema refuses a wrong type and a value beside its range, and takes its bounds: swept over the whole table.
package io.cohesix.rtc.validate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.rtc.manifest.Finding;
import io.cohesix.rtc.manifest.Key;
import io.cohesix.rtc.manifest.Schema;
import io.cohesix.rtc.manifest.Sink;
import io.cohesix.rtc.manifest.Type;
import io.cohesix.rtc.secrets.SecretStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SchemaSweepTest {
  static Stream<Key> plain() {
    return Schema.get().keys().stream().filter(k -> !k.inRow() && !k.path().equals("root_task.schema"));
  }

  static Stream<Key> numbers() {
    return plain().filter(k -> k.type() instanceof Type.Int);
  }

  @ParameterizedTest
  @MethodSource("plain")
  void refusesAWrongType(Key key) {
    List<Finding> findings = findings(key.path() + " = 1979-05-27\n");
    assertTrue(findings.stream().anyMatch(f -> f.rule().equals("type") && f.key().equals(key.path())
        && f.message().startsWith("is a date or time, must be ")), findings::toString);
  }

  @ParameterizedTest
  @MethodSource("numbers")
  void refusesValuesBesideItsRangeAndTakesItsBounds(Key key) {
    if (!(key.type() instanceof Type.Int t)) {
      throw new AssertionError(key);
    }
    for (long wrong : new long[] {t.min() - 1, t.max() + 1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      String expected = "is " + wrong + ", must be an integer " + t.min() + ".." + t.max();
      assertTrue(findings(key.path() + " = " + wrong + "\n").stream()
          .anyMatch(f -> f.key().equals(key.path()) && f.message().equals(expected)), expected);
    }
    for (long right : new long[] {t.min(), t.max()}) {
      assertFalse(findings(key.path() + " = " + right + "\n").stream()
          .anyMatch(f -> f.key().equals(key.path()) && f.message().contains("must be an integer")));
    }
  }

  @Test
  void aManifestOfNothingButTheSchemaVersionIsAccepted() {
    assertEquals(List.of(), findings(""));
  }

  @Test
  void defaultsAreWithinTheirOwnTypes() {
    for (Key k : Schema.get().keys()) {
      if (k.fallback() == null || k.inRow() || k.type() instanceof Type.Tables || k.sinks().contains(Sink.BLOB)) {
        continue;
      }
      List<Finding> findings = findings(k.path() + " = " + k.defaultText() + "\n");
      assertEquals(List.of(), findings, k.path());
    }
  }

  @Test
  void everyKeyHasAMeaningAndAPlace() {
    for (Key k : Schema.get().keys()) {
      assertTrue(k.meaning().endsWith("."), k.path());
      assertFalse(k.sinks().isEmpty(), k.path());
    }
  }

  private static List<Finding> findings(String line) {
    String text = "root_task.schema = \"1.5\"\n" + line;
    return Validation.of("m.toml", text, new SecretStore(Path.of("none"), Map.of())).findings();
  }
}
