/* The pools behind lwIP's mem_malloc, smallest first. Included several times by lwIP: no guard.
 * Small: the header of a segment (struct pbuf 24, Ethernet 14, IP 20, TCP 20, MSS option 4), one each for
 * what MEMP_NUM_TCP_SEG admits, and some for bare acknowledgements and ARP. Large: answers to ping, packets
 * that wait for ARP. */
LWIP_MALLOC_MEMPOOL_START
LWIP_MALLOC_MEMPOOL(COH_POOL_NET_HEADERS_COUNT, 96)
LWIP_MALLOC_MEMPOOL(COH_POOL_NET_BUFFERS_COUNT, 1600)
LWIP_MALLOC_MEMPOOL_END
