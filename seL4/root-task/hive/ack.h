/* Acknowledgements of the console (spec/console.md) as text, each one line of at most CONSOLE_LINE_BYTES without its newline:
 * the console sends them, and a replay keeps their sum. */
#pragma once

#include "base/fmt.h"
#include "base/status.h"
#include "ns/tree.h"

/* `OK <VERB>` or `OK <VERB> <detail>`, cut on a UTF-8 boundary to b's room. */
void ack_ok(struct buf *b, const char *verb, struct bytes detail);
/* `ERR <VERB> reason=<reason>`. */
void ack_err(struct buf *b, const char *verb, const char *reason);
/* A refusal (spec/secure9p.md "Errors", column "console says"); path may be empty. */
void ack_refused(struct buf *b, const char *verb, enum coh_status status, struct bytes path, const struct ns_why *why);
