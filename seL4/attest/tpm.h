/* A TPM 2.0, as much of it as measured boot needs: extend, read back, unseal, quote. Commands are built and answers parsed
 * here, over a transport that the board brings (tis.h). No heap, no state but the struct; answers are nobody's promise. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "attest/record.h"

/* What the operator agrees with (docs/ATTESTATION.md): the PCR of bank SHA-256 that the chain is extended into, the storage
 * key that sealed objects lie under, and the key that quotes, both persistent and without a password. */
#define TPM_PCR 8u
#define TPM_STORAGE_KEY 0x81000001u
#define TPM_QUOTE_KEY 0x81010002u
#define TPM_IO_BYTES 1536u

/* The role: whoever drives a TPM's bus. */
struct tpm_transport {
    /* Sends n ≤ TPM_IO_BYTES bytes and waits for the answer, at most cap bytes of it, within a time that the transport bounds.
     * False: it does not answer. *got counts the answer's bytes. */
    bool (*exchange)(struct tpm_transport *t, const uint8_t *command, size_t n, uint8_t *answer, size_t cap, size_t *got);
    /* Passes some time before a command that the TPM was too busy for is sent again. */
    void (*rest)(struct tpm_transport *t);
};

struct tpm {
    struct tpm_transport *by;
    uint32_t code;      /* the last answer's response code */
    size_t n, at;       /* of io: bytes written or received, bytes read */
    bool bad;           /* a command that did not fit, an answer that ended too early */
    uint8_t io[TPM_IO_BYTES];
};

/* Starts the TPM, extends the record's chain into TPM_PCR and reads it back, opens the object of the sealed blob (record.h) into
 * the record's key, and quotes TPM_PCR with manifest (32 bytes) as qualifying data where there is a quoting key. blob: n bytes
 * of the provisioning payload, NULL when there is none; one that is not sealed for a TPM is left to the root task. What went
 * wrong is the record's status and code. */
void tpm_attest(struct tpm *t, struct attest_record *r, const uint8_t *manifest, const uint8_t *blob, size_t n);
