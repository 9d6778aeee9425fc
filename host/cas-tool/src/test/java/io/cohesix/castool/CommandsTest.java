// Commands that talk to a hive, as people call them: what goes to which stream, in words and as JSON.
package io.cohesix.castool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.castool.upload.StorePeer;
import java.nio.file.Files;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class CommandsTest {
  private StorePeer peer;

  @BeforeEach
  void start() throws Exception {
    peer = new StorePeer();
  }

  @AfterEach
  void end() {
    peer.close();
  }

  private Ran upload(String bundle, Object... more) {
    Object[] args = {"upload", FixturesTest.FIXTURES.resolve(bundle), "--port", peer.port()};
    Object[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return Ran.tool(all);
  }

  @Test
  void anUploadSaysWhatItSent() {
    Ran ran = upload("bundle-1");
    assertEquals(0, ran.code(), ran.err());
    assertEquals("uploaded epoch=1 state=ready chunks=8 total=8 sent_bytes=1430 sent_chunks=8\n", ran.out());
    assertTrue(ran.err().matches("cas-tool: 1430 of 1430 bytes, 100 %, [0-9]+ k?B/s\n"), ran.err());
    assertEquals(
        new Ran(0, "{\"ok\":true,\"epoch\":\"1\",\"state\":\"ready\",\"chunks\":8,\"total\":8,\"sent_bytes\":0,\"sent_chunks\":0}\n", ""),
        upload("bundle-1", "--json"));
  }

  @Test
  void aStatusIsTheHivesWordsOrJson() {
    assertEquals(new Ran(1, "", "cas-tool: the hive has no epoch 1: cas-tool status lists those that it has\n"), status("1"));
    assertEquals(new Ran(0, "", ""), status());
    upload("bundle-1");
    String line = "epoch=1 state=ready manifest_bytes=406 manifest=complete chunks=8 total=8 payload_bytes=1000 quarantined=0\n";
    assertEquals(new Ran(0, line, ""), status("1"));
    upload("bundle-2");
    assertEquals(line + line.replace("epoch=1", "epoch=2").replace("406", "272").replace("=8", "=3").replace("1000", "344"), status().out());
    assertEquals(
        "{\"ok\":true,\"epoch\":\"1\",\"state\":\"ready\",\"manifest_bytes\":406,\"manifest\":\"complete\",\"chunks\":8,\"total\":8,"
            + "\"payload_bytes\":1000,\"quarantined\":0,\"missing\":[]}\n",
        status("1", "--json").out());
  }

  private Ran status(Object... more) {
    Object[] args = {"status", "--port", peer.port()};
    Object[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return Ran.tool(all);
  }

  @Test
  void whatIsStagedIsDiscardedByName() throws Exception {
    peer.put("/updates/7/manifest.cbor", new byte[] {(byte) 0x88, 0x77, 'c'});
    assertEquals(new Ran(0, "discarded epoch=7 manifest_bytes=3\n", ""), Ran.tool("discard", "7", "--port", peer.port()));
    assertEquals(
        new Ran(1, "", "cas-tool: nothing to discard: the hive has no part of epoch 7\n"), Ran.tool("discard", "7", "--port", peer.port()));
    assertEquals(2, Ran.tool("discard", "07", "--port", peer.port()).code());
  }

  @Test
  void aModelIsUploadedOnce() throws Exception {
    Object[] upload = {"model", "upload", FixturesTest.FIXTURES.resolve("model"), "--port", peer.port()};
    Ran ran = Ran.tool(upload);
    String id = "448093f8a0c1452f5fcde59b86aee93484d02667e9f196fc4d19ef532faf9504";
    assertEquals("uploaded model=" + id + " state=committed sent_bytes=717\n", ran.out(), ran.err());
    assertEquals(new Ran(0, "uploaded model=" + id + " state=committed sent_bytes=0\n", ""), Ran.tool(upload));
    assertEquals(Files.size(FixturesTest.FIXTURES.resolve("model/weights")), peer.files.get("/models/" + id + "/weights").length);
  }
}
