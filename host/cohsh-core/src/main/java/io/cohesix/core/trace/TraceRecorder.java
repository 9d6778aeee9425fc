// Writes a trace while a session runs: one record after the other, each chained to the one before, never beyond the bound.
package io.cohesix.core.trace;

import io.cohesix.core.console.LinkTap;
import io.cohesix.secure9p.FrameTap;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Records a session. When the bound (client_policies.trace.max_bytes) is reached, or the file fails, recording ends with a
 * notice and the session goes on. Over Secure9P it keeps the console lines that commands stand for and the frames that did
 * them. Thread-safe: connections' threads write, whoever closes the session ends the trace.
 */
public final class TraceRecorder implements LinkTap, FrameTap, AutoCloseable {
  private final OutputStream out;
  private final int maxBytes;
  private final Redaction redaction;
  /** The connection thread's own. */
  private final FrameRedaction frames;
  private final Consumer<String> events;
  private final LongSupplier nanos;
  private final long start;
  private byte @Nullable [] link;
  private long written;
  private int records;

  /**
   * Writes the header.
   *
   * @param out the file; closed with this object
   * @param transport what the session speaks
   * @param manifestSha256 the client's manifest, 64 hex digits
   * @param maxBytes the longest file, at least 1024
   * @param secrets the session's token and ticket; never written
   * @param events told when recording ends early
   * @throws IOException when the header can't be written
   */
  public TraceRecorder(
      OutputStream out,
      TraceRecord.Layer transport,
      String manifestSha256,
      int maxBytes,
      List<String> secrets,
      Consumer<String> events)
      throws IOException {
    this(out, transport, manifestSha256, maxBytes, secrets, events, System::nanoTime);
  }

  TraceRecorder(
      OutputStream out,
      TraceRecord.Layer transport,
      String manifestSha256,
      int maxBytes,
      List<String> secrets,
      Consumer<String> events,
      LongSupplier nanos)
      throws IOException {
    this.out = out;
    this.maxBytes = maxBytes;
    this.redaction = new Redaction(secrets);
    this.frames = new FrameRedaction(redaction);
    this.events = events;
    this.nanos = nanos;
    this.start = nanos.getAsLong();
    byte[] header = TraceFormat.header(transport, HexFormat.of().parseHex(manifestSha256));
    out.write(header);
    this.written = header.length;
    this.link = java.util.Arrays.copyOfRange(header, TraceFormat.HEADER_BYTES, header.length);
  }

  @Override
  public void opened() {
    add(TraceRecord.Kind.OPENED, TraceRecord.Layer.CONSOLE, false, new byte[0]);
  }

  @Override
  public void closed() {
    add(TraceRecord.Kind.CLOSED, TraceRecord.Layer.CONSOLE, false, new byte[0]);
  }

  @Override
  public void sent(String line) {
    line(TraceRecord.Kind.SENT, line);
  }

  @Override
  public void received(String line) {
    line(TraceRecord.Kind.RECEIVED, line);
  }

  @Override
  public void sent(ByteBuffer frame) {
    frame(TraceRecord.Kind.SENT, frame, frames.sent(frame));
  }

  @Override
  public void received(ByteBuffer frame) {
    frame(TraceRecord.Kind.RECEIVED, frame, frames.received(frame));
  }

  private void frame(TraceRecord.Kind kind, ByteBuffer frame, ByteBuffer kept) {
    byte[] bytes = new byte[kept.remaining()];
    kept.duplicate().get(bytes);
    add(kind, TraceRecord.Layer.SECURE9P, !kept.equals(frame), bytes);
  }

  private void line(TraceRecord.Kind kind, String line) {
    String kept = kind == TraceRecord.Kind.SENT ? redaction.line(line) : redaction.content(line);
    add(kind, TraceRecord.Layer.CONSOLE, !kept.equals(line), kept.getBytes(StandardCharsets.UTF_8));
  }

  private synchronized void add(TraceRecord.Kind kind, TraceRecord.Layer layer, boolean redacted, byte[] bytes) {
    if (link == null) {
      return;
    }
    long size = (long) TraceFormat.HEAD_BYTES + bytes.length + TraceFormat.HASH_BYTES;
    if (written + size + TraceFormat.END_RECORD_BYTES > maxBytes) {
      end(false);
      events.accept(
          "the trace is full: client_policies.trace.max_bytes is " + maxBytes + "; the session goes on, unrecorded from here");
      return;
    }
    write(kind.number(), layer.number(), redacted ? TraceFormat.REDACTED : 0, bytes);
    records++;
  }

  private void write(int kind, int layer, int flags, byte[] bytes) {
    byte[] before = link;
    if (before == null) {
      return;
    }
    long ms = TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong() - start);
    byte[] record = TraceFormat.record(before, kind, layer, flags, ms, bytes);
    try {
      out.write(record);
      out.flush();
      written += record.length;
      link = java.util.Arrays.copyOfRange(record, record.length - TraceFormat.HASH_BYTES, record.length);
    } catch (IOException e) {
      link = null;
      events.accept("the trace can't be written any more (" + e.getMessage() + "); what is there is not a whole trace");
    }
  }

  private void end(boolean whole) {
    write(TraceFormat.END_KIND, 0, 0, TraceFormat.endBytes(records, whole));
    link = null;
    try {
      out.close();
    } catch (IOException e) {
      events.accept("the trace can't be closed: " + e.getMessage());
    }
  }

  /** Writes the end record, without which a trace is refused as truncated. */
  @Override
  public synchronized void close() {
    if (link != null) {
      end(true);
    }
  }
}
