// Sealing against the vectors that seL4/root-task/tests/variant/test_attested.c reads too.
package io.cohesix.rtc.build;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class SealedBlobTest {
  private static final byte[] NOTHING = {};

  private static Map<String, byte[]> vectors() throws IOException {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.isRegularFile(root.resolve("resources/fixtures/attest.txt"))) {
      root = Objects.requireNonNull(root.getParent(), "resources/fixtures/attest.txt");
    }
    Map<String, byte[]> out = new HashMap<>();
    for (String line : Files.readAllLines(root.resolve("resources/fixtures/attest.txt"))) {
      int at = line.indexOf('=');
      out.put(line.substring(0, at), HexFormat.of().parseHex(line.substring(at + 1)));
    }
    return out;
  }

  private static byte[] of(Map<String, byte[]> v, String name) {
    return Objects.requireNonNull(v.get(name), name);
  }

  @Test
  void keyAndBlobAreThoseOfTheVectors() throws Exception {
    Map<String, byte[]> v = vectors();
    byte[] key = SealedBlob.diceKey(of(v, "secret"), of(v, "measurement"));
    assertArrayEquals(of(v, "key"), key);
    byte[] sealed = SealedBlob.of(SealedBlob.DICE, key, of(v, "measurement"), NOTHING, NOTHING, of(v, "content"));
    assertArrayEquals(of(v, "sealed"), sealed);
  }

  @Test
  void otherContentHasAnotherTagAndAnotherStream() throws Exception {
    Map<String, byte[]> v = vectors();
    byte[] one = of(v, "content").clone();
    byte[] two = one.clone();
    two[two.length - 1] ^= 1;
    byte[] a = SealedBlob.of(SealedBlob.DICE, of(v, "key"), of(v, "measurement"), NOTHING, NOTHING, one);
    byte[] b = SealedBlob.of(SealedBlob.DICE, of(v, "key"), of(v, "measurement"), NOTHING, NOTHING, two);
    assertFalse(Arrays.equals(a, 48, 80, b, 48, 80));
    assertFalse(Arrays.equals(a, 84, 116, b, 84, 116), "a first block that both contents share must not show");
  }

  @Test
  void whatCantBeSealedIsRefusedBySize() {
    byte[] key = new byte[32];
    assertEquals("device secret: has 31 bytes, must have 32",
        assertThrows(IllegalArgumentException.class, () -> SealedBlob.diceKey(new byte[31], key)).getMessage());
    assertEquals("device secret: all bytes are the same; make one with head -c 32 /dev/urandom",
        assertThrows(IllegalArgumentException.class, () -> SealedBlob.diceKey(new byte[32], key)).getMessage());
    assertEquals("sealed blob: 513 bytes of keys and 597 in all, at most 512 and 4096; name fewer tickets",
        assertThrows(IllegalArgumentException.class,
            () -> SealedBlob.of(SealedBlob.DICE, key, key, NOTHING, NOTHING, new byte[513])).getMessage());
  }
}
