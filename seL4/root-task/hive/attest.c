/* Attestation; see attest.h. */
#include "hive/attest.h"

#include <stddef.h>

#include "base/cbor.h"
#include "hive/state.h"

/* What the loader is told to do: nothing where attestation is off. */
#define KIND (COH_HW_ATTESTATION_ENABLED ? (uint32_t)COH_HW_ATTESTATION_KIND_INDEX : (uint32_t)ATTEST_NONE)

_Static_assert((COH_HW_ATTESTATION_KIND_IS_NONE && COH_HW_ATTESTATION_KIND_INDEX == ATTEST_NONE) ||
                   (COH_HW_ATTESTATION_KIND_IS_TPM2 && COH_HW_ATTESTATION_KIND_INDEX == ATTEST_TPM2) ||
                   (COH_HW_ATTESTATION_KIND_IS_DICE && COH_HW_ATTESTATION_KIND_INDEX == ATTEST_DICE),
               "the manifest's kinds have the record's numbers");
_Static_assert(!COH_HW_ATTESTATION_ENABLED || !COH_KEYS_EMBEDDED, "an image that attests embeds no keys");

static const uint8_t zeros[ATTEST_DIGEST_BYTES];

static const char *const log_names[ATTEST_LOG] = {
    [ATTEST_LOADER] = "loader",         [ATTEST_TABLE] = "table", [ATTEST_KERNEL] = "kernel",
    [ATTEST_ROOTSERVER] = "rootserver", [ATTEST_DTB] = "dtb",     [ATTEST_MANIFEST] = "manifest",
    [ATTEST_PROVISION] = "provision",   [ATTEST_TREE] = "tree",
};

static const char *const refusals[ATTEST_STATUS_COUNT] = {
    [ATTEST_NO_SECRET] = "attestation: the loader found no device secret: make the image with --device-secret",
    [ATTEST_TPM_ABSENT] = "attestation: the machine has no TPM 2.0",
    [ATTEST_TPM_SILENT] = "attestation: the TPM does not answer",
    [ATTEST_TPM_GARBLED] = "attestation: the TPM's answer is none",
    [ATTEST_TPM_STARTUP] = "attestation: the TPM refused to start",
    [ATTEST_TPM_EXTEND] = "attestation: the TPM refused a measurement",
    [ATTEST_TPM_PCR] = "attestation: the TPM's PCR is not the measurement: reset the machine, not the loader alone",
    [ATTEST_TPM_UNSEAL] = "attestation: the TPM refused to unseal: the keys were sealed to another image, or by another TPM",
    [ATTEST_TPM_NO_PARENT] = "attestation: the TPM has no storage key at 0x81000001 that the keys were sealed under",
};

static const char *const kinds[] = {[ATTEST_NONE] = "none", [ATTEST_TPM2] = "tpm2", [ATTEST_DICE] = "dice"};
static const char *const states[] = {"unmeasured", "damaged", "measured", "attested"};

static const struct attest_record *record(const struct hive *h)
{
    return (const struct attest_record *)(const void *)h->facts.evidence;
}

static bool is_zero(const uint8_t *digest) { return memcmp(digest, zeros, sizeof zeros) == 0; }

/* ---- /proc/attest ---- */

/* `key=hex`, a line for each 64 bytes, `none` for none. */
static void show_hex(struct text *out, const char *key, struct bytes raw)
{
    if (!raw.n)
        text_say(out, key, "=none\n");
    for (size_t at = 0; at < raw.n; at += 64) {
        BUF(hex, 128);
        buf_hex(&hex, bytes_sub(raw, at, 64));
        text_say(out, key, "=", buf_bytes(&hex), "\n");
    }
}

static void show_digest(struct text *out, const char *key, const uint8_t *digest)
{
    show_hex(out, key, bytes_of(digest, is_zero(digest) ? 0 : ATTEST_DIGEST_BYTES));
}

static bool measured(const struct hive *h) { return h->attest.state >= ATTEST_MEASURED; }

static void show_evidence(const struct hive *h, const uint64_t *arg, struct text *out)
{
    text_say(out, "record=", measured(h) ? 1 : 0, "\nkind=", kinds[KIND], "\nhash=sha256\n");
    if (measured(h)) {
        const struct attest_record *r = record(h);
        for (uint32_t i = 0; i < ATTEST_LOG; i++)
            show_digest(out, log_names[i], r->digests[i]);
        show_digest(out, "measurement", r->measurement);
        show_hex(out, "quote", bytes_of(r->quote, r->quote_bytes));
        show_hex(out, "signature", bytes_of(r->signature, r->signature_bytes));
    }
    text_say(out, "manifest.sha256=" COH_MANIFEST_SHA256 "\n");
}

static const char *quoted(const struct hive *h) { return measured(h) && record(h)->quote_bytes ? "yes" : "no"; }
static const char *sealed(const struct hive *h) { return h->attest.sealed ? "yes" : "no"; }

static void show_summary(const struct hive *h, const uint64_t *arg, struct text *out)
{
    text_say(out, "kind=", kinds[KIND], "\nstate=", states[h->attest.state], "\nsealed=", sealed(h), "\nquote=", quoted(h), "\n");
    show_digest(out, "measurement", measured(h) ? record(h)->measurement : zeros);
    show_digest(out, "evidence.sha256", h->attest.evidence);
    text_say(out, "manifest.sha256=" COH_MANIFEST_SHA256 "\n");
}

static void cbor_summary(const struct hive *h, const uint64_t *arg, struct text *out)
{
    BUF(evidence, 2 * HASH_BYTES);
    BUF(measurement, 2 * HASH_BYTES);
    buf_hex(&evidence, bytes_of(h->attest.evidence, HASH_BYTES));
    if (measured(h))
        buf_hex(&measurement, bytes_of(record(h)->measurement, HASH_BYTES));
    cbor_pairs(out, "kind", kinds[KIND], "quote", quoted(h), "state", states[h->attest.state], "sealed", sealed(h),
               "measurement", measured(h) ? buf_bytes(&measurement) : bytes_str("none"), "evidence.sha256", buf_bytes(&evidence),
               "manifest.sha256", COH_MANIFEST_SHA256);
}

void attest_show_boot(const struct hive *h, struct text *out)
{
    text_say(out, "attestation=", kinds[KIND], "\nattestation.state=", states[h->attest.state], "\n");
    show_digest(out, "attestation.measurement", measured(h) ? record(h)->measurement : zeros);
    show_digest(out, "attestation.evidence", h->attest.evidence);
}

/* ---- the record ---- */

static bool chain_holds(const struct attest_record *r)
{
    uint8_t link[2 * HASH_BYTES] = {0};
    for (uint32_t i = 0; i < ATTEST_CHAIN; i++) {
        memcpy(link + HASH_BYTES, r->digests[i], HASH_BYTES);
        sha256(bytes_of(link, sizeof link), link);
    }
    return memcmp(link, r->measurement, HASH_BYTES) == 0;
}

static bool record_whole(const struct attest_record *r)
{
    uint8_t sum[HASH_BYTES];
    sha256(bytes_of(r, offsetof(struct attest_record, sha256)), sum);
    return memcmp(sum, r->sha256, HASH_BYTES) == 0 && bytes_is(bytes_of(r->magic, sizeof r->magic), ATTEST_MAGIC) &&
           r->status < ATTEST_STATUS_COUNT && r->quote_bytes <= ATTEST_QUOTE_MAX && r->signature_bytes <= ATTEST_QUOTE_MAX &&
           chain_holds(r);
}

static const char *look(struct hive *h)
{
    static const uint8_t nothing[sizeof(struct attest_record)];
    uint8_t manifest[HASH_BYTES];
    const struct attest_record *r = record(h);
    if (!r || memcmp(r, nothing, sizeof nothing) == 0)
        return "attestation: the loader handed over no measurement record: make the image again, with this version's loader";
    h->attest.state = ATTEST_DAMAGED;
    if (!record_whole(r))
        return "attestation: the measurement record is damaged";
    h->attest.state = ATTEST_MEASURED;
    sha256(bytes_str(COH_MANIFEST_SHA256), manifest);
    if (memcmp(manifest, r->digests[ATTEST_MANIFEST], HASH_BYTES) != 0)
        return "attestation: the image was measured with another manifest than this root task was built from";
    if (r->kind != KIND)
        return "attestation: the image's table asks for another kind than the manifest: make it again from this manifest";
    return refusals[r->status];
}

/* ---- the keys ---- */

/* XORs the content with the stream that key and tag give. */
static void uncover(const uint8_t *key, struct bytes tag, uint8_t *content, size_t n)
{
    uint8_t seed[HASH_BYTES + 4], block[HASH_BYTES];
    memcpy(seed, tag.p, HASH_BYTES);
    for (size_t at = 0; at < n; at++) {
        if (at % HASH_BYTES == 0) {
            uint32_t number = (uint32_t)(at / HASH_BYTES);
            memcpy(seed + HASH_BYTES, &number, sizeof number);
            blake3_keyed(key, bytes_of(seed, sizeof seed), block);
        }
        content[at] ^= block[at % HASH_BYTES];
    }
}

/* Opens the blob into h->attest.opened, which holds nothing of it unless it is whole. */
static const char *unseal(struct hive *h, const struct attest_record *r, struct bytes blob)
{
    struct reader rd = reader_of(blob);
    struct bytes magic = rd_bytes(&rd, sizeof SEAL_MAGIC - 1);
    uint32_t kind = rd_u32(&rd), skip = rd_u16(&rd);
    skip += rd_u16(&rd);
    struct bytes to = rd_bytes(&rd, HASH_BYTES), tag = rd_bytes(&rd, HASH_BYTES);
    uint32_t n = rd_u32(&rd);
    rd_bytes(&rd, skip);
    struct bytes content = rd_bytes(&rd, n);
    uint8_t key[HASH_BYTES], is[HASH_BYTES], *opened = h->attest.opened + SEAL_BOUND_BYTES;
    if (!bytes_is(magic, SEAL_MAGIC))
        return "attestation: the provisioning blob is missing or not sealed: make it with coh-rtc provision --seal";
    if (rd.bad || n > SEAL_CONTENT_MAX)
        return "attestation: the sealed provisioning blob is cut short";
    if (kind != r->kind || memcmp(to.p, r->measurement, HASH_BYTES) != 0)
        return "attestation: the provisioning blob is sealed to another image: seal it to this one's measurements.json";
    memcpy(h->attest.opened, blob.p, SEAL_BOUND_BYTES);
    memcpy(opened, content.p, n);
    blake3_keyed(r->key, bytes_str(SEAL_STREAM_LABEL), key);
    uncover(key, tag, opened, n);
    blake3_keyed(r->key, bytes_str(SEAL_TAG_LABEL), key);
    blake3_keyed(key, bytes_of(h->attest.opened, SEAL_BOUND_BYTES + n), is);
    bool holds = ct_equal(is, tag.p, HASH_BYTES);
    wipe(key, sizeof key);
    if (!holds) {
        wipe(h->attest.opened, sizeof h->attest.opened);
        return "attestation: the provisioning blob can't be unsealed: it is damaged, or sealed for another device";
    }
    h->attest.sealed = true;
    h->facts.provision = bytes_of(opened, n);
    return NULL;
}

/* A window at a time, so that the file needs no memory of its own. */
static void hash_evidence(struct hive *h)
{
    struct sha256 s;
    uint8_t part[HASH_BYTES * 8];
    struct text t;
    uint64_t at = 0;
    sha256_begin(&s);
    do {
        t = text_window(part, sizeof part, at);
        show_evidence(h, NULL, &t);
        sha256_more(&s, bytes_of(part, t.n));
        at += t.n;
    } while (t.n);
    sha256_end(&s, h->attest.evidence);
}

const char *attest_init(struct hive *h)
{
    const char *why = look(h);
    if (COH_HW_ATTESTATION_ENABLED && !why)
        why = unseal(h, record(h), h->facts.provision);
    if (h->facts.evidence)
        wipe(h->facts.evidence + offsetof(struct attest_record, key), ATTEST_DIGEST_BYTES);
    if (COH_HW_ATTESTATION_ENABLED && !why)
        h->attest.state = ATTEST_ATTESTED;
    hash_evidence(h);
    return COH_HW_ATTESTATION_ENABLED ? why : NULL;
}

static const struct ns_pattern patterns[] = {
    {.path = "/proc/attest/summary", .gate = true, .cbor = true, .ops = NS_OPS(.show = show_summary, .cbor = cbor_summary)},
    {.path = "/proc/attest/evidence", .gate = true, .ops = NS_OPS(.show = show_evidence)},
};
const struct ns_table attest_nodes = {NS_PATTERNS(patterns)};
