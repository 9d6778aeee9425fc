/** Capability tickets: minting and verification (spec/tickets.md). */
@NullMarked
package io.cohesix.core.ticket;

import org.jspecify.annotations.NullMarked;
