/* TPM over TIS; see tis.h. Register bits are those of the profile, tables "Access Register" and "Status Register". */
#include "attest/tis.h"

#define ACCESS 0x00u
#define ACCESS_REQUEST 0x02u
#define ACCESS_ACTIVE 0x20u
#define ACCESS_VALID 0x80u
#define STS 0x18u /* its low byte; the next two are the burst count */
#define STS_EXPECT 0x08u
#define STS_DATA 0x10u
#define STS_GO 0x20u
#define STS_READY 0x40u
#define STS_VALID 0x80u
#define FIFO 0x24u

#define STEP_MS 2000u     /* the longest time-out of the profile, B */
#define COMMAND_MS 20000u /* what these commands may take: keys are loaded, none is made */
#define HEADER_BYTES 10u

/* Waits until the bits under mask are as wanted. */
static bool await(struct tis *t, uint32_t reg, uint8_t mask, uint8_t wanted, uint64_t ms)
{
    uint64_t end = t->now_ms(t) + ms;
    while ((t->read(t, reg) & mask) != wanted)
        if (t->now_ms(t) > end)
            return false;
    return true;
}

/* Bytes that may be moved now; 0: none within the time. */
static uint32_t burst(struct tis *t)
{
    uint64_t end = t->now_ms(t) + STEP_MS;
    uint32_t n;
    do {
        n = (uint32_t)t->read(t, STS + 1) | (uint32_t)t->read(t, STS + 2) << 8;
    } while (n == 0 && t->now_ms(t) <= end);
    return n;
}

static bool send(struct tis *t, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint32_t now = burst(t);
        if (now == 0)
            return false;
        for (; now > 0 && i < n; now--)
            t->write(t, FIFO, p[i++]);
    }
    return await(t, STS, STS_VALID | STS_EXPECT, STS_VALID, STEP_MS);
}

/* The answer's header says how long it is; more than that is not read, more than cap not kept. */
static bool receive(struct tis *t, uint8_t *p, size_t cap, size_t *got)
{
    size_t wanted = HEADER_BYTES, n = 0;
    while (n < wanted) {
        uint32_t now = await(t, STS, STS_VALID | STS_DATA, STS_VALID | STS_DATA, STEP_MS) ? burst(t) : 0;
        if (now == 0)
            return false;
        for (; now > 0 && n < wanted; now--) {
            p[n++] = t->read(t, FIFO);
            if (n == HEADER_BYTES)
                wanted = (size_t)p[2] << 24 | (size_t)p[3] << 16 | (size_t)p[4] << 8 | p[5];
            if (wanted > cap)
                return false;
        }
    }
    *got = n;
    return true;
}

static bool tis_exchange(struct tpm_transport *by, const uint8_t *command, size_t n, uint8_t *answer, size_t cap, size_t *got)
{
    struct tis *t = (struct tis *)(void *)by;
    t->write(t, ACCESS, ACCESS_REQUEST);
    if (!await(t, ACCESS, ACCESS_VALID | ACCESS_ACTIVE, ACCESS_VALID | ACCESS_ACTIVE, STEP_MS))
        return false;
    t->write(t, STS, STS_READY);
    if (!await(t, STS, STS_READY, STS_READY, STEP_MS) || !send(t, command, n))
        return false;
    t->write(t, STS, STS_GO);
    bool answered = await(t, STS, STS_VALID | STS_DATA, STS_VALID | STS_DATA, COMMAND_MS) && receive(t, answer, cap, got);
    t->write(t, STS, STS_READY); /* ends the command, whatever became of it */
    return answered;
}

static void tis_rest(struct tpm_transport *by)
{
    struct tis *t = (struct tis *)(void *)by;
    uint64_t end = t->now_ms(t) + 50;
    while (t->now_ms(t) < end)
        ;
}

void tis_init(struct tis *t)
{
    t->transport = (struct tpm_transport){.exchange = tis_exchange, .rest = tis_rest};
}
