/* Limits that the contracts fix and no manifest may change; everything else is in generated/manifest.h. */
#pragma once

/* spec/console.md "TCP framing": a frame counts its own 4 bytes; payload 1–256. */
#define CONSOLE_HEADER_BYTES 4u
#define CONSOLE_LINE_BYTES 256u
#define CONSOLE_FRAME_MIN 5u
#define CONSOLE_FRAME_MAX 260u
/* Longer frames than this lose framing: close. Up to it they are skipped. */
#define CONSOLE_SKIP_MAX 65540u
/* spec/console.md "Limits" */
#define CONSOLE_ROLE_BYTES 16u
#define CONSOLE_TICKET_BYTES 224u
#define CONSOLE_PATH_BYTES 96u
#define CONSOLE_WORKER_BYTES 32u
/* spec/tickets.md: 1024 characters of text over Secure9P leave this much payload. */
#define TICKET_TEXT_BYTES 1024u
#define TICKET_SUBJECT_BYTES 255u
#define TICKET_SCOPES_MAX 16u
/* spec/secure9p.md */
#define NS_NAME_BYTES 255u
#define NS_WALK_MAX 8u
