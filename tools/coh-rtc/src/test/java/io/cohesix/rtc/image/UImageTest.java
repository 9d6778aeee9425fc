// Scripts for U-Boot: mkimage's bytes, and what is refused.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UImageTest {
  @TempDir Path dir = Path.of("");

  @Test
  void aScriptIsWhatMkimageWrites() throws Exception {
    for (String text : List.of("echo hello\n", "x", "if true; then\necho 'a; b'\nfi\n".repeat(300))) {
      Path in = Files.writeString(dir.resolve("s.txt"), text);
      Path out = dir.resolve("s.scr");
      Tools.output("env", "SOURCE_DATE_EPOCH=0", "mkimage", "-A", "arm64", "-T", "script", "-C", "none", "-n", "Cohesix 0.1.0",
          "-d", in.toString(), out.toString());
      assertArrayEquals(Files.readAllBytes(out), UImage.script("Cohesix 0.1.0", text));
      assertEquals(new UImage.Script("Cohesix 0.1.0", text), UImage.readScript(Files.readAllBytes(out)));
    }
  }

  private static String refusal(int at, int value) {
    byte[] file = UImage.script("n", "echo hello\n");
    file[at] ^= (byte) value;
    return String.valueOf(assertThrows(ImageException.class, () -> UImage.readScript(file)).getMessage());
  }

  @Test
  void everyDamagedByteIsNoticed() {
    assertEquals("is no U-Boot image: its header is missing", refusal(0, 1));
    assertEquals("its header's CRC is wrong: it is damaged", refusal(33, 1));
    assertEquals("its header names 19 bytes with another CRC, it has 19: it is damaged", refusal(80, 1));
    for (int at = 0; at < 83; at++) {
      refusal(at, 0x40);
    }
    byte[] other = UImage.script("n", "echo hello\n");
    assertEquals(
        "is no U-Boot image: its header is missing",
        String.valueOf(
            assertThrows(ImageException.class, () -> UImage.readScript(java.util.Arrays.copyOf(other, 70))).getMessage()));
  }
}
