// The codec against the frames that the C codec is held to as well.
package io.cohesix.secure9p;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

final class VectorTest {
  private static final Path FILE = Path.of("..", "..", "resources", "fixtures", "secure9p", "vectors.json");

  private static Stream<JsonNode> cases(String array) throws IOException {
    JsonNode all = new ObjectMapper().readTree(FILE.toFile()).get(array);
    assertTrue(all.size() > 10, array);
    return StreamSupport.stream(all.spliterator(), false);
  }

  private static ByteBuffer bytes(JsonNode hex) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex.asText()));
  }

  private static String hex(ByteBuffer data) {
    byte[] bytes = new byte[data.remaining()];
    data.duplicate().get(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  @TestFactory
  Stream<DynamicTest> framesDecodeToWhatTheVectorsSay() throws IOException {
    return cases("frames").map(each -> DynamicTest.dynamicTest(each.get("name").asText(), () -> frame(each)));
  }

  private static Message decode(JsonNode vector, ByteBuffer frame) {
    return vector.get("direction").asText().equals("T") ? Codec.decodeRequest(frame) : Codec.decodeReply(frame);
  }

  private static void frame(JsonNode vector) throws Exception {
    ByteBuffer frame = bytes(vector.get("hex"));
    if (!vector.get("result").asText().equals("ok")) {
      FrameException why = assertThrows(FrameException.class, () -> decode(vector, frame));
      String kind =
          switch (why.kind()) {
            case BROKEN -> "broken";
            case MALFORMED -> "malformed";
            case REFUSED_OP -> "refused";
            case UNSUPPORTED -> "unsupported";
          };
      assertEquals(vector.get("result").asText(), kind, why.getMessage());
      assertEquals(vector.path("tag").asInt(Wire.NOTAG), why.tag());
      assertEquals(vector.path("fid").asLong(0xffffffffL), Integer.toUnsignedLong(why.fid()));
      return;
    }
    Message message = decode(vector, frame);
    JsonNode expected = vector.get("message");
    assertEquals(expected.get("type").asText(), vector.get("direction").asText() + name(message));
    assertEquals(expected.get("tag").asInt(), message.tag());
    List<Object> fields = new ArrayList<>();
    flatten(message, true, fields);
    List<Object> values = new ArrayList<>();
    expected.get("body").forEach(node -> values.add(value(node)));
    assertEquals(values, fields);

    int length = frame.remaining();
    ByteBuffer again = ByteBuffer.allocate(length + 3).position(3);
    Codec.encode(message, again);
    assertEquals(vector.get("hex").asText(), hex(again.flip().position(3)));
    ByteBuffer small = ByteBuffer.allocate(length - 1);
    assertThrows(BufferOverflowException.class, () -> Codec.encode(message, small));
    assertEquals(0, small.position());
  }

  private static String name(Message message) {
    String simple = message.getClass().getSimpleName();
    return switch (simple) {
      case "Open" -> "lopen";
      case "Refused" -> "lerror";
      case "SetAttrs" -> "setattr";
      case "StatFsOf" -> "statfs";
      default -> simple.toLowerCase(Locale.ROOT);
    };
  }

  /** The fields in the protocol's order, written as the vectors write them. */
  private static void flatten(Object record, boolean skipTag, List<Object> so) throws Exception {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      if (skipTag && component.getName().equals("tag")) {
        continue;
      }
      Object value = component.getAccessor().invoke(record);
      if (value instanceof Stat || value instanceof SetAttr || value instanceof StatFs) {
        flatten(value, false, so);
      } else {
        so.add(written(value));
      }
    }
  }

  private static Object written(Object value) {
    if (value instanceof Integer number) {
      return Integer.toUnsignedLong(number);
    }
    if (value instanceof Long number) {
      return Long.toUnsignedString(number);
    }
    if (value instanceof ByteBuffer data) {
      return hex(data);
    }
    if (value instanceof Qid qid) {
      return qid(qid);
    }
    if (value instanceof List<?> list) {
      return list.stream().map(VectorTest::written).toList();
    }
    return value;
  }

  private static String qid(Qid qid) {
    return "qid " + qid.type() + " " + Integer.toUnsignedString(qid.version()) + " " + Long.toUnsignedString(qid.path());
  }

  private static Object value(JsonNode node) {
    if (node.isNumber()) {
      return node.asLong();
    }
    if (node.isObject()) {
      return "qid " + node.get("type").asText() + " " + node.get("version").asText() + " " + node.get("path").asText();
    }
    if (node.isArray()) {
      List<Object> list = new ArrayList<>();
      node.forEach(each -> list.add(value(each)));
      return list;
    }
    return node.asText();
  }

  @TestFactory
  Stream<DynamicTest> listingsDecodeToWhatTheVectorsSay() throws IOException {
    return cases("listings").map(each -> DynamicTest.dynamicTest(each.get("name").asText(), () -> listing(each)));
  }

  private static void listing(JsonNode vector) {
    ByteBuffer data = bytes(vector.get("hex"));
    if (vector.get("result").asText().equals("malformed")) {
      assertEquals(
          FrameException.Kind.MALFORMED, assertThrows(FrameException.class, () -> Codec.decodeEntries(data)).kind());
      return;
    }
    List<DirEntry> entries = Codec.decodeEntries(data);
    List<String> expected = new ArrayList<>();
    for (JsonNode each : vector.get("entries")) {
      expected.add(value(each.get("qid")) + " " + each.get("offset").asText() + " " + each.get("type").asText() + " "
          + each.get("name").asText());
    }
    assertEquals(
        expected,
        entries.stream()
            .map(e -> qid(e.qid()) + " " + Long.toUnsignedString(e.cookie()) + " " + e.type() + " " + e.name())
            .toList());
    ByteBuffer again = ByteBuffer.allocate(data.remaining());
    entries.forEach(entry -> Codec.encodeEntry(entry, again));
    assertEquals(vector.get("hex").asText(), hex(again.flip()));
  }

  @Test
  void namesAreComponentsWhenTheVectorsSaySo() throws IOException {
    cases("names").forEach(each -> assertEquals(each.get("ok").asBoolean(), Codec.isName(each.get("text").asText()), each::toString));
  }
}
