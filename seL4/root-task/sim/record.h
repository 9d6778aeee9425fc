/* Recorded runs: every call of the hive's face with its time and bytes, in memory for one seed, and its replay into a fresh
 * hive. The linker puts the recorder between callers and the hive (cmake/sim.cmake), so that pump and clients are recorded alike. */
#pragma once

struct world;

/* From now on calls of w->h are recorded; what was recorded before is forgotten. */
void record_begin(struct world *w);
/* Replays all of it into w->spare; every output, the whole log and the journal's head must be the same. */
void record_replay(struct world *w);
void record_free(void);
