/* The console server: lines in, acknowledgements and streams out, over the same access decisions as every protocol. */
#pragma once

#include "serve/access.h"
#include "serve/link.h"

/* Returns the bytes taken. */
size_t console_input(struct hive *h, struct conn *c, struct bytes in);
/* When all that was said is out: says what comes next, if there is anything. */
void console_produce(struct hive *h, struct conn *c);

/* ---- reply.c: lines to a console, framed on TCP and with CRLF on serial; acknowledgements and their one grammar ---- */

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

/* ---- stream.c: what LS, CAT, TAIL, LOG, HELP and CACHELOG send after their acknowledgement, produced as the peer takes it ---- */

/* What begins a line, or a payload, that stands for bytes. */
#define B64_MARK "b64:"
/* Begins the content of a readable file in c->stream, from that offset (see ns_read) or what is kept of it; 0: all of it. */
void stream_open(struct hive *h, struct conn *c, const struct ns_ref *ref, uint64_t from);
/* Names of a directory; *entries counts them. COH_TOO_BIG: they do not fit the connection's block. */
enum coh_status stream_open_list(struct hive *h, struct conn *c, const struct ns_ref *dir, uint32_t *entries);
void stream_open_help(struct hive *h, struct conn *c);
/* Bytes that the stream will carry. */
uint64_t stream_size(const struct conn *c);
/* Appends as many of the content's last lines as fit into out, joined by `|` (spec/console.md, CAT). */
void stream_summary(struct hive *h, struct conn *c, struct buf *out);
/* Produces lines into c->out while there is room for a whole one; the last is `END`, after which there is no stream. */
void stream_run(struct hive *h, struct conn *c);

/* ---- verbs.c: what each verb does (the table of spec/console.md) ---- */

/* Runs one line: exactly one acknowledgement, then perhaps a stream. There is room for the acknowledgement. */
void verb_run(struct hive *h, struct conn *c, struct bytes line);
/* Refuses a frame for its length. */
void verb_refuse_frame(struct hive *h, struct conn *c);
/* Refuses a line that is no command: detail says why. */
void verb_refuse_line(struct hive *h, struct conn *c, const char *detail);
