// Journals: the one that a hive wrote, and every way in which one can be broken.
package io.cohesix.core.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JournalTest {
  /** Written by the authority (tests/governed/test_journal.c keeps it so). */
  private static final Path FIXTURE = Path.of("..", "..", "resources", "fixtures", "audit", "journal.jsonl");

  private static final String ENTRY =
      "{\"seq\":1,\"ms\":0,\"role\":\"queen\",\"path\":\"/queen/ctl\",\"line\":\"x\",\"prev\":\"" + Journal.NO_HEAD + "\"}";

  private static List<String> fixture() throws Exception {
    return new ArrayList<>(Files.readAllLines(FIXTURE));
  }

  private static Journal parse(List<String> lines) throws JournalException {
    return Journal.parse((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static JournalException broken(List<String> lines) {
    return assertThrows(JournalException.class, () -> parse(lines));
  }

  @Test
  void aJournalOfAHiveIsRead() throws Exception {
    Journal journal = Journal.parse(Files.readAllBytes(FIXTURE));
    assertEquals(6, journal.entries().size());
    assertEquals(1, journal.digestOnly());
    Journal.Entry first = journal.entries().get(0);
    assertEquals(new Journal.Entry(1, 10, "queen", null, null, "/queen/lifecycle/ctl", "cordon", Journal.NO_HEAD), first);
    assertEquals("ops \"night\"", journal.entries().get(2).subject());
    assertEquals("bücher", journal.entries().get(4).subject());
    assertEquals("0123456789abcdef", journal.entries().get(4).ticket());
    assertEquals("{\"kill\":\"worker-2\"}", journal.entries().get(4).line());
    assertNull(journal.entries().get(5).line());
    journal.expectHead(journal.head());
    assertEquals(
        "line 6: the last entry's digest is " + journal.head() + ", expected " + Journal.NO_HEAD,
        assertThrows(JournalException.class, () -> journal.expectHead(Journal.NO_HEAD)).getMessage());
  }

  @Test
  void anEmptyJournalHasNoHead() throws Exception {
    assertEquals(new Journal(List.of(), Journal.NO_HEAD), Journal.parse(new byte[0]));
  }

  @Test
  void theLastNewlineMayBeMissing() throws Exception {
    byte[] whole = Files.readAllBytes(FIXTURE);
    assertEquals(Journal.parse(whole), Journal.parse(java.util.Arrays.copyOf(whole, whole.length - 1)));
  }

  @Test
  void aJournalMayBeginWithAnyEntry() throws Exception {
    Journal tail = parse(fixture().subList(2, 6));
    assertEquals(3, tail.entries().get(0).seq());
    assertEquals(Journal.parse(Files.readAllBytes(FIXTURE)).head(), tail.head());
  }

  @Test
  void aChangedEntryIsFoundByTheNextOne() throws Exception {
    List<String> lines = fixture();
    String prev = Journal.parse((lines.get(0) + "\n" + lines.get(1)).getBytes(StandardCharsets.UTF_8)).head();
    lines.set(1, lines.get(1).replace("resume", "reset"));
    JournalException e = broken(lines);
    assertEquals(3, e.line());
    assertTrue(e.what().startsWith("prev is " + prev + ": "), e.what());
    assertEquals(64, e.expected().length());
    assertTrue(e.getMessage().endsWith(", expected " + e.expected()), e.getMessage());
  }

  @Test
  void aLostAMovedAndAnAddedEntryAreFound() throws Exception {
    List<String> lost = fixture();
    lost.remove(2);
    assertEquals("line 3: seq is 4, expected 3", broken(lost).getMessage());
    List<String> moved = fixture();
    moved.add(1, moved.remove(2));
    assertEquals("line 2: seq is 3, expected 2", broken(moved).getMessage());
    List<String> added = fixture();
    added.add(1, ENTRY);
    assertEquals("line 2: seq is 1, expected 2", broken(added).getMessage());
  }

  @Test
  void theFirstEntryOfAHiveFollowsNothing() {
    assertEquals(
        "line 1: prev is " + "1".repeat(64) + ": this entry or the one before it was changed, expected " + Journal.NO_HEAD,
        broken(List.of(ENTRY.replace(Journal.NO_HEAD, "1".repeat(64)))).getMessage());
    assertEquals("line 1: seq is 0, expected 1 at least", broken(List.of(ENTRY.replace("\"seq\":1", "\"seq\":0"))).getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "cordon", "{}", "[]", "{\"seq\":1}", "{\"seq\":1,}", "{\"seq\":01}", "{\"seq\":-1}", "{\"seq\":1", "{\"seq\":18446744073709551616}",
        "{\"seq\":1} x", "{\"a\":\"\\x\"}", "{\"a\":\"\\u00g0\"}", "{\"a\":\"\\u00\"}", "{\"a\":\"", "{\"a\":true}", "{\"a\":1,\"a\":1}", "{\"a\":\"\t\"}"
      })
  void whatIsNoEntryIsBroken(String line) {
    assertTrue(broken(List.of(line)).getMessage().startsWith("line 1: it is no entry: "), line);
  }

  @Test
  void fieldsAreOfTheirForm() throws Exception {
    assertEquals(1, parse(List.of(ENTRY)).entries().size());
    assertEquals(1, parse(List.of(ENTRY.replace("\"seq\":1,", " \"seq\" : 1 ,").replace("/queen", "\\/\\u0071ueen"))).entries().size());
    String[][] wrong = {
      {"\"ms\":0", "\"ms\":\"0\""}, {"\"ms\":0,", ""}, {"queen\",\"path", "QUEEN\",\"path"}, {"\"/queen", "\"queen"},
      {"\"line\":\"x\"", "\"line\":\"x\",\"line_sha256\":\"" + Journal.NO_HEAD + "\""}, {"\"line\":\"x\",", ""},
      {"\"line\":\"x\"", "\"line_sha256\":\"x\""}, {"\"line\":\"x\"", "\"line\":\"x\",\"more\":1"}, {"\"line\":\"x\"", "\"line\":1"},
      {"\"role\"", "\"subject\":\"\",\"role\""}, {"\"role\"", "\"ticket\":\"00\",\"role\""}, {"0000\"}", "000A\"}"}, {"0000\"}", "000\"}"},
    };
    for (String[] each : wrong) {
      String line = ENTRY.replace(each[0], each[1]);
      assertTrue(!line.equals(ENTRY) && broken(List.of(line)).getMessage().startsWith("line 1: it is no entry: "), line);
    }
  }

  @Test
  void bytesThatAreNoUtf8AreBroken() {
    byte[] file = ENTRY.getBytes(StandardCharsets.UTF_8);
    file[10] = (byte) 0xff;
    assertEquals("line 1: it is no UTF-8", assertThrows(JournalException.class, () -> Journal.parse(file)).getMessage());
  }
}
