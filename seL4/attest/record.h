/* The measurement record: what the loader found out about all that it loaded, and hands to the root task in the page
 * coh_evidence. io.cohesix.rtc.image.Measurements foretells it. Little-endian.
 *
 * offset size  field
 *      0    8  magic "COHEVID1"
 *      8    4  kind: enum attest_kind, as the payload table told the loader
 *     12    4  status: enum attest_status
 *     16    4  response code of the TPM when it refused, else 0
 *     20    4  bytes of the quote, at most ATTEST_QUOTE_MAX; 0: there is none
 *     24    4  bytes of its signature, at most ATTEST_QUOTE_MAX
 *     28    4  zero
 *     32   32  measurement: m = 32 zeros, then for each digest of the chain m = SHA-256(m, digest), as a TPM extends a PCR
 *     64  256  digests, 32 bytes each, by enum attest_log; 32 zeros: there was no such part
 *    320   32  key that sealed payloads are opened with; zeros: there is none. Wiped by whoever used it
 *    352  512  quote (TPMS_ATTEST), zeros behind it
 *    864  512  its signature (TPMT_SIGNATURE), zeros behind it
 *   1376   32  SHA-256 of all before */
#pragma once

#include <stdint.h>

#define ATTEST_MAGIC "COHEVID1"
#define ATTEST_DIGEST_BYTES 32u
#define ATTEST_QUOTE_MAX 512u
#define ATTEST_RECORD_BYTES 1408u

/* Numbers of the manifest's hw.attestation.kind (COH_HW_ATTESTATION_KIND_INDEX). */
enum attest_kind { ATTEST_NONE, ATTEST_TPM2, ATTEST_DICE };

/* What the loader measured, in this order. The chain ends before ATTEST_PROVISION: keys are sealed to the chain, so that what
 * they are sealed in can't be part of it; and the device tree in use may hold seeds that are new with each boot. */
enum attest_log {
    ATTEST_LOADER,     /* the loader's code and constants, behind its first 64 bytes */
    ATTEST_TABLE,      /* the payload table, see measure_table */
    ATTEST_KERNEL,     /* payloads, as they are in the image */
    ATTEST_ROOTSERVER,
    ATTEST_DTB,        /* the image's own tree; zeros when it has none */
    ATTEST_MANIFEST,   /* the manifest's SHA-256 as 64 hex digits */
    ATTEST_CHAIN,      /* so many digests make the measurement */
    ATTEST_PROVISION = ATTEST_CHAIN,
    ATTEST_TREE,       /* the device tree that was handed to the kernel */
    ATTEST_LOG
};

/* Why there is no key, or no quote. */
enum attest_status {
    ATTEST_FINE,           /* nothing went wrong; whether there is a key, the key says */
    ATTEST_NO_SECRET,      /* dice: the image holds no device secret and the board has none */
    ATTEST_TPM_ABSENT,     /* no TPM in the device tree, or it is no TPM 2.0 */
    ATTEST_TPM_SILENT,     /* it did not answer in time */
    ATTEST_TPM_GARBLED,    /* it answered what is no answer */
    ATTEST_TPM_STARTUP,    /* it refused to start, or its self-test failed */
    ATTEST_TPM_EXTEND,     /* it refused a measurement */
    ATTEST_TPM_PCR,        /* its PCR is not the measurement: something else was measured into it before */
    ATTEST_TPM_UNSEAL,     /* it refused to unseal: another image than the key was sealed to, or another TPM */
    ATTEST_TPM_NO_PARENT,  /* it has no storage key at its handle */
    ATTEST_STATUS_COUNT
};

struct attest_record {
    uint8_t magic[8];
    uint32_t kind, status, code;
    uint32_t quote_bytes, signature_bytes, zero;
    uint8_t measurement[ATTEST_DIGEST_BYTES];
    uint8_t digests[ATTEST_LOG][ATTEST_DIGEST_BYTES];
    uint8_t key[ATTEST_DIGEST_BYTES];
    uint8_t quote[ATTEST_QUOTE_MAX], signature[ATTEST_QUOTE_MAX];
    uint8_t sha256[ATTEST_DIGEST_BYTES];
};
_Static_assert(sizeof(struct attest_record) == ATTEST_RECORD_BYTES, "record layout");
_Static_assert(__builtin_offsetof(struct attest_record, digests) == 64, "record layout: digests");
_Static_assert(__builtin_offsetof(struct attest_record, key) == 320, "record layout: key");
_Static_assert(__builtin_offsetof(struct attest_record, sha256) == 1376, "record layout: sum");

/* The sealed provisioning blob (docs/ATTESTATION.md, io.cohesix.rtc.build.SealedBlob):
 *
 * offset size  field
 *      0    8  magic "COHSEAL1"
 *      8    4  kind: enum attest_kind
 *     12    2  bytes of the TPM object's public part (TPM2B_PUBLIC); 0 with dice
 *     14    2  bytes of its private part (TPM2B_PRIVATE); 0 with dice
 *     16   32  the measurement that it is sealed to
 *     48   32  tag: BLAKE3 keyed with Km over the first 48 bytes, then the content
 *     80    4  bytes of the content, at most SEAL_CONTENT_MAX
 *     84       public part, private part, content XOR stream
 *
 * Km and Kc are BLAKE3 keyed with the record's key over "cohesix-seal-tag" and "cohesix-seal-stream"; block i of the stream is
 * BLAKE3 keyed with Kc over the tag and i as four bytes. The tag serves as nonce: the same content sealed with the same key
 * gives the same bytes, and two contents never share a stream. */
#define SEAL_MAGIC "COHSEAL1"
#define SEAL_HEAD_BYTES 84u
#define SEAL_BOUND_BYTES 48u
#define SEAL_CONTENT_MAX 512u
#define SEAL_TAG_LABEL "cohesix-seal-tag"
#define SEAL_STREAM_LABEL "cohesix-seal-stream"
