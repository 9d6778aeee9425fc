/* The FIFO interface of a TPM that lies in memory (TCG PC Client Platform TPM Profile, "TIS"), locality 0, polled: every wait
 * ends. The registers are reached byte by byte, through functions that the machine brings. */
#pragma once

#include "attest/tpm.h"

/* Bytes that the registers of locality 0 take. */
#define TIS_BYTES 0x1000u

struct tis {
    struct tpm_transport transport; /* first: it is what the TPM's commands see */
    uint8_t (*read)(struct tis *t, uint32_t reg);
    void (*write)(struct tis *t, uint32_t reg, uint8_t value);
    /* Milliseconds of a clock that only goes forward. */
    uint64_t (*now_ms)(struct tis *t);
};

/* Sets t->transport; read, write and now_ms are set. */
void tis_init(struct tis *t);
