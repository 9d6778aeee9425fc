/** Telemetry that host tools push into a hive: envelopes, segments, reference manifests (spec/control.md "Telemetry ingest"). */
@NullMarked
package io.cohesix.core.telemetry;

import org.jspecify.annotations.NullMarked;
