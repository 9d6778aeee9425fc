/* The platform's side of workers that are tasks: it starts and ends them, asks them to beat, and they answer, keep silent or are
 * lost. It counts for itself what each has missed, and judges the hive's watchdog by that. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"

enum mood { TASK_GOOD, TASK_LAZY, TASK_DEAD, TASK_DOOMED, TASK_MOODS };

static struct sim_task *task_of(struct world *w, uint64_t number)
{
    for (uint32_t i = 0; i < COH_WORKERS_MAX; i++) {
        if (number && w->task[i].number == number)
            return &w->task[i];
    }
    return NULL;
}

void tasks_log(struct world *w, const char *text)
{
    const char *reason = strstr(text, " reason=");
    uint64_t number = strtoull(text + strlen("worker ended id=worker-"), NULL, 10);
    SIM_CHECK(w, reason != NULL, "`%s` has no reason", text);
    reason += strlen(" reason=");
    if (strncmp(reason, "watchdog ", 9) == 0) {
        const struct sim_task *t = task_of(w, number);
        SIM_CHECK(w, t && t->asked >= WORKER_WATCHDOG_TICKS, "`%s`, and it was asked %u times in vain", text, t ? t->asked : 0);
    } else if (strncmp(reason, "fault ", 6) == 0 || strncmp(reason, "memory ", 7) == 0) {
        SIM_CHECK(w, number == w->losing, "`%s`, and it is another that was lost", text);
    }
}

static void lose(struct world *w, uint32_t slot, uint64_t number, const char *reason)
{
    sim_say(w, "the task of worker-%llu is lost: %s", (unsigned long long)number, reason);
    w->losing = number;
    hive_worker_lost(w->h, slot, number, reason, w->now);
    w->losing = 0;
    SIM_CHECK(w, hive_worker(w->h, slot) != number, "worker-%llu lives without a task", (unsigned long long)number);
}

/* Each worker's task begins once. Those of one look may begin in any order: slots are looked at by number. */
static void begin(struct world *w, uint64_t number)
{
    SIM_CHECK(w, number < SIM_TASKS, "worker-%llu is more than this world has seen", (unsigned long long)number);
    SIM_CHECK(w, !(w->begun[number / 8] >> number % 8 & 1), "worker-%llu begins again", (unsigned long long)number);
    w->begun[number / 8] = (uint8_t)(w->begun[number / 8] | 1u << number % 8);
}

/* What the hive wants of a slot. */
static void change(struct world *w, uint32_t slot, uint64_t number)
{
    struct sim_task *t = &w->task[slot];
    if (t->number != number) {
        if (number)
            begin(w, number);
        w->last_task = number > w->last_task ? number : w->last_task;
        *t = (struct sim_task){.number = number, .mood = (uint8_t)(chance(&w->rng, 60) ? TASK_GOOD : pick(&w->rng, TASK_MOODS))};
    }
    if (!number)
        return;
    t->asked++;
    SIM_CHECK(w, t->asked <= WORKER_WATCHDOG_TICKS, "worker-%llu lives on, and was asked %u times in vain", (unsigned long long)number,
              t->asked);
    if (t->asked == 1 && chance(&w->rng, 2))
        lose(w, slot, number, "memory");
}

static void live(struct world *w, uint32_t slot)
{
    static const uint32_t answers[TASK_MOODS] = {[TASK_GOOD] = 80, [TASK_LAZY] = 15, [TASK_DOOMED] = 40};
    struct sim_task *t = &w->task[slot];
    if (chance(&w->rng, answers[t->mood])) {
        hive_worker_beat(w->h, slot, t->number, w->now);
        t->asked = 0;
    }
    if (t->mood == TASK_DOOMED && hive_worker(w->h, slot) == t->number && chance(&w->rng, 10))
        lose(w, slot, t->number, "fault");
}

/* A word about somebody who is not there: the hive does as if nothing was said. */
static void word_of_the_dead(struct world *w)
{
    const struct hive *h = w->h;
    uint32_t slot = pick(&w->rng, COH_WORKERS_MAX + 1u);
    uint64_t lives = hive_worker(h, slot), said = h->log.queen.next, number = pick(&w->rng, (uint32_t)w->last_task + 2u);
    uint8_t asked = slot < COH_WORKERS_MAX ? h->workers[slot].asked : 0;
    if (number == lives && number)
        return;
    if (chance(&w->rng, 50))
        hive_worker_beat(w->h, slot, number, w->now);
    else
        hive_worker_lost(w->h, slot, number, "fault", w->now);
    SIM_CHECK(w, hive_worker(h, slot) == lives && h->log.queen.next == said && (slot == COH_WORKERS_MAX || h->workers[slot].asked == asked),
              "a word of worker-%llu, who is not in slot %u, counts", (unsigned long long)number, slot);
}

/* Takes what changed; sometimes not all of it. */
static void look(struct world *w, uint32_t percent)
{
    uint32_t slot, n = 0;
    uint64_t number;
    for (;; n++) {
        if (!chance(&w->rng, percent))
            return;
        if (!hive_worker_change(w->h, &slot, &number))
            break;
        SIM_CHECK(w, w->facts.tasks && slot < COH_WORKERS_MAX && n <= 3u * COH_WORKERS_MAX, "slot %u changed, once more or without tasks", slot);
        SIM_CHECK(w, number == hive_worker(w->h, slot), "slot %u holds another worker than its change says", slot);
        change(w, slot, number);
    }
    for (uint32_t i = 0; w->facts.tasks && i < COH_WORKERS_MAX; i++)
        SIM_CHECK(w, w->task[i].number == hive_worker(w->h, i), "slot %u has the task of worker-%llu, and nobody said that it is over", i,
                  (unsigned long long)w->task[i].number);
}

void tasks_turn(struct world *w)
{
    look(w, w->facts.tasks ? 97 : 5);
    for (uint32_t i = 0; w->facts.tasks && i < COH_WORKERS_MAX; i++) {
        if (w->task[i].number)
            live(w, i);
    }
    if (w->facts.tasks && chance(&w->rng, 15))
        word_of_the_dead(w);
}

void tasks_end(struct world *w)
{
    look(w, 100);
    for (uint32_t i = 0; i < COH_WORKERS_MAX; i++)
        SIM_CHECK(w, !w->task[i].number, "the task of worker-%llu runs when everybody has left", (unsigned long long)w->task[i].number);
}
