// The acknowledgement grammar.
package io.cohesix.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AckTest {
  private static Ack ack(String line) {
    return Ack.parse(line).orElseThrow();
  }

  @Test
  void aBareOkHasAVerbAndNoFields() {
    Ack ack = ack("OK AUTH");
    assertTrue(ack.ok());
    assertEquals("AUTH", ack.verb());
    assertTrue(ack.fields().isEmpty());
  }

  @Test
  void fieldsKeepTheirOrderAndSpacesInsideValues() {
    Ack ack = ack("ERR CAT reason=policy detail=invalid-path path=/a error=invalid path");
    assertFalse(ack.ok());
    assertEquals(List.of("reason", "detail", "path", "error"), List.copyOf(ack.fields().keySet()));
    assertEquals("invalid path", ack.field("error").orElseThrow());
    assertEquals("policy", ack.reason());
    assertEquals(
        "argument payload exceeds allowed length",
        ack("ERR PARSE reason=policy detail=argument payload exceeds allowed length").field("detail").orElseThrow());
  }

  @Test
  void dataAndPayloadTakeTheRestOfTheLine() {
    Ack cat = ack("OK CAT path=/x data=a=1 reason=no|b=2");
    assertEquals("a=1 reason=no|b=2", cat.field("data").orElseThrow());
    assertEquals("", cat.reason());
    assertEquals("{\"a\": \"b=c d=e\"}", ack("OK SPAWN payload={\"a\": \"b=c d=e\"}").field("payload").orElseThrow());
    assertEquals("", ack("OK CAT path=/x data=").field("data").orElseThrow());
  }

  @Test
  void bootInfoRangesAreOneValue() {
    Ack ack = ack("OK BOOTINFO node_bits=13 empty=[0x1f,0x2000) nodes=1");
    assertEquals("[0x1f,0x2000)", ack.field("empty").orElseThrow());
    assertEquals("1", ack.field("nodes").orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "OK", "ERR", "OKAY LS", "ok LS", "PONG", "END", "\\OK LS", "OK ls", " OK LS", "OK  LS"})
  void whatIsNoAcknowledgementIsNotTakenForOne(String line) {
    assertTrue(Ack.parse(line).isEmpty());
  }

  @Test
  void rolesAreFoundByNameAndAlias() {
    assertEquals(Role.WORKER_HEARTBEAT, Role.parse("worker").orElseThrow());
    assertEquals(Role.QUEEN, Role.parse("Queen").orElseThrow());
    assertTrue(Role.parse("king").isEmpty());
    assertEquals(List.of(0, 1, 2, 3, 4), java.util.Arrays.stream(Role.values()).map(Role::number).toList());
  }

  @Test
  void jsonIsQuotedSoThatNothingEscapesIt() {
    assertEquals("\"a\\\"b\\\\c\\n\\u0001\\u007f é\"", Json.quote("a\"b\\c\n\u0001\u007f é"));
    assertEquals("[\"a\",\"b\"]", Json.array(List.of("a", "b")));
    assertEquals("[]", Json.array(List.of()));
  }
}
