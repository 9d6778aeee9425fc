// What C and Java must agree on: the note of coh_note.h and the table of payload.h are written down
// on both sides.
package io.cohesix.rtc.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ParityTest {
  private static String source(String name) throws IOException {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.isRegularFile(root.resolve(name))) {
      root = java.util.Objects.requireNonNull(root.getParent(), name);
    }
    return Files.readString(root.resolve(name));
  }

  @Test
  void theNotesLabelsHaveTheHeadersOrder() throws IOException {
    Matcher m =
        Pattern.compile("^ +X\\((\\w+)\\)", Pattern.MULTILINE)
            .matcher(source("seL4/abi/include/coh_note.h"));
    List<String> names = new ArrayList<>();
    while (m.find()) {
      names.add(m.group(1));
    }
    assertEquals(KernelNote.LABELS, names);
  }

  @Test
  void thePayloadTablesNumbersAreTheHeaders() throws IOException {
    CHeader h = new CHeader();
    h.read(source("seL4/loader/payload.h"));
    assertEquals(OptionalInt.of(PayloadTable.MAGIC), h.value("PAYLOAD_MAGIC"));
    assertEquals(OptionalInt.of(PayloadTable.LAYOUT), h.value("PAYLOAD_LAYOUT"));
    assertEquals(OptionalInt.of(PayloadTable.MAX_ENTRIES), h.value("PAYLOAD_MAX"));
    assertEquals(OptionalInt.of(PayloadTable.BYTES), h.value("PAYLOAD_TABLE_BYTES"));
    assertEquals(OptionalInt.of(PayloadTable.HASH_AT), h.value("PAYLOAD_HASH_AT"));
    assertEquals(OptionalInt.of(PayloadTable.STAMP_BYTES), h.value("PAYLOAD_STAMP_BYTES"));
    assertEquals(OptionalInt.of(PayloadTable.BOARD_SHIFT), h.value("PAYLOAD_BOARD_SHIFT"));
    for (Board b : Board.values()) {
      assertEquals(OptionalInt.of(b.number), h.value("PAYLOAD_BOARD_" + b.name()));
    }
    assertEquals(
        PayloadTable.BYTES,
        PayloadTable.ENTRIES_AT + PayloadTable.MAX_ENTRIES * PayloadTable.ENTRY_BYTES);
    for (PayloadTable.Kind k : PayloadTable.Kind.values()) {
      assertEquals(OptionalInt.of(k.number), h.value("PAYLOAD_" + k.name()));
    }
  }

  @Test
  void theVersionIsTheProjects() throws IOException {
    assertTrue(
        source("tools/coh-rtc/pom.xml").contains("<version>" + BootImage.VERSION + "</version>"));
  }
}
