/* Judges what follows an acknowledgement: names in order, the log as it really was, nothing twice, nothing of others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "sim/sim.h"

#define TEXT(b) (int)(b).n, (const char *)(b).p

static uint64_t number_behind(struct bytes text, const char *key)
{
    char copy[300];
    snprintf(copy, sizeof copy, "%.*s", TEXT(text));
    const char *at = strstr(copy, key);
    return at ? strtoull(at + strlen(key), NULL, 10) : UINT64_MAX;
}

void stream_begins(struct world *w, struct client *c, struct bytes detail)
{
    const struct item *it = item_at(c, 0);
    char want[SIM_PATH + 8];
    c->lines = c->content = c->next_tick = 0;
    c->want_lines = UINT64_MAX;
    c->text_hash = 0xcbf29ce484222325u;
    c->last[0] = 0;
    snprintf(want, sizeof want, "path=%s", it->path);
    if (it->kind == ITEM_LS || it->kind == ITEM_CAT || it->kind == ITEM_TAIL)
        SIM_CHECK(w, bytes_is(bytes_sub(detail, 0, strlen(want)), want), "client %u asked %s and got `%.*s`", c->id, it->path, TEXT(detail));
    if (it->kind == ITEM_LS) {
        c->want_lines = number_behind(detail, " entries=");
        SIM_CHECK(w, c->want_lines != UINT64_MAX, "client %u: a listing without a count: `%.*s`", c->id, TEXT(detail));
    }
    if (it->kind == ITEM_HELP)
        c->want_lines = VERB_COUNT;
    bool whole = w->h->log.queen.dropped == 0 && !w->log_gap;
    bool tail = it->kind == ITEM_TAIL && c->cursor_known;
    c->at_known = whole && it->node && it->node->logged && it->kind != ITEM_CACHELOG;
    c->at = tail ? c->cursor : 0;
}

/* A line of the log, or a piece of one that was too long for a frame, is what stands there. */
static void log_piece(struct world *w, struct client *c, struct bytes text)
{
    SIM_CHECK(w, text.n > 0, "client %u reads an empty line in the log", c->id);
    bool same = c->at + text.n <= w->log_n && memcmp(w->log + c->at, text.p, text.n) == 0;
    SIM_CHECK(w, same, "client %u reads `%.*s` where the log says `%.*s`", c->id, TEXT(text), (int)(w->log_n - c->at < 80 ? w->log_n - c->at : 80),
              (const char *)w->log + c->at);
    c->at += text.n;
    c->at += c->at < w->log_n && w->log[c->at] == '\n';
}

static void list_entry(struct world *w, struct client *c, struct bytes name)
{
    const struct item *it = item_at(c, 0);
    char path[SIM_PATH + 300], text[288];
    snprintf(text, sizeof text, "%.*s", TEXT(name));
    SIM_CHECK(w, name.n && !strchr(text, '/'), "client %u: `%s` is no name", c->id, text);
    SIM_CHECK(w, strcmp(c->last, text) < 0, "client %u: `%s` does not come after `%s`", c->id, text, c->last);
    snprintf(path, sizeof path, "%s/%s", strcmp(it->path, "/") ? it->path : "", text);
    const struct sim_node *n = node_find(path);
    SIM_CHECK(w, !n || c->me.role == ROLE_QUEEN || (n->roles & (1u << c->me.role)), "client %u sees %s in a listing", c->id, path);
    if (strcmp(it->path, "/worker") == 0 && c->me.role != ROLE_QUEEN)
        SIM_CHECK(w, strcmp(text, w->tickets[c->me.ticket].subject) == 0, "client %u sees another's %s", c->id, path);
    memcpy(c->last, text, sizeof text);
}

/* Heartbeats of one worker, one after the other; its ring begins with the first unless records were dropped. */
static void beat(struct world *w, struct client *c, struct bytes line)
{
    uint64_t tick = number_behind(line, "{\"tick\":");
    if (tick == UINT64_MAX) {
        SIM_CHECK(w, bytes_is(bytes_sub(line, 0, 6), "note c"), "client %u: no telemetry: `%.*s`", c->id, TEXT(line));
        return;
    }
    SIM_CHECK(w, c->next_tick == 0 || tick == c->next_tick, "client %u: heartbeat %llu where %llu follows", c->id, (unsigned long long)tick,
              (unsigned long long)c->next_tick);
    c->next_tick = tick + 1u;
}

void stream_line(struct world *w, struct client *c, struct bytes line)
{
    const struct item *it = item_at(c, 0);
    bool posing = bytes_is(bytes_sub(line, 0, 3), "OK ") || bytes_is(bytes_sub(line, 0, 4), "ERR ");
    SIM_CHECK(w, !posing, "client %u: `%.*s` in the middle of %s", c->id, TEXT(line), it->path);
    if (line.n && line.p[0] == '\\')
        line = bytes_sub(line, 1, line.n);
    c->lines++;
    c->content += line.n + 1u;
    for (size_t i = 0; i < line.n; i++)
        c->text_hash = (c->text_hash ^ line.p[i]) * 0x100000001b3u;
    if (it->kind == ITEM_LS)
        list_entry(w, c, line);
    else if (c->at_known && w->h->log.queen.dropped == 0)
        log_piece(w, c, line);
    else if (it->kind == ITEM_CAT && sim_within(it->path, "/worker") && strstr(it->path, "/telemetry"))
        beat(w, c, line);
    snprintf(c->last, sizeof c->last, "%.*s", TEXT(line));
}

/* A counter never lies below what was seen of it, nor above what can have happened. */
static void pressure_read(struct world *w, struct client *c, const struct item *it)
{
    static const char *const names[PRESSURE_COUNT] = {"busy", "quota", "cut", "policy"};
    uint32_t p = 0;
    while (p + 1u < PRESSURE_COUNT && !strstr(it->path, names[p]))
        p++;
    uint64_t is = number_behind(bytes_str(c->last), "=");
    SIM_CHECK(w, is <= w->h->pressure[p], "client %u reads %s where %llu were counted", c->id, c->last, (unsigned long long)w->h->pressure[p]);
}

void stream_ends(struct world *w, struct client *c)
{
    const struct item *it = item_at(c, 0);
    struct sim_ticket *t = c->me.ticket >= 0 && it->kind != ITEM_HELP ? &w->tickets[c->me.ticket] : NULL;
    SIM_CHECK(w, c->want_lines == UINT64_MAX || c->lines == c->want_lines, "client %u: %llu lines of %llu", c->id, (unsigned long long)c->lines,
              (unsigned long long)c->want_lines);
    if (t) {
        uint64_t bound = t->bandwidth && t->bandwidth < COH_TICKET_LIMITS_BANDWIDTH_BYTES ? t->bandwidth : COH_TICKET_LIMITS_BANDWIDTH_BYTES;
        bool cut = it->node ? it->node->kind == NODE_LINES : !sim_within(it->path, "/worker"); /* long lines come in pieces: their ends count once */
        bool bytes = sim_within(it->path, "/updates") || sim_within(it->path, "/models"); /* and these are shown as `b64:` */
        t->bytes_sure += bytes ? 0 : c->content - (cut ? c->lines : 0);
        SIM_CHECK(w, !t->has_quotas || t->bytes_sure <= bound, "client %u: %llu bytes for a ticket of %llu", c->id,
                  (unsigned long long)t->bytes_sure, (unsigned long long)bound);
    }
    if (c->at_known && w->h->log.queen.dropped == 0) {
        SIM_CHECK(w, c->at >= it->log_at, "client %u misses the end of the log: %llu of %llu", c->id, (unsigned long long)c->at, (unsigned long long)it->log_at);
        if (it->kind == ITEM_TAIL) {
            c->cursor = c->at;
            c->cursor_known = true;
        }
    } else if (it->kind == ITEM_TAIL && it->node && it->node->logged) {
        c->cursor_known = false;
        w->log_gap = true; /* from now on nobody's place in the log is known */
    }
    if (it->kind == ITEM_CAT && it->node && it->node->stable) {
        SIM_CHECK(w, !w->boot_hash || w->boot_hash == c->text_hash, "client %u reads another %s than others", c->id, it->path);
        w->boot_hash = c->text_hash;
    }
    if (it->kind == ITEM_CAT && it->node && strstr(it->path, "/proc/pressure/"))
        pressure_read(w, c, it);
}
