/* Back-off of a connection and cool-down of a role and subject; see throttle.h. */
#include "auth/throttle.h"

#include "base/hash.h"

#define COUNTING (1ull << 62)
#define COOLING (1ull << 63)
_Static_assert(THROTTLE_STRIKES == 3u, "struct throttle_slot remembers the two failures before the third");

/* There was a failure. */
static uint32_t backoff_step(const struct backoff *b)
{
    uint32_t doublings = b->failures - 1u;
    return THROTTLE_STEP_MS << (doublings < THROTTLE_DOUBLINGS ? doublings : THROTTLE_DOUBLINGS);
}

uint32_t backoff_check(const struct backoff *b, uint64_t now_ms)
{
    return b->failures == 0 || now_ms >= b->until_ms ? 0 : backoff_step(b);
}

void backoff_fail(struct backoff *b, uint64_t now_ms)
{
    COH_ASSERT(now_ms <= UINT64_MAX - (THROTTLE_STEP_MS << THROTTLE_DOUBLINGS));
    b->failures += b->failures < UINT32_MAX;
    b->until_ms = now_ms + backoff_step(b);
}

static uint64_t pair_key(uint8_t role, struct bytes subject)
{
    struct sha256 hash;
    uint8_t digest[HASH_BYTES];
    sha256_begin(&hash);
    sha256_more(&hash, bytes_of(&role, 1));
    sha256_more(&hash, subject);
    sha256_end(&hash, digest);
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

/* How readily a slot gives way, small first: free; out of cool-down and of the window of its newest failure, by when that
 * was; counting failures, by the oldest one; cooling, by its end. Times lie far below the classes put before them. */
static uint64_t rank(const struct throttle_slot *s, uint64_t now_ms)
{
    uint64_t window_end = s->strikes ? s->failed_ms[s->strikes - 1u] + THROTTLE_WINDOW_MS : 0;
    uint64_t end = window_end > s->cool_until_ms ? window_end : s->cool_until_ms;
    if (!s->in_use || end < now_ms)
        return end;
    if (s->cool_until_ms > now_ms)
        return COOLING | s->cool_until_ms;
    return COUNTING | (s->strikes ? s->failed_ms[0] : s->cool_until_ms);
}

static struct throttle_slot *claim(struct throttle *t, uint64_t key, uint64_t now_ms)
{
    struct throttle_slot *best = t->slots;
    for (struct throttle_slot *s = t->slots + 1; s < t->slots + t->count; s++)
        best = rank(s, now_ms) < rank(best, now_ms) ? s : best;
    t->used += !best->in_use;
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
