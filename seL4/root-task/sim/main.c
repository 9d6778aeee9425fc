/* hive-sim: runs seeds, one world each, and says which one fails. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/p9.h"

struct options {
    uint64_t from, seeds, stride, twice, replay;
    bool verbose, progress;
};

static void usage(FILE *to)
{
    fputs("Usage: hive-sim [options]\n"
          "Runs a hive among simulated clients, once for each seed. Exit 0: all went well; 1: a seed failed, and is named.\n\n"
          "  --seeds N     how many seeds (default 100)\n"
          "  --from S      the first one (default 1)\n"
          "  --stride K    every K-th seed from there on (default 1), to share the work between processes\n"
          "  --twice K     run every K-th seed twice and compare what was seen (default 50; 0 never)\n"
          "  --replay K    replay every K-th recorded run into a fresh hive (default 4; 0 never)\n"
          "  --seed S      this one alone, twice and replayed\n"
          "  --verbose     tell what happens\n"
          "  --progress    a line every few seconds on standard error\n"
          "  --help        this text\n",
          to);
}

static bool number(const char *text, uint64_t *out)
{
    char *end;
    *out = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == 0;
}

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"seeds", required_argument, NULL, 'n'}, {"from", required_argument, NULL, 'f'}, {"stride", required_argument, NULL, 'k'},
        {"twice", required_argument, NULL, 't'}, {"seed", required_argument, NULL, 's'}, {"replay", required_argument, NULL, 'r'}, {"verbose", no_argument, NULL, 'v'},
        {"progress", no_argument, NULL, 'p'},    {"help", no_argument, NULL, 'h'},       {0}};
    *o = (struct options){.from = 1, .seeds = 100, .stride = 1, .twice = 50, .replay = 4};
    for (int c; (c = getopt_long(argc, argv, "h", longs, NULL)) != -1;) {
        uint64_t v = 0;
        if (c == 'h') {
            usage(stdout);
            exit(0);
        }
        if (c == '?' || (optarg && !number(optarg, &v)))
            return false;
        o->seeds = c == 'n' ? v : c == 's' ? 1 : o->seeds;
        o->from = c == 'f' || c == 's' ? v : o->from;
        o->stride = c == 'k' && v ? v : o->stride;
        o->twice = c == 't' ? v : c == 's' ? 1 : o->twice;
        o->replay = c == 'r' ? v : c == 's' ? 1 : o->replay;
        o->verbose = o->verbose || c == 'v';
        o->progress = o->progress || c == 'p';
    }
    return optind == argc;
}

static uint64_t seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec;
}

int main(int argc, char **argv)
{
    struct options o;
    if (!parse(argc, argv, &o)) {
        usage(stderr);
        return 2;
    }
    struct world *w = calloc(1, sizeof *w);
    w->h = aligned_alloc(64, (hive_size() + 63u) / 64u * 64u);
    w->spare = aligned_alloc(64, (hive_size() + 63u) / 64u * 64u);
    w->link = aligned_alloc(4096, sizeof *w->link);
    w->p9 = calloc(SIM_CLIENTS, sizeof *w->p9);
    if (!w->h || !w->spare || !w->link || !w->p9)
        return 1;
    uint64_t steps = 0, bytes = 0, all = 0, said = seconds();
    for (uint64_t i = 0; i < o.seeds; i++) {
        uint64_t seed = o.from + i * o.stride;
        w->verbose = o.verbose;
        uint64_t hash = world_run(w, seed);
        steps += w->steps;
        bytes += w->bytes;
        all = (all ^ hash) * 0x100000001b3u;
        if (o.replay && i % o.replay == 0)
            record_replay(w);
        w->verbose = false;
        if (o.twice && i % o.twice == 0 && world_run(w, seed) != hash)
            sim_fail(w, "the same seed gave another run");
        if (o.progress && seconds() >= said + 5u) {
            said = seconds();
            fprintf(stderr, "hive-sim: %llu of %llu seeds\n", (unsigned long long)(i + 1u), (unsigned long long)o.seeds);
        }
    }
    printf("seeds=%llu from=%llu steps=%llu bytes=%llu hash=%016llx\n", (unsigned long long)o.seeds, (unsigned long long)o.from,
           (unsigned long long)steps, (unsigned long long)bytes, (unsigned long long)all);
    free(w->log);
    free(w->p9);
    free(w->link);
    record_free();
    free(w->spare);
    free(w->h);
    free(w);
    return 0;
}
