/* What lwIP calls of ours: see LWIP_HOOK_* in lwipopts.h. */
#pragma once

#include "lwip/err.h"
#include "plat/sel4/isn.h"

struct tcp_hdr;

/* Before a segment reaches its connection; ERR_OK, or it is dropped. options_n: bytes of options behind the header. */
err_t conn_admits(struct tcp_hdr *header, uint32_t options_n);
