/* Lines to a console connection: framing on TCP, CRLF on serial; acknowledgements and their one grammar. */
#pragma once

#include "hive/state.h"

/* Appends one line from pieces (base/fmt.h), cut on a UTF-8 boundary to what a line holds. There is room for two whole lines
 * whenever a command is dispatched. */
void reply_pieces(struct conn *c, const struct piece *p, size_t n);
#define reply_say(c, ...) reply_pieces(c, PIECES(__VA_ARGS__))
/* `OK <VERB> <detail>`, the detail from pieces. */
#define reply_ok(c, verb, ...) reply_say(c, "OK ", verb, " ", __VA_ARGS__)
/* `ERR <VERB> reason=<reason>`. */
#define reply_err(c, verb, reason) reply_say(c, "ERR ", verb, " reason=", reason)
/* A line of content: escaped when it could pose as protocol, cut when longer than a line. Returns the content bytes used. */
size_t reply_content(struct conn *c, struct bytes line);
/* The acknowledgement of a refusal (spec/secure9p.md "Errors", column "console says"). */
void reply_refused(struct conn *c, const char *verb, enum coh_status status, struct bytes path,
                   const struct ns_why *why);
/* Bytes that may still be appended. */
size_t reply_room(const struct conn *c);
