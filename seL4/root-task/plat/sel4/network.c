/* See network.h. */
#include "plat/sel4/network.h"

#include "base/hash.h"
#include "hive/budget.h"
#include "nicd/virtio.h"
#include "plat/sel4/task.h"
#include "plat/sel4/timer.h"
#include "plat/sel4/virtio.h"

/* What is waited for is looked for that often and then given up: nicd's start of the device, and netd's answer. The task gets
 * the processor LOOKS times in between, and a machine that stood still counts once. */
#define LOOK_MS 50u
#define NICD_LOOKS 40u
#define NETD_LOOKS 8u
/* netd is poked so often though nothing moves. */
#define POKE_MS 1000u
/* netd is built no more often than that, and for ever: whoever can end it can't have the network turned off, nor fill the log. */
#define BUILD_MS 1000u
/* How many of them the boot waits for. */
#define BOOT_BUILDS 3u
/* The link is believed to have changed that often. */
#define LINK_MS 1000u

static enum { NONE, ENDED, STARTING, RUNNING } state;
static struct stream_link *link;
static uint8_t master[HASH_BYTES];
static struct stream_orders orders; /* ours: nobody else can have changed them */
static seL4_CPtr reset;             /* nicd's notification with the badge for that */
static uint64_t built_ms, poked_ms, link_ms;
static uint64_t looked_ms, seen_ms; /* when it was looked last: by the time that others had, and by the clock */
static bool talks, muted;           /* netd ran since the last turn: it has signalled; the alarm came, and not the timer */
static uint64_t asked_ms;           /* the deadline of netd for which it was poked */
static uint32_t looks, builds;
static bool reported;               /* netd has said once what there is */

/* Time in which another task could run. */
static uint64_t given_ms(struct hive *h, uint64_t now_ms) { return timer_given_ms(now_ms, hive_net(h)->slept_ms); }

/* Something has come, or is waited for from now on. */
static void look_anew(struct hive *h, uint64_t now_ms)
{
    looks = 0;
    looked_ms = given_ms(h, now_ms);
    seen_ms = now_ms;
}

static void sooner(uint64_t *deadline, uint64_t at_ms) { *deadline = at_ms < *deadline ? at_ms : *deadline; }

/* Counts a look for something that is not there, though its task could run. */
static bool late(struct hive *h, uint32_t most, uint64_t now_ms, uint64_t *deadline)
{
    uint64_t given = given_ms(h, now_ms);
    if (given - looked_ms >= LOOK_MS || (talks && now_ms - seen_ms >= LOOK_MS)) {
        looks += muted ? (uint32_t)((given - looked_ms) / LOOK_MS) : 1; /* by the timer it would have been looked for earlier */
        looked_ms = given;
        seen_ms = now_ms;
    }
    sooner(deadline, now_ms + LOOK_MS);
    return looks > most;
}

static void build(enum coh_task t)
{
    if (!task_build(t, 0))
        halt(cap_name(coh_tasks[t].name), task_refusal());
    task_audit(t, 0);
}

/* For initial sequence numbers (netd/net.c). Where its entropy comes from, honestly: there is no hardware generator on the
 * board (QEMU's arguments give no virtio-rng, the Cortex-A57 has no RNDR), so it is the counter at several moments of the boot,
 * the wall clock's second and the provisioned key blob where there is one. That keeps a stranger on the network from guessing
 * sequence numbers across a NAT; it is no key material, and nothing else may use it. */
static void make_orders(uint64_t unix_ms, struct bytes provision)
{
    struct sha256 s;
    sha256_begin(&s);
    sha256_more(&s, bytes_of(&unix_ms, sizeof unix_ms));
    for (int i = 0; i < 6; i++) { /* the jitter of a digest's run time against the counter */
        uint64_t t = timer_ticks();
        sha256_more(&s, bytes_of(&t, sizeof t));
        sha256_more(&s, provision);
    }
    sha256_end(&s, master);
    orders.start_ticks = timer_start_ticks;
    orders.counter_hz = timer_frequency;
}

const char *network_init(struct stream_link *shared, uint64_t unix_ms, struct bytes provision)
{
    struct cap_name name = cap_name("nicd.reset");
    const seL4_CPtr root = seL4_CapInitThreadCNode;
    uint32_t nic = virtio_take(VIRTIO_ID_NET, OBJECT_NIC_REGS);
    if (nic == VIRTIO_TRANSPORTS)
        return "no virtio-net device";
    task_provide(OBJECT_NIC_IRQ,
                 irq_take(virtio_irq(nic), task_object(OBJECT_NICD_WAIT), BADGE_NICD_IRQ, CORE_NICD, cap_name("nic.irq")));
    build(TASK_NICD);
    build(TASK_NETD);
    reset = caps_slot(name);
    sel4_must(name, "mint", seL4_CNode_Mint(root, reset, seL4_WordBits, root, task_object(OBJECT_NICD_WAIT), seL4_WordBits,
                                            seL4_AllRights, BADGE_NICD_RESET));
    link = shared;
    make_orders(unix_ms, provision);
    state = STARTING;
    task_run(TASK_NICD, 0, VADDR_NICD_NIC_REGS + virtio_offset(nic), task_paddr(OBJECT_NET_PACKETS),
             task_paddr(OBJECT_NIC_QUEUES));
    return NULL;
}

static void note(struct pump *p, const char *what, struct bytes why, uint64_t now_ms)
{
    BUF(b, 240);
    buf_say(&b, what, " ", why);
    hive_note(p->hive, "net", buf_bytes(&b), now_ms);
}

/* netd is gone: its connections are lost, its memory is the kernel's again. */
static void end_netd(struct pump *p, const char *what, struct bytes why, uint64_t now_ms)
{
    note(p, what, why, now_ms);
    task_end(TASK_NETD, 0);
    pump_lost(p, now_ms);
    memset(link + 1, 0, BYTES_NET_STREAMS - sizeof *link); /* it could write there too */
    hive_net(p->hive)->listening = false;
    state = ENDED;
}

static void give_up(struct pump *p, struct bytes why, uint64_t now_ms)
{
    end_netd(p, "network lost", why, now_ms);
    state = NONE;
    hive_net(p->hive)->link_up = false;
    hive_fault(p->hive, "network-task-lost", now_ms);
}

/* A new netd stands, and nicd starts anew before it runs. */
static void rebuild(struct pump *p, uint64_t now_ms, uint64_t *deadline)
{
    if (now_ms - built_ms < BUILD_MS) {
        sooner(deadline, built_ms + BUILD_MS);
    } else if (!task_build(TASK_NETD, 0)) {
        give_up(p, task_refusal(), now_ms);
    } else {
        builds++;
        state = STARTING;
        built_ms = now_ms;
        look_anew(p->hive, now_ms);
        seL4_Signal(reset);
    }
}

void network_fault(struct pump *p, const struct irq_event *e, uint64_t now_ms)
{
    BUF(why, 200);
    task_cause((enum coh_task)e->faulted, 0, e, &why);
    if (e->faulted == TASK_NETD && state == RUNNING)
        end_netd(p, "netd ended", buf_bytes(&why), now_ms);
    else if (state != NONE)
        give_up(p, buf_bytes(&why), now_ms);
}

static void poke(uint64_t now_ms)
{
    ring_store(&link->orders.poke, ++orders.poke);
    link->orders.now_ms = now_ms;
    poked_ms = now_ms;
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* netd clears awake, then reads bells and poke */
    if (ring_load(&link->report.awake) == 0)
        seL4_Signal(task_object(OBJECT_NETD_WAIT));
}

static void start_netd(struct pump *p, uint64_t now_ms)
{
    uint64_t ticks = timer_ticks(); /* a secret of its own: the last one's is known to whoever had it */
    blake3_keyed(master, bytes_of(&ticks, sizeof ticks), orders.secret);
    link->orders = orders;
    state = RUNNING;
    asked_ms = 0;
    look_anew(p->hive, now_ms);
    poke(now_ms);
    task_run(TASK_NETD, 0, 0, 0, 0);
    if (builds > 0)
        note(p, "netd runs again", bytes_str("state=started"), now_ms);
}

/* Has netd left the last poke unanswered for too long? */
static bool hangs(struct hive *h, uint64_t now_ms, uint64_t *deadline)
{
    if (ring_load(&link->report.answered) != orders.poke)
        return late(h, NETD_LOOKS, now_ms, deadline);
    look_anew(h, now_ms);
    return false;
}

/* What it tells, as far as it can be true. */
static void take_report(struct hive *h, uint64_t now_ms)
{
#define POOL_OF(name) POOL_##name,
    static const enum pool pools[STREAM_LEVELS] = {COH_NET_LEVELS(POOL_OF)};
    struct stream_report *r = &link->report;
    struct hive_net *n = hive_net(h);
    if (ring_load(&r->answered) == 0)
        return; /* it has not come so far yet */
    struct hive_net told = r->counts;
    if (!COH_HW_NET_MODE_IS_DHCP)
        told.address = COH_HW_NET_ADDRESS_U32;
    told.wakeups = n->wakeups;
    told.slept_ms = n->slept_ms;
    told.taken = n->taken;
    told.listening = *(const uint8_t *)&r->counts.listening == 1;
    told.link_up = now_ms < link_ms ? n->link_up : *(const uint8_t *)&r->counts.link_up == 1;
    link_ms = told.link_up != n->link_up ? now_ms + LINK_MS : link_ms;
    *n = told;
    reported = true;
    for (uint32_t i = 0; i < STREAM_LEVELS; i++)
        budget_told(h, pools[i], ring_load(&r->levels[i]));
}

/* Why netd can't go on; NULL: it can. */
static const char *misbehaves(const struct pump *p, uint32_t badges, uint64_t now_ms, uint64_t *deadline)
{
    if (p->forged)
        return "cause=forged-index";
    if (badges & BADGE_AUTHORITY_FORGED)
        return "cause=forged-packet";
    return hangs(p->hive, now_ms, deadline) ? "cause=no-answer" : NULL;
}

/* Whatever leads from one state to another. */
static void go_on(struct pump *p, uint32_t badges, uint64_t now_ms, uint64_t *deadline)
{
    const char *wrong = state == RUNNING ? misbehaves(p, badges, now_ms, deadline) : NULL;
    if (wrong)
        end_netd(p, "netd ended", bytes_str(wrong), now_ms);
    if (state == ENDED)
        rebuild(p, now_ms, deadline);
    else if (state == STARTING && (badges & BADGE_AUTHORITY_NICD) != 0)
        start_netd(p, now_ms);
    else if (state == STARTING && late(p->hive, NICD_LOOKS, now_ms, deadline))
        give_up(p, bytes_str("reason=nicd-silent"), now_ms);
}

void network_turn(struct pump *p, uint32_t badges, uint64_t now_ms, uint64_t *deadline)
{
    talks = (badges & BADGE_AUTHORITY_NETD) != 0;
    muted = (badges & (BADGE_AUTHORITY_ALARM | BADGE_AUTHORITY_TIMER)) == BADGE_AUTHORITY_ALARM;
    go_on(p, badges, now_ms, deadline);
    if (state != RUNNING)
        return;
    uint64_t asks = __atomic_load_n(&link->report.deadline_ms, __ATOMIC_RELAXED);
    bool due = asks <= now_ms && asks != asked_ms;
    if (bells_ring(&link->to_net) || now_ms - poked_ms >= POKE_MS || due)
        poke(now_ms);
    asked_ms = due ? asks : asked_ms;
    take_report(p->hive, now_ms);
    if (asks > now_ms)
        sooner(deadline, asks);
    sooner(deadline, poked_ms + POKE_MS);
}

bool network_waits(const char **lost)
{
    *lost = state == NONE ? "its tasks do not work, /log/queen.log says why" : NULL;
    return state != NONE && builds < BOOT_BUILDS && (state != RUNNING || !reported);
}
