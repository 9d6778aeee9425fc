/* netd: the TCP/IP stack in a task of its own. It holds the packet ring, the stream ports and three capabilities: to wait, to
 * ring nicd, to ring the authority. Whatever goes wrong in here ends in a fault, which the authority catches. */
#include <sel4/sel4.h>

#include "generated/caps.h"
#include "netd/net.h"
#include "task/clock.h"
#include "task/packet.h"
#include "task/task.h"

static struct packet_area *const area = (struct packet_area *)VADDR_NETD_NET_PACKETS;
static struct stream_link *const link = (struct stream_link *)VADDR_NETD_NET_STREAMS;

#ifndef LIBSEL4_THREAD_LOCAL
#define LIBSEL4_THREAD_LOCAL __thread
#endif
LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;
/* The kernel knows of none; libsel4 writes here what a message would be. */
static seL4_IPCBuffer no_ipc_buffer;

static uint64_t now_ms(void)
{
    const struct stream_orders *o = &link->orders;
    return CLOCK_COUNTER ? clock_ms(clock_ticks() - o->start_ticks, o->counter_hz) : o->now_ms;
}

/* The authority, when one of its bells was rung since, or it would wake this task too late. What it does comes first: on one
 * core the answers lie in the ports when this returns. */
static void ring_authority(bool always)
{
    if (conn_told || always)
        seL4_Signal(CAP_NETD_AUTHORITY);
    conn_told = false;
}

/* nicd, as task/packet.h has it. */
static void ring_nicd(void)
{
    static uint32_t rx_head, tx_tail;
    if (tx_tail == area->tx_tail && area->rx_head - rx_head < PACKET_GIVE_BACK)
        return;
    rx_head = area->rx_head;
    tx_tail = area->tx_tail;
    seL4_Signal(CAP_NETD_NICD);
}

/* One turn; true: another is due at once. Bells and poke are taken when the authority has had its turn at the input, so that on
 * one core one turn is enough. */
static bool turn(void)
{
    struct stream_report *r = &link->report;
    uint64_t now = now_ms(), deadline = UINT64_MAX, before = r->deadline_ms;
    ring_store(&r->awake, 1);
    if (net_input(now))
        ring_authority(false);
    ring_store(&r->answered, ring_load(&link->orders.poke));
    for (uint32_t w = 0; w < STREAM_BELL_WORDS; w++)
        bell_take(&link->to_net, w);
    bool again = net_flush(now, &deadline);
    net_levels(r->levels);
    __atomic_store_n(&r->deadline_ms, deadline, __ATOMIC_RELEASE);
    ring_authority(deadline < before || before <= now);
    ring_nicd();
    return again;
}

/* Nothing came since the turn, so this task may wait: whatever comes from now on is signalled. */
static bool may_wait(void)
{
    ring_store(&link->report.awake, 0);
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* the authority writes bells and poke, then reads awake */
    return !bells_ring(&link->to_net) && ring_load(&link->orders.poke) == link->report.answered;
}

_Noreturn void task_main(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4, uint64_t x5)
{
    seL4_SetIPCBuffer(&no_ipc_buffer);
    net_init(area, link, now_ms());
    for (bool again = true;;) {
        seL4_Word badge;
        if (again)
            seL4_Poll(CAP_NETD_WAIT, &badge);
        else
            seL4_Wait(CAP_NETD_WAIT, &badge);
        again = turn() || !may_wait();
    }
}
