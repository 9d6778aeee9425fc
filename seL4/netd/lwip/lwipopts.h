/* lwIP for the rootserver: raw API, one thread, TCP over IPv4 over Ethernet with ARP and ping, nothing else.
 * What is not named here is as in lwIP's opt.h. All memory is static and sized so that no connection can take
 * another's: each pool holds what every port
 * can need at once. */
#pragma once

#include "pump/stream.h"

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0

#define LWIP_UDP 0
#define IP_REASSEMBLY 0
#define IP_FRAG 0
/* The gateway's address is known for as long as it is in use. */
#define ARP_TABLE_SIZE 16

/* The receive window is the receive ring: what the window admits always fits, so that no packet is ever held
 * back. */
#define TCP_WND STREAM_RX_BYTES
#define TCP_MSS 1460
/* Data is sent from the transmit ring itself, without a copy, and stays there until it is acknowledged. */
#define TCP_SND_BUF STREAM_TX_BYTES
/* Packet buffers of one connection's unacknowledged data: two a segment (header, data). */
#define TCP_SND_QUEUELEN 32
#define TCP_OVERSIZE 0
/* A segment out of order is dropped and sent again: strangers can't fill memory with fragments. */
#define TCP_QUEUE_OOSEQ 0
#define LWIP_TCP_KEEPALIVE 1
#define TCP_MSL 5000
/* 7 retransmissions: a peer that vanished is given up after about a minute. */
#define TCP_MAXRTX 7
#define TCP_SYNMAXRTX 4

/* Pools; the counts are the manifest's (tools/coh-rtc PoolTable says how they follow from the ports), net.c
 * asserts that they are enough. Control blocks: the ports, and 16 for handshakes and TIME_WAIT. Segments:
 * every port's queue full, and a SYN or FIN each. */
#define MEMP_NUM_TCP_PCB COH_POOL_NET_PCBS_COUNT
#define MEMP_NUM_TCP_PCB_LISTEN 1
#define MEMP_NUM_TCP_SEG COH_POOL_NET_SEGMENTS_COUNT
#define MEMP_NUM_PBUF COH_POOL_NET_PBUFS_COUNT
/* Names for pools.c. */
#define memp_memory_TCP_PCB_base coh_pool_net_pcbs
#define memp_memory_TCP_SEG_base coh_pool_net_segments
#define memp_memory_PBUF_base coh_pool_net_pbufs
#define memp_memory_POOL_96_base coh_pool_net_headers
#define memp_memory_POOL_1600_base coh_pool_net_buffers
/* Received packets are read where the NIC put them; nobody takes from this pool. */
#define PBUF_POOL_SIZE 1
#define PBUF_POOL_BUFSIZE 128
/* Our pools are bigger than lwIP's arithmetic about PBUF_POOL supposes. net.c asserts what matters. */
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1

/* mem_malloc takes from the pools of lwippools.h: constant time, no fragmentation. */
#define MEM_USE_POOLS 1
#define MEMP_USE_CUSTOM_POOLS 1
#define MEM_ALIGNMENT 8
#define LWIP_SUPPORT_CUSTOM_PBUF 1

#define LWIP_SINGLE_NETIF 1
/* 8 bytes a step. */
#define LWIP_CHKSUM_ALGORITHM 3
/* Of the statistics only what /proc/budget shows: how much of each pool is in use. */
#define LINK_STATS 0
#define ETHARP_STATS 0
#define IP_STATS 0
#define ICMP_STATS 0
#define TCP_STATS 0

/* Sequence numbers that an outsider can't guess (net.c). */
#define LWIP_HOOK_FILENAME "hooks.h"
/* Before a segment reaches its connection (conn.c). A segment lies in one buffer, so all its options follow
 * the header. */
#define LWIP_HOOK_TCP_INPACKET_PCB(pcb, hdr, optlen, opt1len, opt2, p) conn_admits(hdr, opt1len)
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port)                                                \
    isn_next(ip4_addr_get_u32(local_ip), local_port, ip4_addr_get_u32(remote_ip), remote_port)
