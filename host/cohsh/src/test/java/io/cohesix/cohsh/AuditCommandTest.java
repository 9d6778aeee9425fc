// `cohsh audit`: exit codes, what goes to which stream, and what a broken journal is told to be.
package io.cohesix.cohsh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AuditCommandTest {
  private static final Path FIXTURE = HiveFixture.ROOT.resolve("resources/fixtures/audit/journal.jsonl");

  @TempDir Path dir;

  private record Ran(int code, String out, String err) {}

  private static Ran run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(args, new PrintWriter(out), new PrintWriter(err, true));
    return new Ran(code, out.toString(), err.toString());
  }

  private static String head() throws Exception {
    return run("audit", "verify", "--json", FIXTURE.toString()).out().replaceAll("(?s).*\"head\":\"|\"}.*", "");
  }

  @Test
  void aWholeJournalIsOk() throws Exception {
    Ran ran = run("audit", "verify", "--head", head(), FIXTURE.toString());
    assertEquals(new Ran(0, FIXTURE + ": ok, 6 entries, seq 1 to 6\nchain head " + head() + "\n", ""), ran);
    assertEquals(
        new Ran(0, "{\"ok\":true,\"entries\":6,\"first_seq\":1,\"last_seq\":6,\"digest_only\":1,\"head\":\"" + head() + "\"}\n", ""),
        run("audit", "verify", FIXTURE.toString(), "--json"));
  }

  @Test
  void aJournalWithoutItsOldestEntriesSaysSo() throws Exception {
    Path file = Files.write(dir.resolve("tail.jsonl"), Files.readAllLines(FIXTURE).subList(3, 6));
    assertEquals(
        new Ran(0, file + ": ok, 3 entries, seq 4 to 6\nolder entries are not in it\nchain head " + head() + "\n", ""),
        run("audit", "verify", file.toString()));
  }

  @Test
  void anEmptyJournalIsOk() throws Exception {
    Path file = Files.write(dir.resolve("empty.jsonl"), new byte[0]);
    assertEquals(new Ran(0, file + ": ok, 0 entries\nchain head " + "0".repeat(64) + "\n", ""), run("audit", "verify", file.toString()));
  }

  @Test
  void aBrokenJournalEndsWithOneAndSaysWhere() throws Exception {
    Path file = Files.writeString(dir.resolve("bad.jsonl"), Files.readString(FIXTURE).replace("quiesce", "resume"));
    Ran ran = run("audit", "verify", file.toString());
    assertEquals(1, ran.code());
    assertEquals("", ran.out());
    assertTrue(ran.err().startsWith("cohsh: the journal " + file + " is broken: line 4: prev is "), ran.err());
    assertTrue(ran.err().strip().matches(".*, expected [0-9a-f]{64}"), ran.err());
    Ran json = run("audit", "verify", "--json", file.toString());
    assertEquals(1, json.code());
    assertTrue(json.out().startsWith("{\"ok\":false,\"line\":4,\"error\":\"prev is "), json.out());
    Ran cut = run("audit", "verify", "--head", "0".repeat(64), FIXTURE.toString());
    assertEquals(1, cut.code());
    assertTrue(cut.err().contains("line 6: the last entry's digest is " + head() + ", expected 0000"), cut.err());
  }

  @Test
  void wrongUseEndsWithTwo() {
    String file = FIXTURE.toString();
    for (String[] args :
        new String[][] {
          {"audit"}, {"audit", "verify"}, {"audit", "verify", "/no/such/file"}, {"audit", "verify", "--head", "xyz", file}, {"audit", "show", file},
          {"audit", "verify", "--nonsense", file}, {"audit", "verify", file, file}, {"audit", "fetch"},
        }) {
      Ran ran = run(args);
      assertEquals(2, ran.code(), String.join(" ", args) + ran.err());
      assertTrue(ran.err().startsWith("cohsh: "), ran.err());
      assertEquals("", ran.out());
    }
  }

  @Test
  void helpGoesToStandardOutput() {
    for (String[] args : new String[][] {{"audit", "--help"}, {"audit", "verify", "-h"}, {"audit", "fetch", "--help"}}) {
      Ran ran = run(args);
      assertEquals(0, ran.code(), ran.err());
      assertTrue(ran.out().startsWith("Usage: cohsh audit verify [--head HEX] [--json] FILE"), ran.out());
    }
  }

  @Test
  void aSavedJournalIsNotWrittenOverWithoutBeingAsked() throws Exception {
    Path saved = Files.writeString(dir.resolve("j.jsonl"), "the only copy");
    Ran ran = run("audit", "fetch", "--port", "1", saved.toString());
    assertEquals(2, ran.code());
    assertTrue(ran.err().contains("is there, and may hold entries that the hive has no more"), ran.err());
    assertEquals("the only copy", Files.readString(saved));
  }

  @Test
  void aHiveWithoutAnAuditHasNoJournalToFetch() throws Exception {
    try (HiveFixture hive = HiveFixture.start()) {
      String port = String.valueOf(hive.endpoint().port());
      Ran ran = run("audit", "fetch", "--port", port, dir.resolve("none.jsonl").toString());
      assertEquals(1, ran.code(), ran.err());
      assertTrue(ran.out().contains("detail=invalid-path"), ran.out());
      assertTrue(Files.notExists(dir.resolve("none.jsonl")));
    }
  }

  @Test
  void entriesThatCameInSeveralLinesAreOneAgain() {
    String text =
        new String(
            AuditCommand.joined(List.of("{\"seq\":1,\"line\":\"a", " {\\\"seq\\\":7} b\"}", "{\"seq\":2}")),
            StandardCharsets.UTF_8);
    assertEquals("{\"seq\":1,\"line\":\"a {\\\"seq\\\":7} b\"}\n{\"seq\":2}\n", text);
    assertEquals(0, AuditCommand.joined(List.of()).length);
  }
}
