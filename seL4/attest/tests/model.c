/* The model; see model.h. */
#include "model.h"

#include <string.h>

#include "attest/measure.h"

#define ACTIVE_VALID 0xa0u

static void put_be(struct model *m, uint32_t v, size_t n)
{
    for (size_t i = n; i-- > 0;)
        m->answer[m->answer_n++] = (uint8_t)(v >> 8 * i);
}

static void put_raw(struct model *m, const void *p, size_t n)
{
    memcpy(m->answer + m->answer_n, p, n);
    m->answer_n += n;
}

static uint32_t be32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

void model_extend(uint8_t pcr[ATTEST_DIGEST_BYTES], const uint8_t *digest)
{
    uint8_t both[2 * ATTEST_DIGEST_BYTES];
    memcpy(both, pcr, ATTEST_DIGEST_BYTES);
    memcpy(both + ATTEST_DIGEST_BYTES, digest, ATTEST_DIGEST_BYTES);
    measure_sha256(both, sizeof both, pcr);
}

/* The parameters of an answer without faults. Returns its response code. */
static uint32_t perform(struct model *m, uint32_t command)
{
    static const uint8_t quoted[40] = {0xff, 'T', 'C', 'G'}, signature[70] = {0x00, 0x18};
    switch (command) {
    case 0x144: /* Startup */
        if (m->started)
            return 0x100;
        m->started = true;
        return 0;
    case 0x17a: /* GetCapability */
        put_be(m, 0, 1);
        put_be(m, 6, 4);
        put_be(m, 1, 4);
        put_be(m, 0x100, 4);
        put_be(m, m->family, 4);
        return 0;
    case 0x182: /* PCR_Extend: header, handle, authorization, count, algorithm, digest */
        model_extend(m->pcr, m->command + 10 + 4 + 13 + 4 + 2);
        put_be(m, 0, 4);
        return 0;
    case 0x17e: /* PCR_Read */
        put_be(m, 24, 4);
        put_be(m, 1, 4);
        put_be(m, 0x000b, 2);
        put_be(m, 3, 1);
        put_be(m, 0x000100, 3);
        put_be(m, 1, 4);
        put_be(m, ATTEST_DIGEST_BYTES, 2);
        put_raw(m, m->pcr, ATTEST_DIGEST_BYTES);
        return 0;
    case 0x157: /* Load */
        put_be(m, 0x80000000, 4);
        put_be(m, 0, 4);
        return 0;
    case 0x176: /* StartAuthSession */
        put_be(m, 0x03000000, 4);
        put_be(m, 16, 2);
        put_raw(m, quoted, 16);
        return 0;
    case 0x15e: /* Unseal */
        put_be(m, 2 + m->unseal_size, 4);
        put_be(m, m->unseal_size, 2);
        put_raw(m, m->unseals, m->unseal_size);
        return 0;
    case 0x158: /* Quote */
        if (!m->has_quote_key)
            return 0x18b;
        put_be(m, 2 + sizeof quoted + sizeof signature, 4);
        put_be(m, sizeof quoted, 2);
        put_raw(m, quoted, sizeof quoted);
        put_raw(m, signature, sizeof signature);
        return 0;
    default: /* PolicyPCR, FlushContext */
        return 0;
    }
}

static void answer(struct model *m)
{
    uint32_t command = be32(m->command + 6), rc;
    m->commands++;
    m->answer_at = 0;
    m->answer_n = 10;
    if (m->instead && m->instead(m))
        return;
    if (m->busy) {
        m->busy--;
        rc = 0x922;
    } else {
        rc = command == m->refuses ? m->code : perform(m, command);
    }
    size_t n = rc ? 10 : m->answer_n - (m->cuts < m->answer_n - 10 ? m->cuts : 0);
    m->answer_n = 0;
    put_be(m, rc ? 0x8001 : 0x8002, 2);
    put_be(m, (uint32_t)n + m->lies, 4);
    put_be(m, rc, 4);
    m->answer_n = n;
}

static uint8_t status(const struct model *m)
{
    uint8_t s = 0x80;
    if (m->ready)
        s |= 0x40;
    if (m->answered && m->answer_at < m->answer_n)
        s |= 0x10;
    if (m->expects_for_ever || (m->command_n >= 6 && m->command_n < be32(m->command + 2)))
        s |= 0x08;
    return s;
}

static uint8_t model_read(struct tis *t, uint32_t reg)
{
    struct model *m = (struct model *)(void *)t;
    m->clock_ms++;
    if (reg == 0x00)
        return m->active ? ACTIVE_VALID : 0x80;
    if (reg == 0x18)
        return status(m);
    if (reg == 0x19)
        return m->no_burst ? 0 : 7;
    if (reg == 0x24 && m->answer_at < m->answer_n)
        return m->answer[m->answer_at++];
    return 0;
}

static void model_write(struct tis *t, uint32_t reg, uint8_t value)
{
    struct model *m = (struct model *)(void *)t;
    if (reg == 0x00)
        m->active = !m->no_locality;
    if (reg == 0x18 && value == 0x40) {
        m->ready = true;
        m->answered = false;
        m->command_n = m->answer_n = m->answer_at = 0;
    }
    if (reg == 0x18 && value == 0x20 && m->command_n >= 10) {
        m->answered = be32(m->command + 6) != m->silent;
        answer(m);
    }
    if (reg == 0x24 && m->command_n < sizeof m->command) {
        m->ready = false;
        m->command[m->command_n++] = value;
    }
}

static uint64_t model_now(struct tis *t) { return ((struct model *)(void *)t)->clock_ms++; }

void model_init(struct model *m)
{
    memset(m, 0, sizeof *m);
    m->t.read = model_read;
    m->t.write = model_write;
    m->t.now_ms = model_now;
    m->family = 0x322e3000;
    m->unseal_size = ATTEST_DIGEST_BYTES;
    m->has_quote_key = true;
    memset(m->unseals, 0x5e, sizeof m->unseals);
    tis_init(&m->t);
}
