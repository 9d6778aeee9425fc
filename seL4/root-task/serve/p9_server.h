/* The Secure9P server: frames in, answers out, over the same access decisions as the console (spec/secure9p.md). This half
 * knows framing, the tag window and batching; p9_ops.h the messages. */
#pragma once

#include "hive/state.h"

/* Returns the bytes taken: at most a batch of frames, fewer when answers wait for the transport. */
size_t p9_input(struct hive *h, struct conn *c, struct bytes in);
size_t p9_output(struct hive *h, struct conn *c, uint8_t *out, size_t cap);
void p9_closed(struct hive *h, struct conn *c);
/* The connection is closing: its sessions only drain. */
void p9_drain(struct hive *h, struct conn *c);
/* The peer reads nothing: its answers are dropped, and its sessions are told so in the audit. */
void p9_give_up(struct hive *h, struct conn *c);
bool p9_valid(const struct hive *h, const struct conn *c);
