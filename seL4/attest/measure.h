/* Measuring: digests of what is loaded, their chain, and the key that only this chain on this device gives. Pure functions;
 * the loader calls them, and tests do. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "attest/record.h"
#include "loader/payload.h"

/* Whoever links measure.c brings it. */
void measure_sha256(const void *data, size_t n, uint8_t out[ATTEST_DIGEST_BYTES]);

/* Begins a record: everything zero but magic and kind. */
void measure_begin(struct attest_record *r, enum attest_kind kind);
/* The digests of table and payloads, from a table whose sums have been checked. Of the table that is SHA-256 over
 * PAYLOAD_TABLE_BYTES in which total_bytes, provision_virt, table_sha256 and each entry's offset are zero and the entries of
 * provisioning blob and device secret are left out: it is the same whether or not an image holds them. */
void measure_table(struct attest_record *r, const struct payload_table *t);
/* The digest of n bytes. */
void measure_bytes(struct attest_record *r, enum attest_log what, const void *data, size_t n);
/* The measurement, once all of the chain's digests are there. */
void measure_chain(struct attest_record *r);
/* DICE: the record's key = HMAC-SHA256(secret, measurement). secret has 32 bytes; NULL: the status says that there is none. */
void measure_dice(struct attest_record *r, const uint8_t *secret);
/* The sum: the record is whole. */
void measure_end(struct attest_record *r);
