/* Streams: what LS, CAT, TAIL, LOG, HELP and CACHELOG send after their acknowledgement, produced as the peer takes it. */
#pragma once

#include "hive/state.h"

/* Begins the content of a readable file in c->stream, from position `from` of a ring (UINT64_MAX: from the oldest). */
void stream_open(struct hive *h, struct conn *c, const struct ns_ref *ref, uint64_t from);
/* Names of a directory; *entries counts them. False: they do not fit the connection's block. */
bool stream_open_list(struct hive *h, struct conn *c, const struct ns_ref *dir, uint32_t *entries);
void stream_open_help(struct conn *c);
/* Bytes that the stream will carry. */
uint64_t stream_size(const struct conn *c);
/* Appends as many of the content's last lines as fit into out, joined by `|` (spec/console.md, CAT). */
void stream_summary(struct hive *h, struct conn *c, struct buf *out);
/* Produces lines into c->out while there is room for a whole one; the last is `END`, after which the stream is none. */
void stream_run(struct hive *h, struct conn *c);
