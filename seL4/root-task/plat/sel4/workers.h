/* Heartbeat workers as tasks: what the hive says of its workers happens to tasks, what tasks do is told to the hive. */
#pragma once

#include "hive/hive.h"
#include "plat/sel4/irq.h"

/* Right before the authority sleeps: takes beats, ends and begins tasks, has the others beat. True: a turn must follow. */
bool workers_turn(struct hive *h, uint32_t badges, uint64_t now_ms);
/* One has faulted. */
void workers_fault(struct hive *h, const struct irq_event *e, uint64_t now_ms);
