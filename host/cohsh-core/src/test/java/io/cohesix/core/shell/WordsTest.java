// How typed lines fall apart.
package io.cohesix.core.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class WordsTest {
  @Test
  void aCommentEndsTheLineUnlessItIsQuoted() {
    assertEquals("ls /", Words.stripComment("  ls /   # all of it"));
    assertEquals("echo \"a # b\" > /x", Words.stripComment("echo \"a # b\" > /x # c"));
    assertEquals("echo '# b' > /x", Words.stripComment("echo '# b' > /x"));
    assertEquals("", Words.stripComment("# only"));
    assertEquals("echo it's", Words.stripComment("echo it's # a comment"));
    assertEquals("echo \"a \\\" # b\"", Words.stripComment("echo \"a \\\" # b\""));
  }

  @Test
  void wordsLoseTheQuotesAroundThem() {
    assertEquals(List.of("attach", "queen", "a b", "c"), Words.split("attach  queen \"a b\" 'c'"));
    assertEquals(List.of(), Words.split("   "));
    assertEquals(List.of("it's"), Words.split("it's"));
  }

  @Test
  void jsonKeepsItsOwnQuotes() {
    assertEquals("{\"a\":\"b\"}", Words.unquote("{\"a\":\"b\"}"));
    assertEquals("{\"a\":\"b\"}", Words.unquote("'{\"a\":\"b\"}'"));
    assertEquals("say \"hi\"", Words.unquote("\"say \\\"hi\\\"\""));
    assertEquals("\"a\" and \"b\"", Words.unquote("\"a\" and \"b\""));
    assertEquals("\"", Words.unquote("\""));
    assertEquals("", Words.unquote("\"\""));
  }

  @Test
  void echoTakesTheLastRedirectionOutsideOfQuotes() {
    assertEquals(new Words.Redirect("a > b", "/x"), Words.redirect("a > b > /x").orElseThrow());
    assertEquals(new Words.Redirect("a > b", "/x"), Words.redirect("'a > b' >> /x").orElseThrow());
    assertEquals(new Words.Redirect("{\"k\":1}", "/x"), Words.redirect("{\"k\":1}>/x").orElseThrow());
    assertEquals(new Words.Redirect("", "/x"), Words.redirect("> /x").orElseThrow());
    assertTrue(Words.redirect("a > ").isEmpty());
    assertTrue(Words.redirect("a > /x /y").isEmpty());
    assertTrue(Words.redirect("\"a > /x\"").isEmpty());
  }

  @Test
  void anOpenQuoteIsNoticed() {
    assertTrue(Words.unbalanced("echo \"a"));
    assertTrue(Words.unbalanced("echo 'a"));
    assertFalse(Words.unbalanced("echo it's \"a\" '\"'"));
  }

  @Test
  void spawnLinesAreTheContractsJson() throws Exception {
    assertEquals(
        "{\"spawn\":\"heartbeat\",\"ticks\":100,\"budget\":{\"ttl_s\":60}}",
        SpawnJson.build(List.of("heartbeat", "ttl_s=60", "ticks=100")));
    assertEquals("{\"spawn\":\"heartbeat\"}", SpawnJson.build(List.of("heartbeat")));
    assertEquals(
        "{\"spawn\":\"gpu\",\"priority\":3,\"lease\":{\"gpu_id\":\"GPU-0\",\"mem_mb\":4096,\"streams\":2,\"ttl_s\":120}}",
        SpawnJson.build(List.of("gpu", "gpu_id=GPU-0", "mem_mb=4096", "streams=2", "ttl_s=120", "priority=3")));
    assertEquals("{\"spawn\":\"bus\",\"adapter\":\"a\\\"b\"}", SpawnJson.build(List.of("bus", "adapter=a\"b")));
  }

  @Test
  void spawnSaysWhatIsWrong() {
    assertEquals("'colour=red' is no setting of heartbeat, use [ticks, ttl_s, ops]", fault("heartbeat", "colour=red"));
    assertEquals("'ticks=-1' must be a whole number from 0 to 2^64-1", fault("heartbeat", "ticks=-1"));
    assertEquals(
        "'ticks=18446744073709551616' must be a whole number from 0 to 2^64-1",
        fault("heartbeat", "ticks=18446744073709551616"));
    assertEquals("'ticks' is given twice", fault("heartbeat", "ticks=1", "ticks=2"));
    assertEquals("unknown worker kind 'fox', use one of [heartbeat, gpu, bus, lora]", fault("fox"));
  }

  private static String fault(String... words) {
    try {
      return SpawnJson.build(List.of(words));
    } catch (SpawnJson.SpawnException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Test
  void aMistypedVerbIsGuessed() {
    assertEquals("ls", Verb.near("sl").orElseThrow().name());
    assertEquals("spawn", Verb.near("spwn").orElseThrow().name());
    assertEquals("kill", Verb.near("killl").orElseThrow().name());
    assertTrue(Verb.near("frobnicate").isEmpty());
    assertEquals("quit", Verb.find("EXIT").orElseThrow().name());
  }

  @Test
  void lifecycleCommandsFollowTheContractsTable() {
    List<String> states = List.of("BOOTING", "DEGRADED", "ONLINE", "DRAINING", "QUIESCED", "OFFLINE");
    assertEquals(List.of("DEGRADED", "ONLINE"), states.stream().filter(s -> Lifecycle.allowed(s, "cordon")).toList());
    assertEquals(List.of("DRAINING"), states.stream().filter(s -> Lifecycle.allowed(s, "drain")).toList());
    assertEquals(
        List.of("DEGRADED", "ONLINE", "DRAINING"), states.stream().filter(s -> Lifecycle.allowed(s, "quiesce")).toList());
    assertFalse(Lifecycle.allowed("ONLINE", "resume"));
    assertFalse(Lifecycle.allowed("BOOTING", "reset"));
    assertFalse(Lifecycle.allowed("ONLINE", "dance"));
  }
}
