/* What the authority knows of tickets: the keys that prove them, the console's token, and what each ticket has used up in
 * this boot, over all sessions that it opened. */
#pragma once

#include "auth/ticket.h"
#include "base/status.h"

struct hive;

/* What a ticket is spent in. Ticks are scheduler quanta (event_pump.tick_ms) in which it may be served: the first operation
 * of each is one, which nobody asks for. */
enum ticket_unit { TICKET_TICKS, TICKET_OPS, TICKET_BYTES, TICKET_RESUMES, TICKET_ADVANCES, TICKET_UNITS };
struct ticket_cost {
    uint64_t of[TICKET_UNITS];
};
#define TICKET_COST(unit, n) ((struct ticket_cost){.of = {[TICKET_##unit] = (n)}})

struct ticket_use {
    uint8_t mac[HASH_BYTES];
    uint64_t ends_ms; /* on the hive's clock; UINT64_MAX = no ttl, 0 = free entry */
    uint64_t left[TICKET_UNITS]; /* UINT64_MAX = no bound */
    uint32_t quantum; /* the last that was a tick, + 1, cut to 32 bits: it is only compared with the one that is now */
    bool relative; /* the ttl counts from the first use: must be remembered even when it is over */
};

struct tickets_state {
    const uint8_t *keys[ROLE_COUNT]; /* derived ticket keys, NULL where the manifest has none */
    uint8_t token_digest[HASH_BYTES];
};

/* Index of a ticket that has no budget to keep. */
#define TICKET_UNLIMITED UINT32_MAX

/* Takes the keys from the image, or from the provisioning blob of a release image. NULL, or why not. */
const char *tickets_init(struct hive *h, struct bytes provision);
/* Is this the console token? Constant time. */
bool tickets_token_ok(const struct hive *h, struct bytes token);

/* A ticket whose MAC holds: may it open a session now? COH_AUTH: it has expired; COH_BUSY: no room to keep its budget.
 * *use is its entry in the pool `tickets` or TICKET_UNLIMITED, *ends_ms when its time is over (UINT64_MAX: never). */
enum coh_status ticket_admit(struct hive *h, const struct ticket *t, uint32_t *use, uint64_t *ends_ms);
/* Spends from the budget, all of the cost or nothing. False: it is used up. */
bool ticket_spend(struct hive *h, uint32_t use, struct ticket_cost cost);
