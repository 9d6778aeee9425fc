/* The simulation's one source of chance: a small generator (splitmix64), so that a seed is a whole run. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0 … n-1; n ≥ 1. */
static inline uint32_t pick(struct rng *r, uint32_t n) { return (uint32_t)((rng_next(r) >> 32) % n); }
static inline bool chance(struct rng *r, uint32_t percent) { return pick(r, 100) < percent; }
/* lo … hi */
static inline uint32_t between(struct rng *r, uint32_t lo, uint32_t hi) { return lo + pick(r, hi - lo + 1u); }
