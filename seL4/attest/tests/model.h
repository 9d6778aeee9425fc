/* A TPM behind the registers of TIS, as far as tpm.c asks anything of it, and as wrong as a test wants. */
#pragma once

#include "attest/tis.h"

struct model {
    struct tis t; /* first */
    uint64_t clock_ms;
    uint8_t command[TPM_IO_BYTES], answer[TPM_IO_BYTES];
    size_t command_n, answer_n, answer_at;
    bool active, ready, answered;
    /* What it holds. */
    uint8_t pcr[ATTEST_DIGEST_BYTES], unseals[ATTEST_DIGEST_BYTES];
    uint32_t unseal_size;
    bool has_quote_key, started;
    uint32_t family; /* of its specification */
    /* What is wrong with it. */
    uint32_t refuses, code;      /* it answers this command with this code */
    uint32_t busy;               /* so often a command is answered with TPM_RC_RETRY first */
    uint32_t silent;             /* it never answers this command */
    uint32_t cuts;               /* answers lose so many bytes at their end, and say so */
    uint32_t lies;               /* answers say that they are so many bytes longer than they are */
    bool no_locality, no_burst, expects_for_ever;
    bool (*instead)(struct model *m); /* makes the answer by itself: true */
    uint32_t commands;           /* how many came */
};

void model_init(struct model *m);
/* The digest that an extension makes of one. */
void model_extend(uint8_t pcr[ATTEST_DIGEST_BYTES], const uint8_t *digest);
