/* TPM 2.0 commands; see tpm.h. Numbers are those of the TPM 2.0 Library, part 2; all are big-endian on the wire. */
#include "attest/tpm.h"

#include <string.h>

#define HEADER_BYTES 10u
#define TAG_NO_SESSIONS 0x8001u
#define TAG_SESSIONS 0x8002u

#define CC_STARTUP 0x144u
#define CC_LOAD 0x157u
#define CC_QUOTE 0x158u
#define CC_UNSEAL 0x15eu
#define CC_FLUSH_CONTEXT 0x165u
#define CC_START_AUTH_SESSION 0x176u
#define CC_GET_CAPABILITY 0x17au
#define CC_PCR_READ 0x17eu
#define CC_POLICY_PCR 0x17fu
#define CC_PCR_EXTEND 0x182u

#define RC_INITIALIZE 0x100u /* somebody started it before */
#define RC_NO_SUCH_HANDLE 0x18bu /* TPM_RC_HANDLE, of the first handle */
#define RC_TESTING 0x90au
#define RC_RETRY 0x922u
#define RETRIES 40u

#define ALG_SHA256 0x000bu
#define ALG_NULL 0x0010u
#define RH_NULL 0x40000007u
#define RS_PASSWORD 0x40000009u
#define SE_POLICY 1u
#define CAP_PROPERTIES 6u
#define PT_FAMILY 0x100u
#define FAMILY_2_0 0x322e3000u /* "2.0" */
#define NONCE_BYTES 16u
#define PCR_SELECT_BYTES 3u

/* ---- one writer, one reader ---- */

static void put(struct tpm *t, const void *p, size_t n)
{
    if (n > sizeof t->io - t->n) {
        t->bad = true;
        return;
    }
    memcpy(t->io + t->n, p, n);
    t->n += n;
}

static void put_number(struct tpm *t, uint32_t v, size_t n)
{
    uint8_t be[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
    put(t, be + 4 - n, n);
}

static const uint8_t *take(struct tpm *t, size_t n)
{
    if (t->bad || n > t->n - t->at) {
        t->bad = true;
        return NULL;
    }
    t->at += n;
    return t->io + t->at - n;
}

static uint32_t take_number(struct tpm *t, size_t n)
{
    const uint8_t *p = take(t, n);
    uint32_t v = 0;
    for (size_t i = 0; p && i < n; i++)
        v = v << 8 | p[i];
    return v;
}

/* ---- a command and its answer ---- */

static void begin(struct tpm *t, uint32_t tag, uint32_t command)
{
    t->n = t->at = 0;
    t->bad = false;
    put_number(t, tag, 2);
    put_number(t, 0, 4);
    put_number(t, command, 4);
}

/* The one authorization of a command: a session, or the empty password. */
static void put_authorization(struct tpm *t, uint32_t session)
{
    put_number(t, 9, 4);
    put_number(t, session, 4);
    put_number(t, 0, 2); /* no nonce */
    put_number(t, 0, 1); /* the session ends with the command */
    put_number(t, 0, 2); /* no password, no HMAC */
}

static void put_pcr(struct tpm *t)
{
    static const uint8_t select[PCR_SELECT_BYTES] = {[TPM_PCR / 8] = 1u << TPM_PCR % 8};
    put_number(t, 1, 4);
    put_number(t, ALG_SHA256, 2);
    put_number(t, PCR_SELECT_BYTES, 1);
    put(t, select, sizeof select);
}

/* Sends the command once. The answer lies in io then, read up to its response code; false: there is none. */
static enum attest_status exchange(struct tpm *t, const uint8_t *command, size_t n)
{
    size_t got = 0;
    if (!t->by->exchange(t->by, command, n, t->io, sizeof t->io, &got))
        return ATTEST_TPM_SILENT;
    t->n = got <= sizeof t->io ? got : 0;
    t->at = 0;
    t->bad = false;
    uint32_t tag = take_number(t, 2), size = take_number(t, 4);
    t->code = take_number(t, 4);
    if (t->bad || size != t->n || (t->code == 0 && tag != TAG_NO_SESSIONS && tag != TAG_SESSIONS))
        return ATTEST_TPM_GARBLED;
    return ATTEST_FINE;
}

/* Sends what was begun. ATTEST_FINE: the TPM did it; refused: it did not, and t->code says why. */
static enum attest_status run(struct tpm *t, enum attest_status refused)
{
    uint8_t command[TPM_IO_BYTES];
    size_t n = t->n;
    if (t->bad)
        return refused;
    for (size_t i = 0; i < 4; i++)
        t->io[2 + i] = (uint8_t)(n >> (24 - 8 * i));
    memcpy(command, t->io, n);
    for (unsigned tries = 0;; tries++) {
        enum attest_status s = exchange(t, command, n);
        if (s != ATTEST_FINE)
            return s;
        if (tries == RETRIES || (t->code != RC_TESTING && t->code != RC_RETRY))
            return t->code == 0 ? ATTEST_FINE : refused;
        t->by->rest(t->by);
    }
}

/* ---- the commands ---- */

static enum attest_status start(struct tpm *t)
{
    begin(t, TAG_NO_SESSIONS, CC_STARTUP);
    put_number(t, 0, 2); /* from nothing, not from a saved state */
    enum attest_status s = run(t, ATTEST_TPM_STARTUP);
    if (s != ATTEST_FINE && !(s == ATTEST_TPM_STARTUP && t->code == RC_INITIALIZE))
        return s;
    begin(t, TAG_NO_SESSIONS, CC_GET_CAPABILITY);
    put_number(t, CAP_PROPERTIES, 4);
    put_number(t, PT_FAMILY, 4);
    put_number(t, 1, 4);
    s = run(t, ATTEST_TPM_STARTUP);
    if (s != ATTEST_FINE)
        return s;
    take(t, 1 + 4 + 4); /* whether there is more; the capability; how many properties */
    uint32_t property = take_number(t, 4), value = take_number(t, 4);
    return !t->bad && property == PT_FAMILY && value == FAMILY_2_0 ? ATTEST_FINE : ATTEST_TPM_ABSENT;
}

static enum attest_status extend(struct tpm *t, const uint8_t *digest)
{
    begin(t, TAG_SESSIONS, CC_PCR_EXTEND);
    put_number(t, TPM_PCR, 4);
    put_authorization(t, RS_PASSWORD);
    put_number(t, 1, 4);
    put_number(t, ALG_SHA256, 2);
    put(t, digest, ATTEST_DIGEST_BYTES);
    return run(t, ATTEST_TPM_EXTEND);
}

static enum attest_status check_pcr(struct tpm *t, const uint8_t *measurement)
{
    begin(t, TAG_NO_SESSIONS, CC_PCR_READ);
    put_pcr(t);
    enum attest_status s = run(t, ATTEST_TPM_PCR);
    if (s != ATTEST_FINE)
        return s;
    take(t, 4); /* how often any PCR was changed */
    uint32_t selections = take_number(t, 4);
    take(t, 2 + 1 + PCR_SELECT_BYTES);
    uint32_t digests = take_number(t, 4), size = take_number(t, 2);
    const uint8_t *value = take(t, ATTEST_DIGEST_BYTES);
    if (selections != 1 || digests != 1 || size != ATTEST_DIGEST_BYTES || !value)
        return ATTEST_TPM_PCR; /* it has no such bank, or none of this PCR */
    return memcmp(value, measurement, ATTEST_DIGEST_BYTES) == 0 ? ATTEST_FINE : ATTEST_TPM_PCR;
}

static enum attest_status measure_into(struct tpm *t, const struct attest_record *r)
{
    enum attest_status s = start(t);
    for (unsigned i = 0; i < ATTEST_CHAIN && s == ATTEST_FINE; i++)
        s = extend(t, r->digests[i]);
    return s == ATTEST_FINE ? check_pcr(t, r->measurement) : s;
}

/* ---- the sealed object ---- */

struct object {
    const uint8_t *public, *private;
    size_t public_n, private_n;
};

static size_t little(const uint8_t *p) { return (size_t)p[0] | (size_t)p[1] << 8; }

/* The TPM's object in a sealed blob. False: it is none, or not whole; then the root task says so. */
static bool object_of(const uint8_t *blob, size_t n, struct object *o)
{
    if (!blob || n < SEAL_HEAD_BYTES || memcmp(blob, SEAL_MAGIC, 8) != 0 || blob[8] != ATTEST_TPM2)
        return false;
    o->public_n = little(blob + 12);
    o->private_n = little(blob + 14);
    o->public = blob + SEAL_HEAD_BYTES;
    o->private = o->public + o->public_n;
    return o->public_n > 0 && o->private_n > 0 && o->public_n + o->private_n <= n - SEAL_HEAD_BYTES;
}

static enum attest_status load(struct tpm *t, const struct object *o, uint32_t *handle)
{
    begin(t, TAG_SESSIONS, CC_LOAD);
    put_number(t, TPM_STORAGE_KEY, 4);
    put_authorization(t, RS_PASSWORD);
    put(t, o->private, o->private_n);
    put(t, o->public, o->public_n);
    enum attest_status s = run(t, ATTEST_TPM_UNSEAL);
    if (s == ATTEST_TPM_UNSEAL && t->code == RC_NO_SUCH_HANDLE)
        return ATTEST_TPM_NO_PARENT;
    *handle = take_number(t, 4);
    return s == ATTEST_FINE && t->bad ? ATTEST_TPM_GARBLED : s;
}

/* A session that proves what is in TPM_PCR. */
static enum attest_status prove_pcr(struct tpm *t, uint32_t *session)
{
    static const uint8_t nonce[NONCE_BYTES];
    begin(t, TAG_NO_SESSIONS, CC_START_AUTH_SESSION);
    put_number(t, RH_NULL, 4);
    put_number(t, RH_NULL, 4);
    put_number(t, NONCE_BYTES, 2);
    put(t, nonce, sizeof nonce); /* nothing is proven by an HMAC, so that a nonce would prove nothing */
    put_number(t, 0, 2);
    put_number(t, SE_POLICY, 1);
    put_number(t, ALG_NULL, 2);
    put_number(t, ALG_SHA256, 2);
    enum attest_status s = run(t, ATTEST_TPM_UNSEAL);
    *session = take_number(t, 4);
    if (s != ATTEST_FINE || t->bad)
        return s != ATTEST_FINE ? s : ATTEST_TPM_GARBLED;
    begin(t, TAG_NO_SESSIONS, CC_POLICY_PCR);
    put_number(t, *session, 4);
    put_number(t, 0, 2); /* whatever is in it: the object's policy says what must be */
    put_pcr(t);
    return run(t, ATTEST_TPM_UNSEAL);
}

static void flush(struct tpm *t, uint32_t handle)
{
    begin(t, TAG_NO_SESSIONS, CC_FLUSH_CONTEXT);
    put_number(t, handle, 4);
    run(t, ATTEST_TPM_UNSEAL); /* nothing depends on it but room in the TPM */
}

static enum attest_status unseal_by(struct tpm *t, uint32_t object, uint32_t session, uint8_t *key)
{
    begin(t, TAG_SESSIONS, CC_UNSEAL);
    put_number(t, object, 4);
    put_authorization(t, session);
    enum attest_status s = run(t, ATTEST_TPM_UNSEAL);
    if (s != ATTEST_FINE)
        return s;
    take(t, 4); /* bytes of the parameters */
    uint32_t size = take_number(t, 2);
    const uint8_t *data = take(t, ATTEST_DIGEST_BYTES);
    if (size != ATTEST_DIGEST_BYTES || !data)
        return ATTEST_TPM_UNSEAL;
    memcpy(key, data, ATTEST_DIGEST_BYTES);
    return ATTEST_FINE;
}

static enum attest_status unseal(struct tpm *t, const struct object *o, uint8_t *key)
{
    uint32_t object = 0, session = 0;
    enum attest_status s = load(t, o, &object);
    if (s != ATTEST_FINE)
        return s;
    s = prove_pcr(t, &session);
    if (s == ATTEST_FINE)
        s = unseal_by(t, object, session, key);
    uint32_t code = t->code;
    if (s != ATTEST_FINE && session)
        flush(t, session);
    flush(t, object);
    t->code = code;
    return s;
}

/* A quoting key is the operator's choice: without one there is no quote, and nothing is wrong. */
static void quote(struct tpm *t, struct attest_record *r, const uint8_t *manifest)
{
    begin(t, TAG_SESSIONS, CC_QUOTE);
    put_number(t, TPM_QUOTE_KEY, 4);
    put_authorization(t, RS_PASSWORD);
    put_number(t, ATTEST_DIGEST_BYTES, 2);
    put(t, manifest, ATTEST_DIGEST_BYTES);
    put_number(t, ALG_NULL, 2); /* the key's own scheme */
    put_pcr(t);
    if (run(t, ATTEST_TPM_UNSEAL) != ATTEST_FINE)
        return;
    uint32_t parameters = take_number(t, 4), quoted = take_number(t, 2);
    const uint8_t *q = take(t, quoted);
    if (!q || quoted > ATTEST_QUOTE_MAX || parameters < 2 + quoted)
        return;
    uint32_t signed_n = parameters - 2 - quoted;
    const uint8_t *s = signed_n <= ATTEST_QUOTE_MAX ? take(t, signed_n) : NULL;
    if (!s)
        return;
    memcpy(r->quote, q, quoted);
    memcpy(r->signature, s, signed_n);
    r->quote_bytes = quoted;
    r->signature_bytes = signed_n;
}

void tpm_attest(struct tpm *t, struct attest_record *r, const uint8_t *manifest, const uint8_t *blob, size_t n)
{
    struct object o;
    enum attest_status s = measure_into(t, r);
    if (s == ATTEST_FINE && object_of(blob, n, &o))
        s = unseal(t, &o, r->key);
    r->status = (uint32_t)s;
    r->code = s == ATTEST_FINE ? 0 : t->code;
    if (s == ATTEST_FINE)
        quote(t, r, manifest);
    memset(t->io, 0, sizeof t->io);
    __asm__ volatile("" : : "r"(t->io) : "memory"); /* the key passed through it */
}
