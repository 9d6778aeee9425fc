# LWIP_SOURCES: the parts of lwIP that the rootserver uses. Third-party code is not held to our warnings.
set(LWIP ${LWIP_DIR}/src)
if(NOT EXISTS "${LWIP}/core/tcp.c")
  message(FATAL_ERROR "no lwIP sources in ${LWIP_DIR}: run scripts/fetch-sources.sh, or set LWIP_DIR")
endif()
set(LWIP_SOURCES
  ${LWIP}/core/init.c ${LWIP}/core/def.c ${LWIP}/core/inet_chksum.c ${LWIP}/core/ip.c ${LWIP}/core/mem.c
  ${LWIP}/core/memp.c ${LWIP}/core/netif.c ${LWIP}/core/pbuf.c ${LWIP}/core/tcp.c ${LWIP}/core/tcp_in.c
  ${LWIP}/core/tcp_out.c ${LWIP}/core/stats.c
  ${LWIP}/core/timeouts.c ${LWIP}/core/ipv4/etharp.c ${LWIP}/core/ipv4/icmp.c
  ${LWIP}/core/ipv4/ip4.c ${LWIP}/core/ipv4/ip4_addr.c ${LWIP}/netif/ethernet.c)
