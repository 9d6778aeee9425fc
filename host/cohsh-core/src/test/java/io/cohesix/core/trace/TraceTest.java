// A trace is read back as it was written, and not at all when a single byte of it is another.
package io.cohesix.core.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cohesix.secure9p.Codec;
import io.cohesix.secure9p.Message;
import io.cohesix.secure9p.Reply;
import io.cohesix.secure9p.Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TraceTest {
  private static final String MANIFEST = "ab".repeat(32);
  private static final String TICKET = "cohesix-ticket-0100040000.e9b8bc4e26e2";

  private final List<String> events = new ArrayList<>();
  private final ByteArrayOutputStream file = new ByteArrayOutputStream();
  private long now;

  private TraceRecorder recorder(OutputStream out, int maxBytes, String... secrets) throws IOException {
    return new TraceRecorder(
        out, TraceRecord.Layer.CONSOLE, MANIFEST, maxBytes, List.of(secrets), events::add, () -> now += 1_000_000);
  }

  private byte[] small() throws IOException {
    try (TraceRecorder recorder = recorder(file, 1 << 16, "changeme")) {
      recorder.opened();
      recorder.sent("AUTH changeme");
      recorder.received("OK AUTH");
      recorder.sent("CAT /x");
      recorder.received("OK CAT path=/x data=a");
      recorder.received("a");
      recorder.received("\\END");
      recorder.received("END");
      recorder.closed();
    }
    return file.toByteArray();
  }

  /** Where each record begins, and the file's end. */
  private static List<Integer> bounds(byte[] trace) {
    List<Integer> at = new ArrayList<>();
    int next = TraceFormat.HEADER_BYTES + TraceFormat.HASH_BYTES;
    while (next < trace.length) {
      at.add(next);
      next += TraceFormat.little(trace).getInt(next);
    }
    at.add(next);
    return at;
  }

  private static String refused(byte[] bytes) {
    return String.valueOf(assertThrows(TraceException.class, () -> Trace.parse(bytes)).getMessage());
  }

  @Test
  void whatWasRecordedIsReadBack() throws Exception {
    Trace trace = Trace.parse(small());
    assertEquals(TraceRecord.Layer.CONSOLE, trace.transport());
    assertEquals(MANIFEST, trace.manifestSha256());
    assertTrue(trace.whole());
    assertEquals(9, trace.records().size());
    assertEquals(9, trace.durationMs());
    assertEquals(64, trace.head().length());
    TraceRecord sent = trace.records().get(3);
    assertEquals(TraceRecord.Kind.SENT, sent.kind());
    assertEquals("CAT /x", sent.line());
    assertEquals(4, sent.offsetMs());
    assertEquals(
        List.of("coh> AUTH *", "OK AUTH", "coh> CAT /x", "OK CAT path=/x data=a", "a", "END"),
        TraceTranscript.commands(trace, false));
    assertEquals("        2 ms > AUTH * (redacted)", TraceTranscript.records(trace).get(1));
    assertEquals(List.of(), events);
  }

  @Test
  void everyFlippedBitOfEveryByteIsNoticed() throws Exception {
    byte[] trace = small();
    for (int i = 0; i < trace.length; i++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] bent = trace.clone();
        bent[i] ^= (byte) (1 << bit);
        refused(bent);
      }
    }
  }

  @Test
  void everyTruncationIsNoticed() throws Exception {
    byte[] trace = small();
    for (int length = 0; length < trace.length; length++) {
      refused(Arrays.copyOf(trace, length));
    }
    int last = bounds(trace).get(bounds(trace).size() - 2);
    assertEquals(
        "it is truncated: after 9 records, at byte " + last + ", a record must follow, the end at least",
        refused(Arrays.copyOf(trace, last)));
    assertEquals("it is truncated: it ends within its header, at byte 60", refused(Arrays.copyOf(trace, 60)));
  }

  @Test
  void anExtensionIsNoticed() throws Exception {
    byte[] trace = small();
    byte[] longer = Arrays.copyOf(trace, trace.length + 1);
    assertEquals("it was extended: 1 bytes follow its end at byte " + trace.length, refused(longer));
    List<Integer> at = bounds(trace);
    byte[] again = Arrays.copyOf(trace, trace.length + at.get(1) - at.get(0));
    System.arraycopy(trace, at.get(0), again, trace.length, at.get(1) - at.get(0));
    refused(again);
  }

  @Test
  void swappedLeftOutAndRepeatedRecordsAreNoticed() throws Exception {
    byte[] trace = small();
    List<Integer> at = bounds(trace);
    for (int i = 0; i + 2 < at.size(); i++) {
      int a = at.get(i);
      int b = at.get(i + 1);
      int c = at.get(i + 2);
      byte[] swapped = trace.clone();
      System.arraycopy(trace, b, swapped, a, c - b);
      System.arraycopy(trace, a, swapped, a + c - b, b - a);
      assertTrue(refused(swapped).contains("the chain breaks here"));
      ByteArrayOutputStream without = new ByteArrayOutputStream();
      without.write(trace, 0, a);
      without.write(trace, b, trace.length - b);
      refused(without.toByteArray());
      ByteArrayOutputStream twice = new ByteArrayOutputStream();
      twice.write(trace, 0, b);
      twice.write(trace, a, trace.length - a);
      refused(twice.toByteArray());
    }
  }

  @Test
  void otherFilesAreNamedForWhatTheyAre() {
    assertEquals("it does not begin as a trace does", refused("hello, world".getBytes(StandardCharsets.UTF_8)));
    assertEquals("it does not begin as a trace does", refused(new byte[0]));
    byte[] later = Arrays.copyOf(TraceFormat.header(TraceRecord.Layer.CONSOLE, new byte[32]), 76);
    later[8] = 1;
    assertEquals("its format is version 1, this program reads version 0", refused(later));
  }

  @Test
  void tokensAndTicketsNeverReachTheFile() throws Exception {
    try (TraceRecorder recorder = recorder(file, 1 << 16, "open sesame", TICKET)) {
      recorder.opened();
      recorder.sent("AUTH open sesame");
      recorder.sent("auth other secret");
      recorder.sent("ATTACH worker-gpu " + TICKET);
      recorder.sent("attach queen not-even-a-ticket");
      recorder.sent("ATTACH queen ");
      recorder.sent("ECHO /log/queen.log open sesame and " + TICKET);
      recorder.received("found " + TICKET + " in a file");
      recorder.received("open sesame");
    }
    String text = file.toString(StandardCharsets.ISO_8859_1);
    for (String secret : List.of("sesame", "0100040000", "e9b8bc4e26e2", "other secret", "not-even")) {
      assertFalse(text.contains(secret), secret);
    }
    List<TraceRecord> records = Trace.parse(file.toByteArray()).records();
    assertEquals("ATTACH worker-gpu *", records.get(3).line());
    assertTrue(records.get(3).redacted());
    assertEquals("ATTACH queen ", records.get(5).line());
    assertFalse(records.get(5).redacted());
    assertEquals("found cohesix-ticket-* in a file", records.get(7).line());
  }

  private static ByteBuffer frame(Message message) {
    ByteBuffer out = ByteBuffer.allocate(512);
    Codec.encode(message, out);
    return out.flip();
  }

  private static ByteBuffer data(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void framesAreKeptWithoutTokensAndTicketsAndStayFrames() throws Exception {
    try (TraceRecorder recorder = recorder(file, 1 << 16, "open sesame")) {
      recorder.sent(frame(new Request.Auth(1, 7, "", "auth=open sesame", -1)));
      recorder.sent(frame(new Request.Write(2, 7, 0, data("another token"))));
      recorder.sent(frame(new Request.Attach(3, 8, 7, "queen", TICKET, -1)));
      recorder.sent(frame(new Request.Write(4, 9, 0, data("say open sesame and " + TICKET))));
      recorder.received(frame(new Reply.Read(4, data("found " + TICKET))));
      recorder.sent(frame(new Request.Clunk(5, 7)));
      recorder.sent(frame(new Request.Write(6, 7, 0, data("plain"))));
      recorder.received(frame(new Reply.Write(6, 5)));
    }
    String text = file.toString(StandardCharsets.ISO_8859_1);
    for (String secret : List.of("sesame", "another", "0100040000", "e9b8bc4e26e2")) {
      assertFalse(text.contains(secret), secret);
    }
    List<TraceRecord> records = Trace.parse(file.toByteArray()).records();
    assertEquals(8, records.size());
    for (TraceRecord record : records) {
      assertEquals(TraceRecord.Layer.SECURE9P, record.layer());
      ByteBuffer bytes = ByteBuffer.allocate(record.bytes().remaining()).put(record.bytes().duplicate()).flip();
      Message message = record.kind() == TraceRecord.Kind.SENT ? Codec.decodeRequest(bytes) : Codec.decodeReply(bytes);
      assertTrue(message.tag() >= 1 && message.tag() <= 6);
    }
    assertEquals(List.of(true, true, true, true, true, false, false, false), records.stream().map(TraceRecord::redacted).toList());
    assertTrue(text.contains("plain") && text.contains("queen"));
  }

  @Test
  void theBoundHoldsAndLeavesATraceThatIsReadable() throws Exception {
    try (TraceRecorder recorder = recorder(file, 1024)) {
      recorder.opened();
      for (int i = 0; i < 100; i++) {
        recorder.sent("PING");
        recorder.received("OK PING reply=pong");
      }
    }
    assertTrue(file.size() <= 1024, () -> "it has " + file.size());
    Trace trace = Trace.parse(file.toByteArray());
    assertFalse(trace.whole());
    assertTrue(trace.records().size() > 10);
    assertEquals("(the recording reached its bound here)", TraceTranscript.commands(trace, true).get(TraceTranscript.commands(trace, true).size() - 1));
    assertEquals(
        List.of("the trace is full: client_policies.trace.max_bytes is 1024; the session goes on, unrecorded from here"), events);
  }

  @Test
  void aFileThatFailsEndsTheRecordingAndNotTheSession() throws Exception {
    OutputStream full =
        new OutputStream() {
          private int left = 100;

          @Override
          public void write(int b) throws IOException {
            if (left-- == 0) {
              throw new IOException("no space left on device");
            }
            file.write(b);
          }
        };
    try (TraceRecorder recorder = recorder(full, 1 << 16)) {
      recorder.sent("PING");
      recorder.received("OK PING reply=pong");
    }
    assertEquals(
        List.of("the trace can't be written any more (no space left on device); what is there is not a whole trace"), events);
    refused(file.toByteArray());
  }

  @Test
  void answersThatWereCutOrNeverCameAreNotTakenForWhole() throws Exception {
    try (TraceRecorder recorder = recorder(file, 1 << 16)) {
      recorder.opened();
      recorder.sent("CAT /a");
      recorder.received("OK CAT path=/a data=x");
      recorder.received("x");
      recorder.received("ERR CAT reason=cut");
      recorder.sent("ECHO /a x");
      recorder.closed();
      recorder.opened();
      recorder.received("ERR AUTH reason=busy");
      recorder.sent("PING");
      recorder.received("PONG");
      recorder.received("OK PING reply=pong");
    }
    List<Exchange> commands = Exchange.of(Trace.parse(file.toByteArray()));
    assertEquals(3, commands.size());
    assertEquals("ERR CAT reason=cut", String.valueOf(commands.get(0).ack()));
    assertTrue(commands.get(0).finished());
    assertFalse(commands.get(1).finished());
    assertEquals(0, commands.get(1).connection());
    assertEquals(1, commands.get(2).connection());
    assertTrue(commands.get(2).finished());
  }
}
