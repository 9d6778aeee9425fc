// The red lines: what no manifest may configure (spec "Red lines").
package io.cohesix.rtc.validate;

import java.util.Locale;

/** Ids of the red lines. Each has at least one negative fixture. */
public enum RedLine {
  /** msize 4120..8192. */
  MSIZE,
  /** walk_depth 1..8. */
  WALK_DEPTH,
  /** Path components never "..", empty or longer than 255 bytes. */
  PATH_COMPONENT,
  /** tags_per_session at least 1. */
  TAGS_PER_SESSION,
  /** batch_frames at least 1. */
  BATCH_FRAMES,
  /** batch_frames × smallest frame at most msize. */
  BATCH_BYTES,
  /** std_* features need profile.kernel = false. */
  STD_FEATURES,
  /** cache.dma_* and unify need cache.kernel_ops. */
  CACHE_OPS,
  /** shard_bits at most 8. */
  SHARD_BITS,
  /** walk_depth at least 5 for shards. */
  SHARD_WALK,
  /** walk_depth at least 3 for the alias. */
  ALIAS_WALK,
  /** No /worker references when the alias is off. */
  ALIAS_REFERENCE,
  /** cas chunk_bytes at most msize − header. */
  CAS_CHUNK,
  /** The signing key present when signing is required. */
  CAS_KEY,
  /** Ring sizes within the event-pump budget. */
  RING_BUDGET,
  /** Audit sizes within the event-pump budget. */
  AUDIT_BUDGET,
  /** Observability buffers hold their longest line. */
  OBSERVABILITY_BUFFER,
  /** Policy queue bytes hold one entry. */
  POLICY_QUEUE,
  /** Replay needs audit. */
  REPLAY_AUDIT,
  /** ui_providers need their provider. */
  UI_PROVIDER,
  /** Sidecar scopes unique. */
  SIDECAR_SCOPE,
  /** Auto transitions valid. */
  TRANSITION_VALID,
  /** Auto transitions acyclic. */
  TRANSITION_CYCLE,
  /** Static IPv4 prefix 1..32. */
  IPV4_PREFIX,
  /** Static IPv4 address non-zero. */
  IPV4_ZERO,
  /** Affinity within cores. */
  AFFINITY_CORES,
  /** The sum of all static pools within profile.ram_budget_bytes. */
  RAM_BUDGET,
  /** Release profiles refuse literal secrets. */
  RELEASE_SECRET,
  /** Release profiles refuse fixture keys. */
  RELEASE_FIXTURE,
  /** Release profiles refuse disabled audit or replay. */
  RELEASE_AUDIT,
  /** Release profiles need queen tickets. */
  RELEASE_QUEEN_TICKET,
  /** Attestation that is on has a kind. */
  ATTESTATION_KIND;

  /** The id as findings carry it. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
