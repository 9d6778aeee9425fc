/* Says how large each static pool came out, as absolute symbols coh_pool_<name> that have a size and take no memory:
 * `coh-rtc capacity --compare rootserver.elf` sets them against its report. The pools that are plain arrays (net_*) carry
 * these names themselves: lwipopts.h, conn.c. */
#include "hive/state.h"
#include "plat/sel4/layout.h"
#include "pump/stream.h"
#include "task/caps.h"
#include "task/packet.h"

/* %c0: the bare constant. */
#define POOL_SIZE(name, bytes)                                                                                         \
    __asm__(".global coh_pool_" #name "\n.set coh_pool_" #name ", 0\n.size coh_pool_" #name ", %c0" : : "i"(bytes))
#define HIVE_POOL(name, member, ...) POOL_SIZE(name, sizeof(((struct hive *)0)->member));

/* Never called, and not in the program: the linker drops it and keeps the symbols. */
__attribute__((used)) static void pool_sizes(void)
{
    POOL_SIZE(core, sizeof(((struct hive *)0)->core));
    COH_HIVE_POOLS(HIVE_POOL, HIVE_POOL, HIVE_POOL)
    POOL_SIZE(ports, STREAM_PORTS * sizeof(struct stream_port));
    POOL_SIZE(serial_port, sizeof(struct stream_port));
    POOL_SIZE(packets, sizeof(struct packet_area));
    POOL_SIZE(nic_queues, BYTES_NIC_QUEUES);
    POOL_SIZE(stack, LAYOUT_STACK_BYTES);
}
