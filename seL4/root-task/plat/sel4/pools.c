/* Says how large each static pool came out, as absolute symbols coh_pool_<name> that have a size and take no memory:
 * `coh-rtc capacity --compare rootserver.elf` sets them against its report. The pools that are plain arrays (net_*) carry
 * these names themselves: lwipopts.h, conn.c. */
#include "hive/state.h"
#include "plat/sel4/layout.h"
#include "plat/sel4/nic.h"
#include "plat/sel4/packet.h"
#include "pump/stream.h"

/* %c0: the bare constant. */
#define POOL_SIZE(name, bytes)                                                                                         \
    __asm__(".global coh_pool_" #name "\n.set coh_pool_" #name ", 0\n.size coh_pool_" #name ", %c0" : : "i"(bytes))
#define HIVE_POOL(name, member) POOL_SIZE(name, sizeof(((struct hive *)0)->member))

/* Never called, and not in the program: the linker drops it and keeps the symbols. */
__attribute__((used)) static void pool_sizes(void)
{
    POOL_SIZE(core, offsetof(struct hive, conns));
    HIVE_POOL(conns, conns);
    HIVE_POOL(streams, streams);
    HIVE_POOL(sessions, sessions);
    HIVE_POOL(session_order, session_order);
    HIVE_POOL(fids, fids);
    HIVE_POOL(scratch, scratch);
    HIVE_POOL(tickets, tickets);
    HIVE_POOL(throttle, throttle_slots);
    HIVE_POOL(workers, workers);
    HIVE_POOL(order, order);
    HIVE_POOL(rings, rings);
    HIVE_POOL(telemetry_devices, telemetry_devices);
    HIVE_POOL(telemetry_segments, telemetry_segments);
    HIVE_POOL(telemetry_bytes, telemetry_bytes);
    HIVE_POOL(log, log_bytes);
    HIVE_POOL(kmesg, kmesg_bytes);
    HIVE_POOL(trace, trace_bytes);
    HIVE_POOL(latency, latency);
    HIVE_POOL(watch, watch_bytes);
    HIVE_POOL(leases, leases);
    HIVE_POOL(lease_order, lease_order);
    HIVE_POOL(preemptions, preemptions);
    HIVE_POOL(gpus, gpus);
    HIVE_POOL(gpu_json, gpu_json);
    HIVE_POOL(schedule, scheduled);
    HIVE_POOL(schedule_order, schedule_order);
    HIVE_POOL(exports, exports);
    HIVE_POOL(export_order, export_order);
    HIVE_POOL(control, control_bytes);
    HIVE_POOL(intents, intents);
    HIVE_POOL(intent_order, intent_order);
    HIVE_POOL(host_entries, host_entries);
    HIVE_POOL(host_order, host_order);
    HIVE_POOL(host_bytes, host_bytes);
    HIVE_POOL(host_tickets, host_tickets);
    HIVE_POOL(host_ticket_order, host_ticket_order);
    HIVE_POOL(host_ticket_lines, host_ticket_lines);
    HIVE_POOL(policy_sets, policy_sets);
    HIVE_POOL(actions, actions);
    HIVE_POOL(action_lists, action_lists);
    HIVE_POOL(journal, journal_bytes);
    HIVE_POOL(decisions, decision_bytes);
    HIVE_POOL(journal_starts, journal_starts);
    HIVE_POOL(cas_chunks, cas_chunks);
    HIVE_POOL(cas_order, cas_order);
    HIVE_POOL(cas_manifests, cas_manifests);
    HIVE_POOL(models, models);
    HIVE_POOL(sidecars, sidecars);
    HIVE_POOL(sidecar_bytes, sidecar_bytes);
    POOL_SIZE(ports, STREAM_PORTS * sizeof(struct stream_port));
    POOL_SIZE(serial_port, sizeof(struct stream_port));
    POOL_SIZE(packets, sizeof(struct packet_area));
    POOL_SIZE(nic_queues, NIC_QUEUE_FRAMES *PAGE_BYTES);
    POOL_SIZE(stack, LAYOUT_STACK_BYTES);
}

/* No pool of the hive is left out (the last one ends the struct, but for padding). */
#define LAST sidecar_bytes
_Static_assert(offsetof(struct hive, LAST) + sizeof(((struct hive *)0)->LAST) + 16 > sizeof(struct hive),
               "a pool was added to struct hive: name it here");

_Static_assert(COH_POOL_PACKETS_ELEM == sizeof(struct packet_area), "tools/coh-rtc PoolTable: packets");
_Static_assert(COH_POOL_NIC_QUEUES_COUNT == NIC_QUEUE_FRAMES && COH_POOL_NIC_QUEUES_ELEM == PAGE_BYTES,
               "tools/coh-rtc PoolTable: nic_queues");
_Static_assert(COH_POOL_STACK_ELEM == LAYOUT_STACK_BYTES, "tools/coh-rtc PoolTable: stack");
