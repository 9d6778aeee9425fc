/* Fault injection from a seed: the same seed and parameters give the same faults. Parameters come from the
 * block sim_params, which the image tool may patch, and then from the device tree's boot arguments, which
 * win. */
#include "sim.h"

struct sim_params {
    char magic[8];       /* "COHSIM01": where the block is in the file */
    uint64_t seed;       /* 0: no faults */
    uint64_t retype_nth; /* fail the Nth retype with seL4_NotEnoughMemory; 0 none */
    uint64_t map_nth;    /* fail the Nth frame map with seL4_FailedLookup; 0 none */
    uint64_t lost_permille;
    uint64_t late_permille;
    uint64_t late_ms; /* a late interrupt is 1 to this many milliseconds late */
};
struct sim_params sim_params
    __attribute__((section(".data.sim_params"))) = {.magic = {'C', 'O', 'H', 'S', 'I', 'M', '0', '1'}, .late_ms = 20};

static uint64_t random_state, retypes, maps;

/* xorshift64* */
static uint64_t next_random(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 0x2545f4914f6cdd1dul;
}

static bool chance(uint64_t permille) { return permille != 0 && next_random() % 1000 < permille; }

/* If text at p starts with word: the number behind it is read into *value and true is the result. */
static bool number_after(const char *p, const char *end, const char *word, uint64_t *value)
{
    uint64_t n = 0;

    for (; *word; word++, p++) {
        if (p >= end || *p != *word) {
            return false;
        }
    }
    if (p >= end || *p < '0' || *p > '9') {
        return false;
    }
    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        n = n * 10 + (uint64_t)(*p - '0');
    }
    *value = n;
    return true;
}

void inject_boot(const char *bootargs, size_t n)
{
    const char *end = bootargs + n;
    bool in_faults = false;

    for (const char *p = bootargs; p < end && *p; p++) {
        bool word_start = p == bootargs || p[-1] == ' ';
        if (word_start) {
            in_faults = end - p > 10 && p[0] == 's' && p[4] == 'f' && p[9] == '=' && p[3] == '.';
            (void)number_after(p, end, "sim.seed=", &sim_params.seed);
        }
        if (in_faults && (p[-1] == '=' || p[-1] == ',')) {
            (void)(number_after(p, end, "retype:", &sim_params.retype_nth) ||
                   number_after(p, end, "map:", &sim_params.map_nth) ||
                   number_after(p, end, "lost:", &sim_params.lost_permille) ||
                   number_after(p, end, "late_ms:", &sim_params.late_ms) ||
                   number_after(p, end, "late:", &sim_params.late_permille));
        }
    }
    random_state = sim_params.seed;
}

bool inject_retype(void) { return sim_params.seed && ++retypes == sim_params.retype_nth; }

bool inject_map(void) { return sim_params.seed && ++maps == sim_params.map_nth; }

enum irq_fate inject_irq(unsigned *delay_ms)
{
    if (sim_params.seed == 0) {
        return IRQ_DELIVER;
    }
    if (chance(sim_params.lost_permille)) {
        return IRQ_LOSE;
    }
    if (chance(sim_params.late_permille) && sim_params.late_ms) {
        *delay_ms = (unsigned)(1 + next_random() % sim_params.late_ms);
        return IRQ_DELAY;
    }
    return IRQ_DELIVER;
}

void inject_describe(struct coh_sim_chunk *chunk)
{
    const struct sim_params *p = &sim_params;

    *chunk = (struct coh_sim_chunk){.header = {COH_SIM_BOOTINFO_ID, sizeof *chunk}, .version = 1, .seed = p->seed};
    if (p->seed) {
        chunk->flags = (p->retype_nth ? COH_SIM_FAULT_RETYPE : 0u) | (p->map_nth ? COH_SIM_FAULT_MAP : 0u) |
                       (p->lost_permille ? COH_SIM_FAULT_IRQ_LOST : 0u) |
                       (p->late_permille ? COH_SIM_FAULT_IRQ_LATE : 0u);
    }
}

static void say_number(const char *name, uint64_t value)
{
    if (value) {
        say(" ");
        say(name);
        say("=");
        say_dec(value);
    }
}

void inject_print(void)
{
    if (sim_params.seed == 0) {
        return;
    }
    say("sim-kernel: faults injected:");
    say_number("seed", sim_params.seed);
    say_number("retype_nth", sim_params.retype_nth);
    say_number("map_nth", sim_params.map_nth);
    say_number("lost_permille", sim_params.lost_permille);
    say_number("late_permille", sim_params.late_permille);
    say_number("late_ms", sim_params.late_permille ? sim_params.late_ms : 0);
    say("\n");
}
