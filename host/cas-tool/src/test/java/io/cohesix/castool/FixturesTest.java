// resources/fixtures/cas is what this program makes, to the byte: the hive's tests rely on the same files.
package io.cohesix.castool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FixturesTest {
  static final Path FIXTURES = Path.of("..", "..", "resources", "fixtures", "cas").toAbsolutePath().normalize();
  static final Path KEY = FIXTURES.resolveSibling("cas_signing_key.hex");

  @TempDir Path dir;

  @Test
  void bundlesModelAndKeyAreMadeAnewToTheByte() throws Exception {
    packs("payload.bin", "1", "bundle-1");
    packs("delta.bin", "2", "bundle-2", "--base", FIXTURES.resolve("bundle-1").toString());
    packs("old.bin", "0", "bundle-0-back", "--base", FIXTURES.resolve("bundle-1").toString());
    Path model = FIXTURES.resolve("model");
    Path made = dir.resolve("model");
    Ran ran =
        Ran.tool("model", "pack", "--weights", model.resolve("weights"), "--schema", model.resolve("schema"), "--key", KEY, "--out", made);
    assertEquals(0, ran.code(), ran.err());
    assertEquals(content(model), content(made));
    assertEquals(Files.readString(FIXTURES.resolve("public_key.hex")), Ran.tool("public-key", "--key", KEY).out());
  }

  private void packs(String payload, String epoch, String name, Object... more) throws Exception {
    Path made = dir.resolve(name);
    Object[] args = Stream.concat(
            Stream.of("pack", FIXTURES.resolve(payload), "--epoch", epoch, "--key", KEY, "--out", made), Stream.of(more))
        .toArray();
    Ran ran = Ran.tool(args);
    assertEquals(0, ran.code(), ran.err());
    assertEquals(content(FIXTURES.resolve(name)), content(made));
  }

  /** Every file's bytes by its name. */
  static SortedMap<String, String> content(Path folder) throws Exception {
    SortedMap<String, String> content = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        content.put(folder.relativize(each).toString(), HexFormat.of().formatHex(Files.readAllBytes(each)));
      }
    }
    return content;
  }
}
