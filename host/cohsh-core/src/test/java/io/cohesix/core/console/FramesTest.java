// Frames: exact bytes, any segmentation, every forbidden size.
package io.cohesix.core.console;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FramesTest {
  private static byte[] bytes(ByteBuffer buffer) {
    byte[] out = new byte[buffer.remaining()];
    buffer.get(out);
    return out;
  }

  @Test
  void aFrameIsItsSizeLittleEndianThenItsPayload() {
    assertArrayEquals(new byte[] {8, 0, 0, 0, 'P', 'I', 'N', 'G'}, bytes(Frames.encode("PING")));
    assertEquals(260, Frames.encode("x".repeat(256)).remaining());
  }

  @Test
  void aLineBeyondAFrameIsStillSentBecauseTheHiveRefusesIt() {
    ByteBuffer frame = Frames.encode("x".repeat(257));
    assertArrayEquals(new byte[] {5, 1, 0, 0}, new byte[] {frame.get(), frame.get(), frame.get(), frame.get()});
  }

  @Test
  void aLineThatWouldEndTheSessionIsRefusedHere() {
    assertEquals(65540, Frames.encode("x".repeat(65536)).remaining());
    String text =
        assertThrows(IllegalArgumentException.class, () -> Frames.encode("x".repeat(65537))).getMessage();
    assertEquals("a console line must have 1 to 65536 bytes, this one has 65537", text);
    assertThrows(IllegalArgumentException.class, () -> Frames.encode(""));
  }

  @Test
  void theSizeCountsBytesAndNotCharacters() {
    assertEquals(4 + 6, Frames.encode("世界").remaining());
  }

  @Test
  void linesComeOutTheSameHoweverTheirBytesAreCut() throws Exception {
    Random random = new Random(7);
    List<String> lines = new ArrayList<>();
    ByteBuffer all = ByteBuffer.allocate(60_000);
    for (int i = 0; i < 200; i++) {
      String line = "é".repeat(random.nextInt(128)) + "x";
      lines.add(line);
      all.put(Frames.encode(line));
    }
    all.flip();
    for (int round = 0; round < 20; round++) {
      Frames.Decoder decoder = new Frames.Decoder();
      ByteBuffer in = all.duplicate();
      List<String> got = new ArrayList<>();
      while (in.hasRemaining()) {
        int n = Math.min(in.remaining(), 1 + random.nextInt(round * 30 + 1));
        ByteBuffer part = in.slice(in.position(), n);
        in.position(in.position() + n);
        decoder.feed(part);
        for (String line = decoder.poll(); line != null; line = decoder.poll()) {
          got.add(line);
        }
      }
      assertEquals(lines, got);
      assertFalse(decoder.midFrame());
    }
  }

  @Test
  void anUnfinishedFrameIsKnownAsSuch() throws Exception {
    Frames.Decoder decoder = new Frames.Decoder();
    decoder.feed(ByteBuffer.wrap(new byte[] {8, 0, 0, 0, 'P'}));
    assertTrue(decoder.midFrame());
    assertNull(decoder.poll());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 261, 65540, 1 << 20, -1, Integer.MIN_VALUE})
  void aSizeOutsideOfAFrameIsRefused(int size) {
    ByteBuffer head = ByteBuffer.allocate(4).order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(size).flip();
    Frames.FramingException e =
        assertThrows(Frames.FramingException.class, () -> new Frames.Decoder().feed(head));
    assertEquals(
        "the peer announced a frame of "
            + Integer.toUnsignedLong(size)
            + " bytes, allowed are 5 to 260: it does not speak the console protocol",
        e.getMessage());
  }

  @Test
  void contentLinesLoseExactlyOneBackslash() {
    assertEquals("END", Lines.unescape("\\END"));
    assertEquals("OK LS", Lines.unescape("\\OK LS"));
    assertEquals("\\x", Lines.unescape("\\\\x"));
    assertEquals("plain", Lines.unescape("plain"));
    assertEquals("", Lines.unescape("\\"));
  }

  @Test
  void controlBytesAreShownAndNeverSentToTheTerminal() {
    assertEquals("a\\x1b[31mb\\x07", Lines.visible("a\u001b[31mb\u0007"));
    assertEquals("\\x7f\\x85\\x09", Lines.visible("\u007f\u0085\t"));
    assertEquals("Grüße, 世界", Lines.visible("Grüße, 世界"));
  }

  @Test
  void invalidUtf8FromAHiveBecomesAReplacementAndNoError() throws Exception {
    Frames.Decoder decoder = new Frames.Decoder();
    decoder.feed(ByteBuffer.wrap(new byte[] {6, 0, 0, 0, (byte) 0xff, 'a'}));
    assertEquals("\ufffda", decoder.poll());
    assertEquals(3, "\ufffd".getBytes(StandardCharsets.UTF_8).length);
  }
}
