// How much a device may hold: the hive's limits, checked here first so that a push fails before it has begun.
package io.cohesix.core.telemetry;

import io.cohesix.core.generated.Defaults;

/**
 * Limits of telemetry_ingest.
 *
 * @param segments segments of one device
 * @param segmentBytes bytes of one segment, newlines included
 * @param deviceBytes bytes of all segments of a device
 * @param refs chunks of one reference manifest
 * @param refBytes bytes of one reference manifest
 * @param recordBytes the longest record, {@value #RECORD_BYTES} or what the transport carries when that is less
 */
public record PushLimits(int segments, int segmentBytes, int deviceBytes, int refs, int refBytes, int recordBytes) {
  /** Longest record of a segment (spec/namespace.md, /queen/telemetry). */
  public static final int RECORD_BYTES = 4096;

  /** The limits of the manifest that this program was built with. */
  public static PushLimits defaults() {
    return new PushLimits(
        Defaults.TELEMETRY_INGEST_MAX_SEGMENTS_PER_DEVICE,
        Defaults.TELEMETRY_INGEST_MAX_BYTES_PER_SEGMENT,
        Defaults.TELEMETRY_INGEST_MAX_TOTAL_BYTES_PER_DEVICE,
        Defaults.TELEMETRY_INGEST_MAX_REFS_PER_MANIFEST,
        Defaults.TELEMETRY_INGEST_MAX_REF_MANIFEST_BYTES,
        RECORD_BYTES);
  }

  /** The same with records of at most {@code bytes}. */
  public PushLimits withRecordBytes(int bytes) {
    return new PushLimits(segments, segmentBytes, deviceBytes, refs, refBytes, Math.min(bytes, recordBytes));
  }
}
