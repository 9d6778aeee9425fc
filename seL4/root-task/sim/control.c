/* Clients write to control files: over the console a command a line, over Secure9P a walk, an open and writes in one go. */
#include <stdio.h>
#include <string.h>

#include "sim/p9.h"

/* What an accepted line may do to workers, to the lifecycle and to tickets. */
static void may_do(struct world *w, const struct client *c, const char *path, const char *line)
{
    if (strcmp(path, "/queen/ctl") == 0)
        w->spawns_maybe += strstr(line, "spawn") != NULL;
    if (strcmp(path, "/queen/lifecycle/ctl") == 0)
        w->lifecycle_touched = true;
    if (strcmp(path, "/replay/ctl") != 0)
        return;
    for (uint32_t i = 0; i < SIM_TICKETS; i++) {
        if (!(c->tickets_asked & (1u << i)))
            continue;
        w->tickets[i].replays = true;
        w->tickets[i].ops_maybe += COH_ECOSYSTEM_AUDIT_REPLAY_MAX_ENTRIES;
    }
}

static bool plain_spawn(const char *path, const char *line)
{
    return strcmp(path, "/queen/ctl") == 0 && strstr(line, "\"spawn\":\"heartbeat\"") && !strstr(line, "schema");
}

void ask_control(struct world *w, struct client *c)
{
    char path[SIM_PATH], text[GOV_LINE], line[GOV_LINE + SIM_PATH + 8];
    struct item it = {.kind = ITEM_ECHO, .verb = "ECHO", .access = SIM_WRITE};
    control_pick(w, true, path, text);
    snprintf(line, sizeof line, "ECHO %s %s", path, text);
    if (!text[0] || strchr(path, ' ') || strlen(line) > 240) /* the longer ones come over Secure9P */
        return;
    it.node = node_find(path);
    it.dynamic = it.node || sim_dynamic(path);
    it.plain_spawn = plain_spawn(path, text);
    it.payload = strncmp(text, "b64:", 4) == 0 ? 0 : strlen(text); /* bytes are charged as bytes: at least none */
    snprintf(it.path, sizeof it.path, "%s", path);
    snprintf(it.detail, sizeof it.detail, "path=%s bytes=%zu", path, strlen(text));
    may_do(w, c, path, text);
    ask_line(w, c, line, &it);
    if (chance(&w->rng, 15))
        ask_read(w, c, ITEM_CAT, path);
}

/* A fid that stands for the root, as far as the client knows; else any. */
static uint32_t root_fid(struct world *w, const struct client *c)
{
    for (uint32_t i = 0; i < SIM_FIDS; i++) {
        const struct sim_fid *f = &p9_of(c)->fids[i];
        if (f->state == SFID_PATH && strcmp(f->path, "/") == 0)
            return i;
    }
    return pick(&w->rng, SIM_FIDS);
}

static void write_line(struct world *w, struct client *c, uint32_t fid, const char *path, char *text)
{
    struct p9_request_sent q = p9_request(P9_TWRITE, fid);
    size_t n = strlen(text);
    q.payload = n - (n && text[n - 1] == '\n');
    q.one_line = q.payload > 0;
    q.numbered = text[0] >= '0' && text[0] <= '9';
    for (size_t i = 0; i < q.payload; i++)
        q.one_line = q.one_line && text[i] >= ' ' && text[i] < 0x7f;
    if (chance(&w->rng, 50) && n + 2u < GOV_LINE)
        memcpy(text + n++, "\n", 2);
    q.t.u.write.data = bytes_of(text, n);
    q.t.u.write.offset = chance(&w->rng, 80) ? UINT64_MAX : pick(&w->rng, 100);
    q.spawn = plain_spawn(path, text);
    may_do(w, c, path, text);
    p9_put(w, c, &q);
}

static uint32_t free_fid(struct world *w, const struct client *c)
{
    uint32_t from = pick(&w->rng, SIM_FIDS);
    for (uint32_t i = 0; i < SIM_FIDS; i++) {
        if (p9_of(c)->fids[(from + i) % SIM_FIDS].state == SFID_FREE)
            return (from + i) % SIM_FIDS;
    }
    return from;
}

void p9_ask_control(struct world *w, struct client *c)
{
    static const uint32_t flags[] = {1, 1, 1, 2, 02001};
    char path[SIM_PATH], text[GOV_LINE], next[SIM_PATH];
    if (p9_of(c)->count && chance(&w->rng, 80)) /* a window with few tags takes one such way */
        return;
    uint32_t fid = free_fid(w, c);
    const struct control_file *f = control_pick(w, false, path, text);
    if (sim_within(path, "/updates") && chance(&w->rng, 80)) {
        p9_ask_update(w, c, root_fid(w, c), fid);
        return;
    }
    p9_ask_walk(w, c, root_fid(w, c), fid, path);
    struct p9_request_sent open = p9_request(P9_TLOPEN, fid), clunk = p9_request(P9_TCLUNK, fid);
    open.t.u.open.flags = flags[pick(&w->rng, sizeof flags / sizeof flags[0])];
    p9_put(w, c, &open);
    write_line(w, c, fid, path, text);
    for (uint32_t more = chance(&w->rng, 30); more && p9_room(c); more--) {
        if (control_pick(w, false, next, text) == f)
            write_line(w, c, fid, path, text);
    }
    if (chance(&w->rng, 80))
        p9_put(w, c, &clunk);
}
