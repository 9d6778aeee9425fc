/* Heartbeat workers as tasks: what the hive says of its workers happens to tasks, what tasks do is told to the hive. */
#pragma once

#include "hive/hive.h"
#include "plat/sel4/irq.h"

/* Ends and begins tasks, and asks the others to beat, having told the hive which of them have beaten since they were last
 * asked: nobody is woken for a beat. Only right before the authority sleeps or rests, since while it runs nobody can answer. Not all
 * are asked at once: *deadline is then no later than the time for the others. True: a turn must follow. */
bool workers_turn(struct hive *h, uint64_t now_ms, uint64_t *deadline);
/* One has faulted. */
void workers_fault(struct hive *h, const struct irq_event *e, uint64_t now_ms);
