/* What each console verb does (the table of spec/console.md). */
#pragma once

#include "serve/stream.h"

/* Runs one line: exactly one acknowledgement, then perhaps a stream. There is room for the acknowledgement. */
void verb_run(struct hive *h, struct conn *c, struct bytes line);
/* Refuses a frame of a session. */
void verb_refuse_frame(struct hive *h, struct conn *c);
/* Serial: the line was longer than a line may be. */
void verb_too_long(struct hive *h, struct conn *c);
