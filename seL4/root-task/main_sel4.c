/* The rootserver on seL4: takes what the kernel left, brings the devices up, starts the hive, then runs the
 * event loop: what came → serial, pump, its tasks → sleep until the next deadline. */
#include <sel4/sel4.h>

#include <coh_note.h>
#include <coh_sim.h>

#include <generated/board.h>
#include "hive/hive.h"
#include "plat/sel4/address.h"
#include "plat/sel4/cache.h"
#include "plat/sel4/irq.h"
#include "plat/sel4/network.h"
#include "plat/sel4/seat.h"
#include "plat/sel4/task.h"
#include "plat/sel4/timer.h"
#include "plat/sel4/uart.h"
#include "plat/sel4/vspace.h"
#include "plat/sel4/workers.h"
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
_Static_assert(COH_TASKS_NET == (COH_FEATURES_NET_CONSOLE && !COH_HW_NET_MODE_IS_OFF), "nicd and netd");

/* The longest sleep: bounds what a lost interrupt can cost. */
#define SLEEP_MAX_MS 1000u
/* Whoever has work for it could keep the authority awake for ever, and so the other tasks of its core from ever running: it rests
 * when it has not slept for SLEPT_MIN_MS in all, of such a time. */
#define AWAKE_MAX_MS 100u
#define SLEPT_MIN_MS 5u

static struct boot_log boot;
static struct hive_facts facts = {
    .backend = COH_BOARD_NAME, .kernel_version = COH_SEL4_VERSION,
    .has_bootinfo = true, .tasks = true,
    .cap_root = seL4_CapInitThreadCNode,
};
/* Every task on each core that it may be placed on, a core as often as the manifest names it; and the end. */
#define CORES_MAX 4u /* affinity.worker_cores */
static struct hive_task placement[TASK_COUNT * CORES_MAX + 1];
static struct pump pump;
static struct hive *hive;
static struct stream_port *serial;
static uint64_t counted_ms, counted_slept_ms; /* since when sleep is counted, and what had been slept then */
static struct stream_link *const link = COH_TASKS_NET ? (struct stream_link *)VADDR_AUTHORITY_NET_STREAMS : NULL;
static const char *no_network = COH_TASKS_NET ? NULL : "off in the manifest";

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

/* The one arena: the serial port, then struct hive, on large pages. The kernel hands out zeroed memory. It comes
 * from one untyped where one is large enough, and before anything else: the kernel clears the whole of it, and what is smaller
 * then finds room behind. */
static void make_arena(void)
{
    size_t bytes = sizeof *serial + hive_size();
    struct cap_name name = cap_name("hive");
    uint32_t pages = (uint32_t)((bytes + LARGE_PAGE_BYTES - 1) / LARGE_PAGE_BYTES);
    if (bytes > LAYOUT_ARENA_END - VADDR_AUTHORITY_ARENA)
        halt(name, "is larger than its window; bytes ", piece_hex(bytes));
    seL4_CPtr first = caps_new_many(seL4_ARM_LargePageObject, seL4_LargePageBits, pages, name);
    for (uint32_t i = 0; i < pages; i++)
        vspace_map_own(first + i, VADDR_AUTHORITY_ARENA + i * (uintptr_t)LARGE_PAGE_BYTES, seL4_ReadWrite, seL4_ARM_Default_VMAttributes,
                       cap_name_at("hive.page", i));
    serial = (struct stream_port *)VADDR_AUTHORITY_ARENA;
    hive = (struct hive *)(serial + 1);
}
_Static_assert(sizeof(struct stream_port) % 64 == 0, "struct hive follows the port and begins a cache line");
_Static_assert(sizeof(struct stream_link) <= BYTES_NET_STREAMS, "the link fits net.streams");

static void place_tasks(void)
{
    uint32_t n = 0;
    for (uint32_t t = 0; t < TASK_COUNT; t++) {
        for (uint32_t i = 0; coh_tasks[t].instances > 0 && i < coh_tasks[t].core_count; i++)
            placement[n++] = (struct hive_task){coh_tasks[t].name, coh_tasks[t].cores[i]};
    }
    facts.placement = placement;
}

static void fill_facts(const seL4_BootInfo *bi)
{
    facts.kernel = is_simulation(bi) ? "sim" : "seL4";
    if (COH_NOTE_DEBUG && !is_simulation(bi))
        place_tasks();
    facts.timer = timer_name;
    facts.rtc_unix_ms = (uint64_t)rtc_seconds() * 1000;
    facts.life = (uint32_t)(facts.rtc_unix_ms + timer_ticks());
    facts.node_bits = (uint32_t)bi->initThreadCNodeSizeBits;
    facts.nodes = (uint32_t)bi->numNodes;
    facts.empty_start = bi->empty.start;
    facts.empty_end = bi->empty.end;
    facts.mem_untyped = bi->untyped.end - bi->untyped.start;
    for (uint64_t i = 0; i < facts.mem_untyped; i++) {
        const seL4_UntypedDesc *d = &bi->untypedList[i];
        *(d->isDevice ? &facts.mem_device_bytes : &facts.mem_ram_bytes) += UINT64_C(1) << d->sizeBits;
    }
    facts.evidence = coh_evidence;
    if (!COH_KEYS_EMBEDDED)
        facts.provision = bytes_of(coh_provision, PAGE_BYTES);
}

static void fault(const struct irq_event *e, uint64_t now_ms)
{
    if (e->faulted >= TASK_WORKER)
        workers_fault(hive, e, now_ms);
    else if (e->faulted == TASK_SEATD)
        seat_fault(hive, e, now_ms);
    else if (e->faulted)
        network_fault(&pump, e, now_ms);
}

/* Must it give its processor away though there is work? Sleep is counted in milliseconds that began meanwhile: over many short
 * sleeps that is their length. */
static bool tired(uint64_t now_ms)
{
    uint64_t slept_ms = hive_net(hive)->slept_ms;
    if (timer_polling || slept_ms - counted_slept_ms >= SLEPT_MIN_MS) {
        counted_ms = now_ms;
        counted_slept_ms = slept_ms;
    }
    return now_ms - counted_ms >= AWAKE_MAX_MS;
}

/* One turn of everything. Returns the next deadline; *again: work is left, don't sleep. */
static uint64_t turn(const struct irq_event *e, bool *again)
{
    bool moved;
    uint64_t now = timer_now_ms();
    fault(e, now);
    hive_net(hive)->taken = caps_taken;
    seat_turn(hive, serial, now);
    uart_turn(serial, (e->badges & BADGE_AUTHORITY_UART) != 0);
    uint64_t deadline = pump_turn(&pump, now, again, &moved);
    *again = uart_turn(serial, (e->badges & BADGE_AUTHORITY_UART) != 0) || *again; /* typed behind the pump's turn */
    network_turn(&pump, e->badges, now, &deadline);
    if (COH_HW_NET_MODE_IS_DHCP)
        address_turn(&boot, hive, now, &deadline);
    if (!*again || tired(now))
        *again |= workers_turn(hive, now, &deadline);
    return deadline;
}

/* Sleeps until something comes or the deadline; after a sleep without an interrupt, the serial line is looked at, so that a lost
 * one costs at most SLEEP_MAX_MS. */
static void sleep_until(uint64_t deadline, struct irq_event *out)
{
    if (timer_polling) {
        seL4_Yield(); /* to the tasks, which have the same priority then */
        irq_next(false, out);
        return;
    }
    uint64_t asleep = timer_now_ms(), limit = asleep + SLEEP_MAX_MS;
    timer_arm(deadline < limit ? deadline : limit);
    irq_next(true, out);
    hive_net(hive)->wakeups++;
    hive_net(hive)->slept_ms += timer_now_ms() - asleep;
    if (out->badges == BADGE_AUTHORITY_TIMER)
        out->badges |= BADGE_AUTHORITY_UART;
}

/* Gives the processor away though there is work. */
static void rest(void)
{
    uint64_t awake_ms = timer_now_ms();
    counted_ms = irq_rest();
    hive_net(hive)->slept_ms += counted_ms - awake_ms;
    counted_slept_ms = hive_net(hive)->slept_ms;
}

/* The network comes up before the hive says that it is there. */
static void await_network(void)
{
    struct irq_event e;
    uint64_t deadline = UINT64_MAX;
    while (network_waits(&no_network) ||
           (COH_HW_NET_MODE_IS_DHCP && !no_network && address_waits(&boot, hive, timer_now_ms()))) {
        sleep_until(deadline, &e);
        fault(&e, timer_now_ms());
        deadline = UINT64_MAX;
        network_turn(&pump, e.badges, timer_now_ms(), &deadline);
        irq_ack(e.badges & ~BADGE_AUTHORITY_UART); /* nobody reads the serial line yet: it would interrupt for ever */
    }
}

/* The seat comes up before tickets are published, and stops the boot where it must. */
static void start_seat(void)
{
    struct irq_event e;
    seat_init(&boot);
    while (seat_waits(timer_now_ms())) {
        sleep_until(timer_now_ms() + SEAT_LOOK_MS, &e);
        fault(&e, timer_now_ms());
        irq_ack(e.badges & ~BADGE_AUTHORITY_UART);
    }
    if (COH_HW_LOCAL_SEAT_REQUIRED && seat_missing())
        halt(cap_name("seat"), seat_missing());
}

static void start_sources(void)
{
    if (timer_polling)
        boot_say(&boot, timer_polling);
    boot_say(&boot, BOOT_SOURCE "timer");
    uart_irq_init();
    pump = (struct pump){.hive = hive, .link = link, .serial = serial};
    serial->opened = COH_FEATURES_SERIAL_CONSOLE;
    boot_say(&boot, BOOT_SOURCE "serial");
    seat_say(&boot);
    if (COH_TASKS_NET)
        no_network = network_init(link, facts.rtc_unix_ms, hive_provision(hive));
    if (!no_network) {
        boot_say(&boot, CACHE_SAYS);
        hive_kmesg(hive, bytes_str("caps: nicd and netd hold what their tables list, in no other slot anything"));
        await_network();
    }
    if (no_network)
        boot_say(&boot, "net: ", no_network, ": serial console only");
    else
        boot_say(&boot, BOOT_SOURCE "net");
    boot_say(&boot, BOOT_SOURCE "workers");
}

static void say_ready(void)
{
    uint64_t deadline = UINT64_MAX;
    if (COH_HW_NET_MODE_IS_DHCP)
        address_turn(&boot, hive, timer_now_ms(), &deadline);
    boot_ready(&boot, COH_CONSOLE_PORT, no_network ? "none" : COH_HW_NET_MODE_IS_DHCP ? NULL : COH_HW_NET_ADDRESS);
}

_Noreturn void main_sel4(seL4_BootInfo *bi)
{
    seL4_SetIPCBuffer(bi->ipcBuffer);
    caps_init(bi);
    facts.cap_uart = uart_init();
    boot.out = uart_write;
    boot_begin(&boot);
    vspace_protect_image(bi);
    make_arena();
    task_init(bi);
    irq_init(bi);
    facts.cap_ep = task_object(OBJECT_AUTHORITY_FAULTS);
    timer_init();
    fill_facts(bi);
    if (!boot_run(&boot, hive, &facts))
        halt_stop();
    start_seat();
    boot_tickets(&boot);
    halt_boot_done();
    start_sources();
    say_ready();
    for (struct irq_event e = {.badges = BADGE_AUTHORITY_UART};;) {
        bool again;
        uint64_t deadline = turn(&e, &again);
        irq_ack(e.badges);
        if (tired(timer_now_ms()))
            rest();
        if (again)
            irq_next(false, &e);
        else
            sleep_until(deadline, &e);
    }
}
