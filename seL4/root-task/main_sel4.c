/* The rootserver on seL4: takes what the kernel left, brings the devices up, starts the hive, then runs the
 * event loop: interrupts → NIC → TCP → pump → TCP → NIC → sleep until the next deadline. */
#include <sel4/sel4.h>

#include <coh_note.h>
#include <coh_sim.h>

#include "hive/hive.h"
#include "plat/sel4/irq.h"
#include "plat/sel4/net.h"
#include "plat/sel4/nic.h"
#include "plat/sel4/timer.h"
#include "plat/sel4/uart.h"
#include "plat/sel4/vspace.h"
#include "pump/boot.h"
#include "pump/pump.h"

/* The build passes the version of the kernel whose headers it uses. */
COH_NOTE_DEFINE(COH_NOTE_KIND_ROOTSERVER, COH_SEL4_MAJOR, COH_SEL4_MINOR, COH_SEL4_PATCH);

#ifndef LIBSEL4_THREAD_LOCAL
#define LIBSEL4_THREAD_LOCAL __thread
#endif
/* libsel4 and our headers declare it; every program defines it. */
LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;

/* What the manifest asks for and this board's code can do. */
_Static_assert(COH_HW_UART_IS_PL011, "hw.uart: only \"pl011\" is built in");
_Static_assert(!COH_HW_NET_MODE_IS_DHCP, "hw.net.mode: \"dhcp\" is not built in; give a static address");
#define WITH_NET (COH_FEATURES_NET_CONSOLE && !COH_HW_NET_MODE_IS_OFF)

/* The longest sleep: bounds what a lost interrupt can cost. */
#define SLEEP_MAX_MS 1000u

static struct boot_log boot;
static struct hive_facts facts = {
    .backend = "qemu-virt",
    .kernel_version = COH_SEL4_VERSION,
    .has_bootinfo = true,
    .cap_root = seL4_CapInitThreadCNode,
};
static struct hive_task tasks[] = {{"authority", 0}, {NULL, 0}};
static struct pump pump;
static struct hive *hive;
static struct stream_port *serial;
static struct stream_port *ports;
static struct packet_area *packets; /* NULL: no network */

/* Is this the simulation kernel? It says so in an extra chunk after the boot info; seL4 has none with that
 * number. */
static bool is_simulation(const seL4_BootInfo *bi)
{
    for (seL4_Word at = 0, len = 1; at < bi->extraLen && len > 0; at += len) {
        const seL4_BootInfoHeader *h = (const void *)((const uint8_t *)bi + PAGE_BYTES + at);
        if (h->id == COH_SIM_BOOTINFO_ID)
            return true;
        len = h->len;
    }
    return false;
}

/* The one arena: stream ports, then struct hive, on large pages. The kernel hands out zeroed memory. */
static void make_arena(void)
{
    size_t ports_bytes = (STREAM_PORTS + 1) * sizeof(struct stream_port);
    size_t bytes = ports_bytes + hive_size();
    if (bytes > LAYOUT_ARENA_END - LAYOUT_ARENA)
        halt(cap_name("hive"), "is larger than its window; bytes ", piece_hex(bytes));
    for (uint32_t i = 0; i * (size_t)LARGE_PAGE_BYTES < bytes; i++)
        vspace_ram(LAYOUT_ARENA + i * (uintptr_t)LARGE_PAGE_BYTES, seL4_LargePageBits, cap_name_at("hive.page", i));
    serial = (struct stream_port *)LAYOUT_ARENA;
    ports = serial + 1;
    hive = (struct hive *)(LAYOUT_ARENA + ports_bytes);
}
_Static_assert(sizeof(struct stream_port) % 64 == 0, "struct hive follows the ports and begins a cache line");

static void fill_facts(const seL4_BootInfo *bi)
{
    tasks[0].core = (uint32_t)irq_core;
    facts.kernel = is_simulation(bi) ? "sim" : "seL4";
    facts.tasks = COH_NOTE_DEBUG && !is_simulation(bi) ? tasks : NULL;
    facts.timer = timer_name;
    facts.rtc_unix_ms = COH_HW_RTC_IS_PL031 ? (uint64_t)rtc_seconds() * 1000 : 0;
    facts.node_bits = (uint32_t)bi->initThreadCNodeSizeBits;
    facts.nodes = (uint32_t)bi->numNodes;
    facts.empty_start = bi->empty.start;
    facts.empty_end = bi->empty.end;
    facts.mem_untyped = bi->untyped.end - bi->untyped.start;
    for (uint64_t i = 0; i < facts.mem_untyped; i++) {
        const seL4_UntypedDesc *d = &bi->untypedList[i];
        *(d->isDevice ? &facts.mem_device_bytes : &facts.mem_ram_bytes) += UINT64_C(1) << d->sizeBits;
    }
    if (!COH_KEYS_EMBEDDED)
        facts.provision = bytes_of(coh_provision, PAGE_BYTES);
}

static void start_sources(void)
{
    if (timer_polling)
        boot_say(&boot, timer_polling);
    boot_say(&boot, BOOT_SOURCE "timer");
    uart_irq_init();
    pump = (struct pump){.hive = hive, .ports = ports, .serial = serial};
    serial->opened = COH_FEATURES_SERIAL_CONSOLE;
    boot_say(&boot, BOOT_SOURCE "serial");
    if (packets == NULL) {
        boot_say(&boot, WITH_NET ? "net: no virtio-net device: serial console only"
                                 : "net: off in the manifest: serial console only");
    } else {
        net_init(packets, ports, hive_net(hive), facts.rtc_unix_ms, bytes_of(coh_provision, PAGE_BYTES));
        boot_say(&boot, BOOT_SOURCE "net");
    }
    boot_say(&boot, BOOT_SOURCE "workers");
}

/* One turn of everything. Returns the next deadline; *again: work is left, don't sleep. */
static uint64_t turn(uint32_t irqs, bool *again)
{
    bool moved, work = false;
    uint64_t now = timer_now_ms();
    if (packets != NULL) {
        nic_receive((irqs & IRQ_NIC) != 0);
        work = net_input(now);
    }
    uart_turn(serial, (irqs & IRQ_UART) != 0);
    uint64_t deadline = pump_turn(&pump, now, again, &moved);
    uart_turn(serial, (irqs & IRQ_UART) != 0);
    if (packets != NULL) {
        work |= net_flush(now, &deadline);
        work |= nic_transmit();
        net_levels(hive);
    }
    *again |= work;
    return deadline;
}

/* Sleeps until an interrupt or the deadline; after a sleep without one, every source is looked at, so that a
 * lost interrupt costs at most SLEEP_MAX_MS. */
static uint32_t sleep_until(uint64_t deadline)
{
    if (timer_polling)
        return irq_next(false) | IRQ_NIC;
    uint64_t asleep = timer_now_ms(), limit = asleep + SLEEP_MAX_MS;
    timer_arm(deadline < limit ? deadline : limit);
    uint32_t irqs = irq_next(true);
    timer_arm(UINT64_MAX); /* else the level would hold the interrupt */
    hive_net(hive)->wakeups++;
    hive_net(hive)->slept_ms += timer_now_ms() - asleep;
    return irqs == IRQ_TIMER ? irqs | IRQ_NIC | IRQ_UART : irqs;
}

_Noreturn void main_sel4(seL4_BootInfo *bi)
{
    seL4_SetIPCBuffer(bi->ipcBuffer);
    caps_init(bi);
    facts.cap_uart = uart_init();
    boot.out = uart_write;
    boot_begin(&boot);
    vspace_protect_image(bi);
    facts.cap_ep = irq_init(bi);
    timer_init();
    make_arena();
    if (WITH_NET)
        packets = nic_init();
    fill_facts(bi);
    if (!boot_run(&boot, hive, &facts))
        halt_stop();
    halt_boot_done();
    start_sources();
    boot_ready(&boot, COH_CONSOLE_PORT, packets != NULL ? COH_HW_NET_ADDRESS : "none");
    for (uint32_t irqs = IRQ_NIC | IRQ_UART;;) {
        bool again;
        uint64_t deadline = turn(irqs, &again);
        irq_ack(irqs);
        irqs = again ? irq_next(false) : sleep_until(deadline);
    }
}
