/* The rootserver on seL4: takes what the kernel left, brings the devices up, starts the hive, then runs the
 * event loop: interrupts → NIC → TCP → pump → TCP → NIC → sleep until the next deadline. */
#include <sel4/sel4.h>

#include <coh_note.h>
#include <coh_sim.h>

#include "base/hash.h"
#include "hive/hive.h"
#include "plat/sel4/caps.h"
#include "plat/sel4/irq.h"
#include "plat/sel4/isn.h"
#include "plat/sel4/net.h"
#include "plat/sel4/nic.h"
#include "plat/sel4/rtc.h"
#include "plat/sel4/timer.h"
#include "plat/sel4/uart.h"
#include "plat/sel4/vspace.h"
#include "pump/boot.h"
#include "pump/pump.h"

#ifndef COH_SEL4_MAJOR /* the build passes the version of the kernel whose headers it uses */
#error "COH_SEL4_MAJOR, _MINOR, _PATCH and COH_SEL4_VERSION must be defined"
#endif
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
#define WITH_RTC COH_HW_RTC_IS_PL031

/* The longest sleep: bounds what a lost interrupt can cost. */
#define SLEEP_MAX_MS 1000u

_Noreturn void main_sel4(seL4_BootInfo *bi);

static struct boot_log boot;
static struct hive_facts facts;
static struct pump pump;
static struct hive *hive;
static struct stream_port *serial;
static struct stream_port *ports;
static struct packet_area *packets;
static uint8_t mac[6];
static enum timer_kind timer;

/* Is this the simulation kernel? It says so in an extra chunk after the boot info; seL4 has none with that
 * number. */
static bool is_simulation(const seL4_BootInfo *bi)
{
    const uint8_t *p = (const uint8_t *)bi + PAGE_BYTES;
    seL4_Word left = bi->extraLen;
    while (left >= sizeof(seL4_BootInfoHeader)) {
        const seL4_BootInfoHeader *h = (const seL4_BootInfoHeader *)(const void *)p;
        if (h->id == COH_SIM_BOOTINFO_ID)
            return true;
        if (h->len < sizeof *h || h->len > left)
            return false;
        p += h->len;
        left -= h->len;
    }
    return false;
}

/* The one arena: stream ports, then struct hive, on large pages. The kernel hands out zeroed memory. */
static void make_arena(void)
{
    size_t ports_bytes = (STREAM_PORTS + 1) * sizeof(struct stream_port);
    size_t bytes = ports_bytes + hive_size();
    uint32_t pages = (uint32_t)((bytes + LARGE_PAGE_BYTES - 1) / LARGE_PAGE_BYTES);
    if (pages > (LAYOUT_ARENA_END - LAYOUT_ARENA) / LARGE_PAGE_BYTES)
        halt_value(cap_name("hive"), "is larger than its window; bytes", bytes);
    seL4_CPtr first = caps_new_many(seL4_ARM_LargePageObject, seL4_LargePageBits, pages, "hive.page");
    for (uint32_t i = 0; i < pages; i++)
        vspace_map(first + i, LAYOUT_ARENA + i * (uintptr_t)LARGE_PAGE_BYTES, VSPACE_RAM, cap_name_at("hive.page", i));
    serial = (struct stream_port *)LAYOUT_ARENA;
    ports = serial + 1;
    hive = (struct hive *)(LAYOUT_ARENA + ports_bytes);
}
_Static_assert(sizeof(struct stream_port) % 64 == 0, "struct hive follows the ports and begins a cache line");

static void fill_facts(const seL4_BootInfo *bi)
{
    bool simulated = is_simulation(bi);
    struct caps_memory m = caps_memory();
    facts = (struct hive_facts){
        .backend = "qemu-virt",
        .kernel = simulated ? "sim" : "seL4",
        .kernel_version = COH_SEL4_VERSION,
        .timer = timer_name(timer),
        .rtc_unix_ms = WITH_RTC ? (uint64_t)rtc_seconds() * 1000 : 0,
        .has_bootinfo = true,
        .node_bits = (uint32_t)bi->initThreadCNodeSizeBits,
        .nodes = (uint32_t)bi->numNodes,
        .empty_start = bi->empty.start,
        .empty_end = bi->empty.end,
        .cap_root = seL4_CapInitThreadCNode,
        .cap_ep = irq_notification(),
        .cap_uart = uart_cap(),
        .mem_untyped = m.untyped,
        .mem_ram_bytes = m.ram_bytes,
        .mem_device_bytes = m.device_bytes,
    };
#if !COH_KEYS_EMBEDDED
    facts.provision = bytes_of(coh_provision, PAGE_BYTES);
#endif
}

static void count_net(void)
{
    struct hive_net *n = hive_net(hive);
    *n = net_counts();
    net_levels(hive);
    n->rx_dropped = nic_rx_dropped();
    n->link_up = nic_link_up();
}

/* What differs between boots and boards; isn.c says what it is worth. */
static void start_sequence_numbers(void)
{
    struct {
        uint64_t ticks, unix_ms;
        uint8_t mac[8];
        uint8_t provision[HASH_BYTES];
    } noise = {.ticks = timer_ticks(), .unix_ms = facts.rtc_unix_ms};
    memcpy(noise.mac, mac, sizeof mac);
    sha256(bytes_of(coh_provision, PAGE_BYTES), noise.provision);
    isn_init((const uint8_t *)&noise, sizeof noise);
}

static void start_sources(void)
{
    if (timer != TIMER_COUNTER)
        boot_str(&boot, timer == TIMER_POLLING ? "timer: polling: the kernel exports no counter"
                                               : "timer: polling: the kernel exports no timer interrupt");
    boot_subsystem(&boot, "timer");
    uart_irq_init();
    pump_init(&pump, hive, ports, serial);
    serial->opened = COH_FEATURES_SERIAL_CONSOLE;
    boot_subsystem(&boot, "serial");
    if (packets == NULL) {
        boot_str(&boot, WITH_NET ? "net: no virtio-net device: serial console only"
                                 : "net: off in the manifest: serial console only");
    } else {
        start_sequence_numbers();
        net_init(packets, mac, ports, timer_now_ms());
        boot_subsystem(&boot, "net");
        count_net();
    }
    boot_subsystem(&boot, "workers");
}

/* One turn of everything. Returns the next deadline; *again: work is left, don't sleep. */
static uint64_t turn(uint32_t irqs, bool *again)
{
    bool moved = false;
    uint64_t now = timer_now_ms();
    if (packets != NULL) {
        if ((irqs & IRQ_NIC) != 0)
            nic_interrupt();
        nic_receive();
        *again |= net_input(now);
    }
    if ((irqs & IRQ_UART) != 0)
        uart_turn(serial);
    bool pump_again = false;
    uint64_t deadline = pump_turn(&pump, now, &pump_again, &moved);
    *again |= pump_again;
    if ((irqs & IRQ_UART) != 0 || uart_waits(serial))
        uart_turn(serial);
    if (packets != NULL) {
        *again |= net_flush(now);
        *again |= nic_transmit();
        uint64_t net = net_deadline(now);
        deadline = net < deadline ? net : deadline;
        count_net();
    }
    return deadline;
}

/* Sleeps until an interrupt or the deadline; after a sleep without one, every source is looked at, so that a
 * lost interrupt costs at most SLEEP_MAX_MS. */
static uint32_t sleep_until(uint64_t deadline)
{
    if (timer != TIMER_COUNTER) /* no timer interrupt: polling is all there is */
        return irq_poll() | IRQ_NIC;
    uint64_t limit = timer_now_ms() + SLEEP_MAX_MS;
    timer_arm(deadline < limit ? deadline : limit);
    uint32_t irqs = irq_wait();
    if (irqs == IRQ_TIMER)
        irqs |= IRQ_NIC | IRQ_UART;
    return irqs;
}

static _Noreturn void run(void)
{
    uint32_t irqs = IRQ_NIC | IRQ_UART;
    for (;;) {
        bool again = false;
        uint64_t deadline = turn(irqs, &again);
        if ((irqs & IRQ_TIMER) != 0)
            timer_arm(UINT64_MAX); /* else the level would hold the interrupt */
        irq_ack(irqs);
        irqs = again ? irq_poll() : sleep_until(deadline);
    }
}

_Noreturn void main_sel4(seL4_BootInfo *bi)
{
    seL4_SetIPCBuffer(bi->ipcBuffer);
    caps_init(bi);
    uart_init();
    boot.out = uart_write;
    boot_begin(&boot);
    vspace_protect_image(bi);
    irq_init(bi);
    rtc_init();
    timer = timer_init();
    make_arena();
    if (WITH_NET)
        packets = nic_init(mac);
    fill_facts(bi);
    if (!boot_run(&boot, hive, &facts))
        halt_stop();
    halt_boot_done();
    start_sources();
    boot_ready(&boot, COH_CONSOLE_PORT, packets != NULL ? net_address() : "none");
    run();
}
