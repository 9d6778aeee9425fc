// The codec against any bytes: a frame decodes and encodes to itself, or is refused with a reason; nothing else happens.
// Runs over the good ones of the shared vectors in every test run, and for as long as wanted with scripts/fuzz-java.sh.
package io.cohesix.secure9p;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class CodecFuzzTest {
  static Stream<Arguments> frames() throws IOException {
    return vectors("frames");
  }

  static Stream<Arguments> listings() throws IOException {
    return vectors("listings");
  }

  /** Those that decode are where a fuzzer begins; VectorTest runs them all. */
  private static Stream<Arguments> vectors(String array) throws IOException {
    JsonNode all =
        new ObjectMapper().readTree(Path.of("..", "..", "resources", "fixtures", "secure9p", "vectors.json").toFile());
    return StreamSupport.stream(all.get(array).spliterator(), false)
        .filter(each -> each.get("result").asText().equals("ok"))
        .map(each -> Arguments.of((Object) HexFormat.of().parseHex(each.get("hex").asText())));
  }

  @MethodSource("frames")
  @FuzzTest
  void aRequestEncodesToItselfOrIsRefused(byte[] bytes) {
    sameOrRefused(bytes, Codec::decodeRequest);
    sameOrRefused(sized(bytes), Codec::decodeRequest);
  }

  @MethodSource("frames")
  @FuzzTest
  void aReplyEncodesToItselfOrIsRefused(byte[] bytes) {
    sameOrRefused(bytes, Codec::decodeReply);
    sameOrRefused(sized(bytes), Codec::decodeReply);
  }

  /** The same bytes with a size field that fits, so that the fuzzer need not find it. */
  private static byte[] sized(byte[] bytes) {
    byte[] sized = bytes.clone();
    if (sized.length >= 4) {
      ByteBuffer.wrap(sized).order(ByteOrder.LITTLE_ENDIAN).putInt(sized.length);
    }
    return sized;
  }

  private static void sameOrRefused(byte[] bytes, Function<ByteBuffer, Message> decode) {
    // Bytes around the frame show whether anything beyond it is looked at or moved.
    ByteBuffer room = ByteBuffer.allocate(bytes.length + 32);
    room.position(16).put(bytes).flip().position(16);
    Message message;
    try {
      message = decode.apply(room);
    } catch (FrameException refused) {
      assertFalse(String.valueOf(refused.getMessage()).isEmpty());
      return;
    } finally {
      assertEquals(16, room.position());
      assertEquals(16 + bytes.length, room.limit());
    }
    ByteBuffer again = ByteBuffer.allocate(bytes.length);
    Codec.encode(message, again);
    assertEquals(ByteBuffer.wrap(bytes), again.flip());
    assertEquals(message, decode.apply(again));
  }

  @MethodSource("listings")
  @FuzzTest
  void aListingEncodesToItselfOrIsRefused(byte[] bytes) {
    List<DirEntry> entries;
    try {
      entries = Codec.decodeEntries(ByteBuffer.wrap(bytes));
    } catch (FrameException refused) {
      assertEquals(FrameException.Kind.MALFORMED, refused.kind());
      return;
    }
    ByteBuffer again = ByteBuffer.allocate(bytes.length);
    entries.forEach(entry -> Codec.encodeEntry(entry, again));
    assertEquals(ByteBuffer.wrap(bytes), again.flip());
  }

  @FuzzTest
  void aTextIsANameExactlyWhenItsBytesAre(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    boolean name =
        !text.isEmpty()
            && text.getBytes(StandardCharsets.UTF_8).length <= 255
            && text.chars().noneMatch(c -> c == '/' || c == 0)
            && !List.of(".", "..").contains(text);
    assertEquals(name, Codec.isName(text));
  }
}
