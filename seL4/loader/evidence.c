/* The measurement record (attest/record.h): made once all sums have been checked, put into the rootserver's page. */
#include "generated/board.h"
#include "loader.h"

#include <string.h>

#include "attest/measure.h"
#include "attest/tis.h"

static struct attest_record record;

void measure_sha256(const void *data, size_t n, uint8_t out[ATTEST_DIGEST_BYTES])
{
    sha256(data, n, out);
}

/* So that nothing of a secret is left in memory either. */
static void wipe(void *p, size_t n)
{
    memset(p, 0, n);
    cache_clean((uint64_t)(uintptr_t)p, (uint64_t)(uintptr_t)p + n);
}

void evidence_wipe_secret(uint8_t *secret)
{
    if (secret)
        wipe(secret, SECRET_BYTES);
}

/* ---- the TPM ---- */

static struct tis bus;
static struct tpm tpm;
static uint64_t tpm_base;

static uint8_t tpm_read(struct tis *t, uint32_t reg)
{
    (void)t;
    return *(volatile uint8_t *)(uintptr_t)(tpm_base + reg);
}

static void tpm_write(struct tis *t, uint32_t reg, uint8_t value)
{
    (void)t;
    *(volatile uint8_t *)(uintptr_t)(tpm_base + reg) = value;
}

static uint64_t now_ms(struct tis *t)
{
    uint64_t hz, ticks;
    (void)t;
    __asm__ volatile("isb; mrs %0, cntvct_el0; mrs %1, cntfrq_el0" : "=r"(ticks), "=r"(hz));
    return hz < 1000 ? ticks : ticks / (hz / 1000);
}

/* mmu.c maps the GiB that the UART is in as device. */
static bool reachable(uint64_t base)
{
    return base && base >> 30 == (uint64_t)COH_BOARD_UART_PADDR >> 30 && (base + TIS_BYTES) >> 30 == base >> 30;
}

static void ask_tpm(const struct payload_table *t, struct range tree, struct range sealed)
{
    tpm_base = fdt_tpm((const uint8_t *)(uintptr_t)tree.start, tree.end - tree.start);
    if (!reachable(tpm_base)) {
        record.status = ATTEST_TPM_ABSENT;
        return;
    }
    bus.read = tpm_read;
    bus.write = tpm_write;
    bus.now_ms = now_ms;
    tis_init(&bus);
    tpm.by = &bus.transport;
    tpm_attest(&tpm, &record, t->manifest_sha256, (const uint8_t *)(uintptr_t)sealed.start, sealed.end - sealed.start);
}

static void say_trouble(void)
{
    static const char names[ATTEST_STATUS_COUNT][24] = {
        "", "no device secret", "no TPM 2.0", "the TPM is silent", "the TPM's answer is none", "start refused",
        "extend refused", "PCR differs", "unseal refused", "no storage key",
    };
    if (record.status == ATTEST_FINE)
        return;
    say("loader: attestation: ");
    say(names[record.status]);
    say(": code ");
    say_hex(record.code);
    say("\n");
}

void evidence_make(const struct payload_table *t, struct range tree, struct range sealed, uint8_t *secret)
{
    enum attest_kind kind = (enum attest_kind)(t->flags >> PAYLOAD_ATTESTATION_SHIFT & PAYLOAD_ATTESTATION_MASK);
    measure_begin(&record, kind);
    measure_table(&record, t);
    measure_bytes(&record, ATTEST_LOADER, image_measured, (size_t)(image_measured_end - image_measured));
    measure_bytes(&record, ATTEST_TREE, (const void *)(uintptr_t)tree.start, tree.end - tree.start);
    measure_chain(&record);
    if (kind == ATTEST_DICE)
        measure_dice(&record, secret);
    if (kind == ATTEST_TPM2)
        ask_tpm(t, tree, sealed);
    evidence_wipe_secret(secret);
    say_trouble();
    measure_end(&record);
    say("loader: measurement=");
    say_digest(record.measurement, sizeof record.measurement);
    say("\n");
}

void evidence_put(uint8_t *page)
{
    memcpy(page, &record, sizeof record);
    wipe(record.key, sizeof record.key);
}
