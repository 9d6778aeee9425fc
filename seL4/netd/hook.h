/* The misbehaviour that tests ask for: only in builds with the CMake option COH_NETD_HOOK (scripts/ci/isolation.sh), which no
 * image for use has. Without it not a byte of this is compiled. */
#pragma once

#ifdef COH_NETD_HOOK
#include <stddef.h>
#include <stdint.h>

struct packet_area;
struct stream_link;

/* Where it may write: all that netd can. */
void hook_init(struct packet_area *area, struct stream_link *link);
/* Bytes that came on a connection. Those that begin with `!netd <mode> [<hexadecimal number>]` and a newline are obeyed. */
void hook_input(const void *bytes, size_t n);
#define HOOK_INIT(area, link) hook_init(area, link)
#define HOOK_INPUT(bytes, n) hook_input(bytes, n)
#else
#define HOOK_INIT(area, link) ((void)0)
#define HOOK_INPUT(bytes, n) ((void)0)
#endif
