/* What lwIP calls of ours: see LWIP_HOOK_* in lwipopts.h. */
#pragma once

#include "lwip/err.h"
#include "plat/sel4/isn.h"

struct tcp_hdr;

/* ERR_OK, or the segment is dropped. options_n: bytes of options behind the header. */
err_t conn_admits(const struct tcp_hdr *header, uint32_t options_n);
