/** Traces: what a session sent and received, bounded, hash-chained, without secrets; and their replay. */
@NullMarked
package io.cohesix.core.trace;

import org.jspecify.annotations.NullMarked;
