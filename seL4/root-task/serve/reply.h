/* Lines to a console connection: framing on TCP, CRLF on serial; acknowledgements and their one grammar. */
#pragma once

#include "hive/state.h"

/* Appends one line. There is room for two whole lines whenever a command is dispatched. */
void reply_line(struct conn *c, struct bytes line);
/* A line of content: escaped when it could pose as protocol, cut when longer than a line. Returns the content bytes used. */
size_t reply_content(struct conn *c, struct bytes line);
/* `OK <VERB>` or `OK <VERB> <detail>`, cut on a UTF-8 boundary to a line. */
void reply_ok(struct conn *c, const char *verb, struct bytes detail);
/* `ERR <VERB> reason=<reason>`. */
void reply_err(struct conn *c, const char *verb, const char *reason);
/* The acknowledgement of a refusal (spec/secure9p.md "Errors", column "console says"). */
void reply_refused(struct conn *c, const char *verb, enum coh_status status, struct bytes path,
                   const struct ns_why *why);
/* Bytes that may still be appended. */
size_t reply_room(const struct conn *c);
