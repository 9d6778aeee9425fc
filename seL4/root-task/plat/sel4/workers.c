/* See workers.h. A worker's task counts its beats in its own page, of which the authority sees a copy that it can't write. */
#include "plat/sel4/workers.h"

#include "hive/budget.h"
#include "plat/sel4/layout.h"
#include "plat/sel4/task.h"
#include "plat/sel4/timer.h"
#include "worker/worker.h"

_Static_assert(LAYOUT_WORKERS + COH_WORKERS_MAX * (uint64_t)PAGE_BYTES <= VADDR_AUTHORITY_NET_STREAMS, "a page each");

/* A silent task counts as one only if others had that much of a heartbeat's time: else it may have had none. */
#define GIVEN_MS (COH_WORKERS_HEARTBEAT_MS / 8u)

/* By slot: the worker whose task runs there, 0 none; and when it was last asked, its count, and timer_given_ms. Named for
 * pools.c. */
static struct running {
    uint64_t number;
    uint32_t beats, given_ms;
} coh_pool_worker_state[COH_WORKERS_MAX];
#define running coh_pool_worker_state
static uint32_t running_n;

/* However many they are, what has a lower priority gets its share: so many are asked at once, the others when those have answered
 * or had their time, and where a look found that this takes long, as long again after it: no more than a heartbeat in all. */
#define ASKED_MOST 8u
#define LOOK_MS 1u
#define ANSWER_MS (COH_WORKERS_HEARTBEAT_MS < 250u ? COH_WORKERS_HEARTBEAT_MS / 2u : 125u)

/* Those that were asked last, at at_ms; 0: all is settled. Others follow at next_ms. */
static struct asked {
    uint32_t slot[ASKED_MOST], n, given_ms;
    uint64_t at_ms, next_ms;
    bool slow; /* a look found them unsettled */
} asked;

static uint32_t beats_of(uint32_t slot)
{
    uintptr_t page = LAYOUT_WORKERS + (uintptr_t)slot * PAGE_BYTES;
    return __atomic_load_n((const uint32_t *)(page + WORKER_BEATS_OFFSET), __ATOMIC_ACQUIRE);
}

static void end(struct hive *h, uint32_t slot)
{
    task_end(TASK_WORKER, slot);
    memset(&running[slot], 0, sizeof running[slot]);
    running_n--;
    budget_give(h, POOL_worker_tasks);
}

static bool begin(uint32_t slot)
{
    if (!task_build(TASK_WORKER, slot))
        return false;
    task_show(TASK_WORKER, slot, OBJECT_WORKER_DATA, LAYOUT_WORKERS + (uintptr_t)slot * PAGE_BYTES);
    task_run(TASK_WORKER, slot, 0, 0, 0);
    return true;
}

/* Is nothing to wait for in a slot, since its worker has ended or its task has answered? */
static bool settled(const struct hive *h, uint32_t slot)
{
    return hive_worker(h, slot) != running[slot].number || !running[slot].number || beats_of(slot) != running[slot].beats;
}

/* Are all that were asked settled, or had they their time? */
static bool answered(const struct hive *h, uint32_t given_ms)
{
    uint32_t i = 0;
    while (i < asked.n && settled(h, asked.slot[i]))
        i++;
    return i == asked.n || given_ms - asked.given_ms >= ANSWER_MS;
}

/* From when on others may be asked. */
static uint64_t next_ask_ms(const struct hive *h, uint32_t given_ms, uint64_t now_ms)
{
    if (asked.n > 0 && !answered(h, given_ms)) {
        asked.slow = true;
        return now_ms + LOOK_MS;
    }
    uint64_t took_ms = now_ms - asked.at_ms;
    if (asked.n > 0 && asked.slow)
        asked.next_ms = now_ms + (took_ms < ANSWER_MS ? took_ms : ANSWER_MS);
    asked.n = 0;
    return asked.next_ms;
}

/* What the hive says of a slot happens to its task, which is then asked to beat. False: the worker is lost. */
static bool follow(struct hive *h, uint32_t slot, uint64_t number, uint32_t given_ms, uint64_t now_ms)
{
    if (running[slot].number && running[slot].number != number)
        end(h, slot);
    if (number && !running[slot].number) {
        if (!begin(slot)) {
            hive_note(h, "worker", task_refusal(), now_ms);
            hive_worker_lost(h, slot, number, "memory", now_ms);
            return false;
        }
        running[slot].number = number;
        running_n++;
        budget_take(h, POOL_worker_tasks);
    }
    if (number) {
        uint32_t beats = beats_of(slot);
        if (beats != running[slot].beats || given_ms - running[slot].given_ms < GIVEN_MS)
            hive_worker_beat(h, slot, number, now_ms);
        running[slot].beats = beats;
        running[slot].given_ms = given_ms;
        asked.slot[asked.n++] = slot;
        seL4_Signal(task_own(TASK_WORKER, slot, OBJECT_WORKER_WAIT));
    }
    return true;
}

/* A task whose worker has ended does not stay until others have answered. */
static void end_orphans(struct hive *h)
{
    for (uint32_t slot = 0, left = running_n; left > 0; slot++) {
        left -= running[slot].number != 0;
        if (running[slot].number && running[slot].number != hive_worker(h, slot))
            end(h, slot);
    }
}

bool workers_turn(struct hive *h, uint64_t now_ms, uint64_t *deadline)
{
    uint32_t slot, given_ms = (uint32_t)timer_given_ms(now_ms, hive_net(h)->slept_ms);
    uint64_t number, next_ms = next_ask_ms(h, given_ms, now_ms);
    bool lost = false;
    if (next_ms <= now_ms) {
        asked = (struct asked){.given_ms = given_ms, .at_ms = now_ms};
        while (asked.n < ASKED_MOST && hive_worker_change(h, &slot, &number))
            lost |= !follow(h, slot, number, given_ms, now_ms);
        if (asked.n < ASKED_MOST)
            return lost;
        next_ms = now_ms + LOOK_MS;
    }
    end_orphans(h);
    *deadline = next_ms < *deadline ? next_ms : *deadline;
    return lost;
}

void workers_fault(struct hive *h, const struct irq_event *e, uint64_t now_ms)
{
    uint32_t slot = e->faulted - TASK_WORKER;
    uint64_t number = running[slot].number;
    if (number == 0)
        return; /* it was ended meanwhile */
    BUF(why, 200);
    buf_say(&why, "fault id=worker-", number, " ");
    task_cause(TASK_WORKER, slot, e, &why);
    hive_note(h, "worker", buf_bytes(&why), now_ms);
    hive_worker_lost(h, slot, number, "fault", now_ms);
}
