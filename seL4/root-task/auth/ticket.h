/* Capability tickets (spec/tickets.md): decoding and checking. */
#pragma once

#include "base/hash.h"
#include "base/limits.h"

enum coh_role { ROLE_QUEEN, ROLE_HEARTBEAT, ROLE_GPU, ROLE_BUS, ROLE_LORA, ROLE_COUNT };

/* `queen`, `worker-heartbeat` (alias `worker`), …: ROLE_COUNT when it names none. */
enum coh_role role_parse(struct bytes name);
const char *role_name(enum coh_role role);

enum ticket_verb { TICKET_READ, TICKET_WRITE, TICKET_BOTH };

struct ticket_scope {
    struct bytes path; /* borrowed from the decoded payload */
    uint8_t verb;
    uint32_t rate_per_s; /* 0 = no limit */
};

/* flags as on the wire */
#define TICKET_HAS_TICKS 1u
#define TICKET_HAS_OPS 2u
#define TICKET_HAS_TTL 4u
#define TICKET_HAS_SUBJECT 8u
#define TICKET_HAS_SCOPES 16u
#define TICKET_HAS_QUOTAS 32u
#define TICKET_FLAGS 63u /* all of them */

struct ticket {
    enum coh_role role;
    uint8_t flags;
    uint64_t ticks, ops, ttl_s, issued_at_ms;
    struct bytes subject, mount_service, mount_at;
    uint8_t scopes_n;
    struct ticket_scope scopes[TICKET_SCOPES_MAX];
    uint64_t bandwidth_bytes;
    uint32_t cursor_resumes, cursor_advances;
    uint8_t mac[HASH_BYTES]; /* identifies the ticket in logs (first 8 bytes as hex) and in the use table */
};

/* Manifest bounds that a ticket must respect. */
struct ticket_limits {
    uint32_t max_scopes, max_scope_path_bytes, max_scope_rate_per_s;
};

#define TICKET_PAYLOAD_MAX ((TICKET_TEXT_BYTES) / 2u)

/* Decodes text into *out; payload_store (TICKET_PAYLOAD_MAX bytes) owns the bytes that *out borrows. keys[ROLE_COUNT] gives
 * each role's derived key, NULL where the manifest has none. True only when the format, the bounds and the MAC hold; the MAC
 * is compared in constant time and checked before any field is believed (the role byte selects the key, no more). Refused
 * besides what the payload table of spec/tickets.md excludes: control characters in strings, and scope paths that are not
 * absolute with clean components. On false *out holds nothing to use. */
bool ticket_open(struct bytes text, const uint8_t *const keys[ROLE_COUNT], const struct ticket_limits *limits,
                 uint8_t payload_store[TICKET_PAYLOAD_MAX], struct ticket *out);

/* How logs name a ticket: the first 8 bytes of its MAC, big-endian. */
uint64_t ticket_id(const uint8_t mac[HASH_BYTES]);
/* The same of a ticket's text, whether or not the MAC holds; 0 when there is none. */
uint64_t ticket_claimed_id(struct bytes text);
/* What a ticket claims, unproven: its subject is good for throttling by it, its role as a default, and nothing else for
 * anything. Where text is no ticket, role is ROLE_COUNT and all else empty. */
void ticket_claims(struct bytes text, uint8_t payload_store[TICKET_PAYLOAD_MAX], struct ticket *out);
