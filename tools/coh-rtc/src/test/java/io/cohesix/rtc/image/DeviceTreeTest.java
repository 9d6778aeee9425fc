// Device trees are checked and trimmed before they go into an image.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class DeviceTreeTest {
  private static byte[] tree(
      int length, int total, int structure, int structureSize, int strings, int stringsSize) {
    ByteBuffer b = ByteBuffer.allocate(length);
    b.putInt(0xd00dfeed)
        .putInt(total)
        .putInt(structure)
        .putInt(strings)
        .putInt(40)
        .putInt(17)
        .putInt(16)
        .putInt(0)
        .putInt(stringsSize)
        .putInt(structureSize);
    return b.array();
  }

  @Test
  void paddingGoesAndTheHeaderSaysTheNewSize() {
    byte[] out = DeviceTree.trimmed("x", tree(4096, 4096, 56, 100, 156, 13));
    assertEquals(176, out.length);
    assertEquals(176, ByteBuffer.wrap(out).getInt(4));
    assertEquals(0xd00dfeed, ByteBuffer.wrap(out).getInt(0));
  }

  @Test
  void otherFilesAndCutOnesAreRefused() {
    assertEquals("x: is no flattened device tree of version 17 or later", refusal(new byte[100]));
    assertEquals("x: is no flattened device tree of version 17 or later", refusal(new byte[3]));
    assertEquals(
        "x: says that it has 200 bytes, the file has 180: it is cut short",
        refusal(tree(180, 180, 56, 100, 156, 44)));
    assertEquals(
        "x: says that it has 500 bytes, the file has 400: it is cut short",
        refusal(tree(400, 500, 56, 100, 156, 44)));
  }

  private static String refusal(byte[] tree) {
    return String.valueOf(
        assertThrows(ImageException.class, () -> DeviceTree.trimmed("x", tree)).getMessage());
  }
}
