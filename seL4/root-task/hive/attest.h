/* What was measured at boot: checks the loader's record (attest/record.h), opens the sealed keys with its key, and serves
 * /proc/attest. Where the manifest asks for attestation, nothing starts unless all of it holds. */
#pragma once

#include "attest/record.h"
#include "base/hash.h"
#include "ns/tree.h"

enum attest_state { ATTEST_UNMEASURED, ATTEST_DAMAGED, ATTEST_MEASURED, ATTEST_ATTESTED };

struct attest {
    enum attest_state state;
    bool sealed;                   /* the keys came sealed, and were opened */
    uint8_t evidence[HASH_BYTES]; /* SHA-256 of /proc/attest/evidence as it reads */
    /* What the blob's tag is computed over: its first bytes, then the content, which facts.provision is from then on. */
    uint8_t opened[SEAL_BOUND_BYTES + SEAL_CONTENT_MAX];
};

/* Looks at facts.evidence and opens facts.provision; wipes the record's key in any case. NULL, or why the hive may not start:
 * only where hw.attestation.enabled is set. */
const char *attest_init(struct hive *h);
/* `none` or what /proc/boot says of it. */
void attest_show_boot(const struct hive *h, struct text *out);
