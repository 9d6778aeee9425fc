/* See workers.h. A worker's task counts its beats in its own page, of which the authority sees a copy that it can't write. */
#include "plat/sel4/workers.h"

#include "hive/budget.h"
#include "plat/sel4/layout.h"
#include "plat/sel4/task.h"
#include "worker/worker.h"

_Static_assert(LAYOUT_WORKERS + COH_WORKERS_MAX * (uint64_t)PAGE_BYTES <= VADDR_AUTHORITY_NET_STREAMS, "a page each");

/* By slot: the worker whose task runs there, 0 none, and its count when it was last asked. Named for pools.c. */
static struct running {
    uint64_t number;
    uint32_t beats;
} coh_pool_worker_state[COH_WORKERS_MAX];
#define running coh_pool_worker_state
static uint64_t asked[(COH_WORKERS_MAX + 63u) / 64u]; /* a bit a slot that has not answered */

static uint32_t beats_of(uint32_t slot)
{
    uintptr_t page = LAYOUT_WORKERS + (uintptr_t)slot * PAGE_BYTES;
    return __atomic_load_n((const uint32_t *)(page + WORKER_BEATS_OFFSET), __ATOMIC_ACQUIRE);
}

static void end(struct hive *h, uint32_t slot)
{
    task_end(TASK_WORKER, slot);
    running[slot].number = 0;
    budget_give(h, POOL_worker_tasks);
    asked[slot / 64] &= ~(UINT64_C(1) << slot % 64);
}

static void take_beats(struct hive *h, uint64_t now_ms)
{
    for (uint32_t w = 0; w < sizeof asked / sizeof *asked; w++) {
        for (uint64_t left = asked[w]; left; left &= left - 1) {
            uint32_t slot = w * 64u + (uint32_t)__builtin_ctzll(left);
            if (beats_of(slot) == running[slot].beats)
                continue;
            asked[w] &= ~(UINT64_C(1) << slot % 64);
            hive_worker_beat(h, slot, running[slot].number, now_ms);
        }
    }
}

static bool begin(uint32_t slot)
{
    if (!task_build(TASK_WORKER, slot))
        return false;
    task_show(TASK_WORKER, slot, OBJECT_WORKER_DATA, LAYOUT_WORKERS + (uintptr_t)slot * PAGE_BYTES);
    task_run(TASK_WORKER, slot, 0, 0, 0);
    return true;
}

bool workers_turn(struct hive *h, uint32_t badges, uint64_t now_ms)
{
    uint32_t slot;
    uint64_t number;
    bool lost = false;
    if (badges & BADGE_AUTHORITY_WORKER)
        take_beats(h, now_ms);
    while (hive_worker_change(h, &slot, &number)) {
        if (running[slot].number && running[slot].number != number)
            end(h, slot);
        if (number && !running[slot].number) {
            if (!begin(slot)) {
                hive_note(h, "worker", task_refusal(), now_ms);
                hive_worker_lost(h, slot, number, "memory", now_ms);
                lost = true;
                continue;
            }
            running[slot].number = number;
            budget_take(h, POOL_worker_tasks);
        }
        if (number) {
            running[slot].beats = beats_of(slot);
            asked[slot / 64] |= UINT64_C(1) << slot % 64;
            seL4_Signal(task_own(TASK_WORKER, slot, OBJECT_WORKER_WAIT));
        }
    }
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
