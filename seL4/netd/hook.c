/* See hook.h. Each mode is what a stranger might do who runs code of his choice in netd. Those that would go on for ever do
 * so for a while, answering pokes so that nobody takes them for dead, and then stop by name. */
#include "netd/hook.h"

#include <sel4/sel4.h>
#include <string.h>

#include "base/assert.h"
#include "generated/caps.h"
#include "generated/manifest.h"
#include "pump/stream.h"
#include "task/clock.h"
#include "task/packet.h"
#include "task/task.h"

_Static_assert(!COH_PROFILE_RELEASE, "a release has no hook");

#define WHILE_MS 1200u
/* More than a kernel of any version has invocations. */
#define LABELS 64u

static struct packet_area *area;
static struct stream_link *shared;
static uint64_t seed = 88172645463325252u;

void hook_init(struct packet_area *packets, struct stream_link *link)
{
    area = packets;
    shared = link;
}

static uint32_t any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 16);
}

static uint64_t now_ms(void)
{
    const struct stream_orders *o = &shared->orders;
    return CLOCK_COUNTER ? clock_ms(clock_ticks() - o->start_ticks, o->counter_hz) : o->now_ms;
}

/* True: go on. Answers pokes meanwhile. */
static bool still(void)
{
    static uint64_t until;
    if (until == 0)
        until = now_ms() + WHILE_MS;
    ring_store(&shared->report.answered, ring_load(&shared->orders.poke));
    return now_ms() < until;
}

static void signal_both(void)
{
    seL4_Signal(CAP_NETD_AUTHORITY);
    seL4_Signal(CAP_NETD_NICD);
}

/* ---- faults ---- */

static void read_at(uint64_t at) { *(volatile const uint8_t *)at; }
static void write_at(uint64_t at) { *(volatile uint8_t *)at = 1; }
static void jump_to(uint64_t at) { ((void (*)(void))at)(); }

static void loop(uint64_t n)
{
    for (;;)
        __asm__ volatile("" : : : "memory");
}

/* Turns the timer off, which such kernels give every task of its core, and goes on doing so. */
static void mute_timer(uint64_t n)
{
    for (;;) {
#ifdef CONFIG_EXPORT_PTMR_USER
        __asm__ volatile("msr cntp_ctl_el0, %0; isb" : : "r"(UINT64_C(2)) : "memory");
#endif
    }
}

/* Turns off the kernel's own timer, and with it the time slices of its core: an exception, unless the kernel exports that. */
static void mute_slices(uint64_t n)
{
    __asm__ volatile("msr cntv_ctl_el0, xzr; isb" : : : "memory");
    loop(n);
}

static void eat_stack(uint64_t n)
{
    __asm__ volatile("1: str xzr, [sp, #-16]!\n b 1b" : : : "memory");
}

static void fail_assertion(uint64_t n) { COH_ASSERT(n == UINT64_MAX); }

/* ---- stream ports ---- */

static void tell(uint32_t port)
{
    bell_ring(&shared->to_hive, port);
    seL4_Signal(CAP_NETD_AUTHORITY);
}

/* n bytes more came than there are, or went. */
static void forge_rx(uint64_t n)
{
    for (uint32_t i = 0; i < STREAM_PORTS; i++) {
        ring_store(&shared->ports[i].rx_tail, shared->ports[i].rx_head + (uint32_t)n);
        tell(i);
    }
    loop(n); /* else conn.c would write the word anew */
}

static void forge_tx(uint64_t n)
{
    for (uint32_t i = 0; i < STREAM_PORTS; i++) {
        ring_store(&shared->ports[i].tx_head, shared->ports[i].tx_tail + (uint32_t)n);
        tell(i);
    }
    loop(n); /* else conn.c would write the word anew */
}

/* Every word outside the rings' bytes, the authority's own among them, again and again. */
static void forge_words(uint64_t n)
{
    for (;;) {
        uint32_t *words = (uint32_t *)shared;
        for (size_t i = 0; i < offsetof(struct stream_link, ports) / sizeof *words; i++)
            words[i] = any();
        for (uint32_t p = 0; p < STREAM_PORTS; p++) {
            words = (uint32_t *)&shared->ports[p];
            for (size_t i = 0; i < offsetof(struct stream_port, rx) / sizeof *words; i++)
                words[i] = any();
        }
        signal_both();
    }
}

/* Words that could be, so that nothing is noticed: connections come and go, with random bytes. */
static void guess_words(uint64_t n)
{
    while (still()) {
        struct stream_port *p = &shared->ports[any() % STREAM_PORTS];
        switch (any() % 8) {
        case 0:
            ring_store(&p->opened, p->opened + any() % 3);
            break;
        case 1:
            ring_store(any() % 2 ? &p->net_closed : &p->net_lost, p->opened);
            break;
        case 2:
            ring_store(&p->tx_head, p->tx_tail);
            break;
        case 3:
            shared->report.deadline_ms = any() % 2 ? now_ms() : any();
            break;
        case 4: /* what follows is read as flags, too */
            memset(&shared->report.counts, (int)(any() % 256), sizeof shared->report.counts);
            break;
        case 5:
            shared->report.levels[any() % STREAM_LEVELS] = any();
            break;
        case 6: /* a frame's length, so that some parse */
            memcpy(p->rx + p->rx_head % STREAM_RX_BYTES / 4u * 4u, "\x08\0\0\0PING", 8);
            ring_store(&p->rx_tail, p->rx_head + 8);
            break;
        default:
            for (uint32_t i = 0; i < 64; i++)
                p->rx[any() % STREAM_RX_BYTES] = (uint8_t)any();
            ring_store(&p->rx_tail, p->rx_head + any() % (STREAM_RX_BYTES + 1u));
        }
        tell((uint32_t)(p - shared->ports));
    }
    coh_panic("hook: guessed for long enough", __FILE__, __LINE__);
}

/* All but those in use, whose indices would not fit. */
static void flood_ports(uint64_t n)
{
    bool used[STREAM_PORTS];
    for (uint32_t i = 0; i < STREAM_PORTS; i++)
        used[i] = shared->ports[i].opened != shared->ports[i].released;
    while (still()) {
        for (uint32_t i = 0; i < STREAM_PORTS; i++) {
            struct stream_port *p = &shared->ports[i];
            if (used[i])
                continue;
            ring_store(&p->rx_tail, 0);
            ring_store(&p->tx_head, 0);
            ring_store(&p->net_lost, p->opened + 1);
            ring_store(&p->net_closed, p->opened + 1);
            ring_store(&p->opened, p->opened + 1);
            tell(i);
        }
    }
    coh_panic("hook: opened and closed for long enough", __FILE__, __LINE__);
}

/* A link that comes and goes, as fast as it can. */
static void flood_link(uint64_t n)
{
    while (still()) {
        shared->report.counts.link_up = !shared->report.counts.link_up;
        tell(0);
    }
    coh_panic("hook: plugged and unplugged for long enough", __FILE__, __LINE__);
}

/* Wants to be woken at once, for ever. */
static void flood_deadlines(uint64_t n)
{
    while (still()) {
        __atomic_store_n(&shared->report.deadline_ms, now_ms() - any() % 2, __ATOMIC_RELEASE);
        seL4_Signal(CAP_NETD_AUTHORITY);
    }
    coh_panic("hook: was woken for long enough", __FILE__, __LINE__);
}

static void flood_signals(uint64_t n)
{
    while (still())
        signal_both();
    coh_panic("hook: signalled for long enough", __FILE__, __LINE__);
}

/* For ever, and nothing else: whom it wakes has little sleep by which to tell that it ran. */
static void flood_silent(uint64_t n)
{
    for (;;)
        seL4_Signal(CAP_NETD_AUTHORITY);
}

/* ---- the packet ring ---- */

/* 0: a receive index, 1: a transmit index, 2 and 3: a length, too long and too short, 4: all of it at random. */
static void forge_packets(uint64_t n)
{
    uint32_t tail = packet_load(&area->tx_tail);
    if (n == 2 || n == 3)
        area->tx_len[tail % PACKET_SLOTS] = n == 2 ? PACKET_MAX + 1u : PACKET_MIN - 1u;
    if (n >= 1 && n < 4)
        packet_store(&area->tx_tail, tail + (n == 1 ? PACKET_SLOTS + 1u : 1u));
    while (n < 4 || still()) {
        if (n == 0) /* a packet that comes makes it possible */
            packet_store(&area->rx_head, packet_load(&area->rx_tail) + 1u);
        uint32_t *words = (uint32_t *)area;
        for (size_t i = 0; n == 4 && i < offsetof(struct packet_area, rx) / sizeof *words; i++)
            words[i] = any();
        seL4_Signal(CAP_NETD_NICD);
    }
    coh_panic("hook: forged for long enough", __FILE__, __LINE__);
}

/* Broadcasts of a kind that nobody knows, as many as go. */
static void flood_packets(uint64_t n)
{
    uint32_t tail = packet_load(&area->tx_tail);
    while (still()) {
        for (; tail - packet_load(&area->tx_head) < PACKET_SLOTS; tail++) {
            uint8_t *packet = area->tx[tail % PACKET_SLOTS];
            memset(packet, 0xff, 12);
            packet[12] = 0x88;
            packet[13] = 0xb5;
            area->tx_len[tail % PACKET_SLOTS] = PACKET_MAX;
        }
        packet_store(&area->tx_tail, tail);
        area->tx_wake = tail - 1u;
        signal_both();
    }
    coh_panic("hook: sent for long enough", __FILE__, __LINE__);
}

/* ---- capabilities ---- */

/* Calls what lies at `at` as one of several objects. True: it was not refused. */
static bool obeys(seL4_CPtr at, seL4_Word label)
{
    seL4_Word m0 = at, m1 = 0, m2 = 1, m3 = 0;
    seL4_MessageInfo_t answer = seL4_CallWithMRs(at, seL4_MessageInfo_new(label, 0, 1, 4), &m0, &m1, &m2, &m3);
    return seL4_MessageInfo_get_label(answer) == seL4_NoError;
}

/* Invokes each slot of the CSpace as everything there is, but those that are listed for calls: notifications that it may
 * signal, and the fault endpoint. Stops with how often it was obeyed as the line. */
static void invoke_slots(uint64_t n)
{
    uint32_t obeyed = 0;
    for (seL4_CPtr at = 0; at < 1u << RADIX_NETD; at++) {
        if (at == CAP_NETD_NICD || at == CAP_NETD_AUTHORITY || at == CAP_NETD_FAULTS)
            continue;
        for (seL4_Word label = 1; label < LABELS; label++)
            obeyed += obeys(at, label);
    }
    task_stop("hook: invoked all slots, the line is how many obeyed", "hook.c", (int)obeyed, 0);
}

/* Calls a slot, which must be a fault unless it is one of the CSpace. */
static void invoke_one(uint64_t at)
{
    bool obeyed = obeys(at, 1);
    task_stop("hook: invoked one slot, the line is how many obeyed", "hook.c", obeyed, 0);
}

/* Receives from a slot from which it must not. */
static void receive_from(uint64_t at)
{
    seL4_Word badge;
    seL4_Recv(at, &badge);
    coh_panic("hook: received", __FILE__, __LINE__);
}

/* ---- orders ---- */

static const struct {
    const char *name;
    void (*act)(uint64_t n);
} modes[] = {{"read", read_at},
             {"write", write_at},
             {"jump", jump_to},
             {"loop", loop},
             {"mute-timer", mute_timer},
             {"mute-slices", mute_slices},
             {"stack", eat_stack},
             {"assert", fail_assertion},
             {"forge-rx", forge_rx},
             {"forge-tx", forge_tx},
             {"forge-words", forge_words},
             {"guess-words", guess_words},
             {"flood-ports", flood_ports},
             {"flood-link", flood_link},
             {"flood-deadlines", flood_deadlines},
             {"flood-signals", flood_signals},
             {"flood-silent", flood_silent},
             {"forge-packets", forge_packets},
             {"flood-packets", flood_packets},
             {"invoke-slots", invoke_slots},
             {"invoke", invoke_one},
             {"receive", receive_from}};

void hook_input(const void *bytes, size_t n)
{
    static const char magic[] = "!netd ";
    const char *at = bytes, *end = memchr(bytes, '\n', n);
    if (n < sizeof magic || memcmp(bytes, magic, sizeof magic - 1) != 0 || end == NULL)
        return;
    at += sizeof magic - 1;
    size_t word = 0;
    while (at + word < end && at[word] != ' ')
        word++;
    uint64_t number = 0;
    for (const char *p = at + word; p < end; p++) {
        if (*p != ' ')
            number = number << 4 | (uint64_t)(*p <= '9' ? *p - '0' : *p - 'a' + 10);
    }
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (strlen(modes[i].name) == word && memcmp(modes[i].name, at, word) == 0)
            modes[i].act(number);
    }
}
