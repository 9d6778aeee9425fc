/* Back-off of a connection and cool-down of a role and subject; see throttle.h. */
#include "auth/throttle.h"

#include "base/assert.h"
#include "base/fmt.h"
#include "base/hash.h"

_Static_assert(THROTTLE_STRIKES == 3u, "struct throttle_slot remembers the two failures before the third");

static uint32_t backoff_step(const struct backoff *b)
{
    uint32_t step = THROTTLE_STEP_MS;
    for (uint32_t i = 1; i < b->failures && step < THROTTLE_STEP_MAX_MS; i++)
        step *= 2u;
    return step < THROTTLE_STEP_MAX_MS ? step : THROTTLE_STEP_MAX_MS;
}

uint32_t backoff_check(const struct backoff *b, uint64_t now_ms)
{
    return b->failures == 0 || now_ms >= b->until_ms ? 0 : backoff_step(b);
}

void backoff_fail(struct backoff *b, uint64_t now_ms)
{
    COH_ASSERT(now_ms <= UINT64_MAX - THROTTLE_STEP_MAX_MS);
    if (b->failures < UINT32_MAX)
        b->failures++;
    b->until_ms = now_ms + backoff_step(b);
}

static uint64_t pair_key(uint8_t role, struct bytes subject)
{
    BUF(in, BLAKE3_MAX_BYTES);
    uint8_t digest[HASH_BYTES];
    COH_ASSERT(subject.n < BLAKE3_MAX_BYTES);
    buf_byte(&in, role);
    buf_put(&in, subject);
    blake3(buf_bytes(&in), digest);
    return bytes_le(bytes_of(digest, sizeof(uint64_t)));
}

static struct throttle_slot *find(const struct throttle *t, uint64_t key)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->slots[i].in_use && t->slots[i].key == key)
            return &t->slots[i];
    return NULL;
}

uint64_t throttle_check(const struct throttle *t, uint8_t role, struct bytes subject, uint64_t now_ms)
{
    const struct throttle_slot *slot = find(t, pair_key(role, subject));
    return slot && slot->cool_until_ms > now_ms ? slot->cool_until_ms - now_ms : 0;
}

/* When the slot stops mattering: out of cool-down and of the window of its newest failure. */
static uint64_t slot_end(const struct throttle_slot *s)
{
    uint64_t window_end = s->strikes ? s->failed_ms[s->strikes - 1u] + THROTTLE_WINDOW_MS : 0;
    return window_end > s->cool_until_ms ? window_end : s->cool_until_ms;
}

/* How readily a slot gives way, small first: free; over, by its end; counting failures, by the oldest one;
 * cooling, by its end. */
struct rank {
    unsigned class;
    uint64_t when;
};

static struct rank slot_rank(const struct throttle_slot *s, uint64_t now_ms)
{
    if (!s->in_use)
        return (struct rank){0, 0};
    if (slot_end(s) < now_ms)
        return (struct rank){1, slot_end(s)};
    if (s->cool_until_ms <= now_ms)
        return (struct rank){2, s->strikes ? s->failed_ms[0] : s->cool_until_ms};
    return (struct rank){3, s->cool_until_ms};
}

static struct throttle_slot *claim(struct throttle *t, uint64_t key, uint64_t now_ms)
{
    struct throttle_slot *best = t->slots;
    for (struct throttle_slot *s = t->slots + 1; s < t->slots + t->count; s++) {
        struct rank a = slot_rank(s, now_ms), b = slot_rank(best, now_ms);
        if (a.class < b.class || (a.class == b.class && a.when < b.when))
            best = s;
    }
    *best = (struct throttle_slot){.key = key, .in_use = 1};
    return best;
}

/* Forgets failures that are more than a window old. */
static void forget(struct throttle_slot *s, uint64_t now_ms)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->strikes; i++)
        if (now_ms < s->failed_ms[i] || now_ms - s->failed_ms[i] <= THROTTLE_WINDOW_MS)
            s->failed_ms[kept++] = s->failed_ms[i];
    s->strikes = kept;
}

bool throttle_fail(struct throttle *t, uint8_t role, struct bytes subject, uint64_t now_ms)
{
    COH_ASSERT(t->count > 0 && t->slots != NULL);
    COH_ASSERT(now_ms <= UINT64_MAX - THROTTLE_COOLDOWN_MS);
    uint64_t key = pair_key(role, subject);
    struct throttle_slot *slot = find(t, key);
    if (slot == NULL)
        slot = claim(t, key, now_ms);
    if (slot->cool_until_ms > now_ms)
        return false;
    forget(slot, now_ms);
    if (slot->strikes + 1u < THROTTLE_STRIKES) {
        slot->failed_ms[slot->strikes++] = now_ms;
        return false;
    }
    slot->strikes = 0;
    slot->cool_until_ms = now_ms + THROTTLE_COOLDOWN_MS;
    return true;
}

uint32_t throttle_used(const struct throttle *t)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < t->count; i++)
        used += t->slots[i].in_use != 0;
    return used;
}
