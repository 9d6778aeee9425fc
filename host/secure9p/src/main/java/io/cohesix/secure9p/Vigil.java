// How who leads a connection waits: awake for a moment, so that a quick answer meets it so.
package io.cohesix.secure9p;

import java.util.function.LongSupplier;

/**
 * To be woken costs more than a near server takes to answer, so for a moment after the last movement the leader offers its
 * processor to others instead of sleeping. Where others keep it for longer than that moment, the processors are crowded, and
 * who sleeps is preferred to who yields: then it is not tried again for a while, the longer the more it cost. Belongs to
 * the leader.
 */
final class Vigil {
  /** How long it lasts after a movement. */
  static final long AWAKE_NANOS = 50_000;

  /** How long none is kept once the processors were crowded, at least. */
  static final long CROWDED_NANOS = 100_000_000;

  /** And as many times as long as it was to get the processor back: what it costs stays a small part of all time. */
  static final long CROWDED_TIMES = 20;

  private final LongSupplier clock;
  private final Runnable yield;
  private long until;
  private long crowdedUntil;

  Vigil(LongSupplier clock, Runnable yield) {
    this.clock = clock;
    this.yield = yield;
    this.until = clock.getAsLong();
    this.crowdedUntil = until;
  }

  /** Something moved: the moment begins anew. */
  void moved() {
    until = clock.getAsLong() + AWAKE_NANOS;
  }

  /** Lets others run and tells whether to look again; false: sleep. */
  boolean again() {
    long now = clock.getAsLong();
    if (now - until >= 0 || now - crowdedUntil < 0) {
      return false;
    }
    yield.run();
    long away = clock.getAsLong() - now;
    if (away > AWAKE_NANOS) {
      crowdedUntil = now + Math.max(CROWDED_NANOS, CROWDED_TIMES * away);
    }
    return true;
  }
}
