/* What lwIP calls of ours: see LWIP_HOOK_* in lwipopts.h. */
#pragma once

#include "lwip/err.h"
#include <stdint.h>

struct tcp_hdr;

/* The initial sequence number of a connection. */
uint32_t isn_next(uint32_t local_ip, uint16_t local_port, uint32_t remote_ip, uint16_t remote_port);
/* Before a segment reaches its connection; ERR_OK, or it is dropped. options_n: bytes of options behind the header. */
err_t conn_admits(struct tcp_hdr *header, uint32_t options_n);
