/* Rules, approvals and the gate; see policy.h. Approvals are found by bisection, so a write's time grows with the rules and
 * not with the queue. */
#include "hive/policy.h"

#include "base/cbor.h"
#include "base/hash.h"
#include "base/json.h"
#include "hive/state.h"

#define ON COH_ECOSYSTEM_POLICY_ENABLE
#define ACTIONS COH_POOL_ACTIONS_COUNT
#define CTL_PATH "/policy/ctl"
#define CTL_WANT "want schema policy/v1, id, op apply with rules [{\"id\":..,\"target\":..}], or op rollback"
#define QUEUE_WANT "want {\"id\":..,\"target\":..,\"decision\":\"approve\"}, or deny; sha256 is optional"
#define CTL_MOST (COH_POOL_CONTROL_ELEM - 3u) /* what the file's ring keeps whole */
#define CTL_BYTES (COH_ECOSYSTEM_POLICY_CTL_MAX_BYTES < CTL_MOST ? COH_ECOSYSTEM_POLICY_CTL_MAX_BYTES : CTL_MOST)

/* Orders: by id; by use, and behind what was used up by what they want and age. */
enum { BY_ID, BY_WANT, ORDERS };
_Static_assert(!ON || (COH_POLICY_RULES_COUNT <= POLICY_RULES_MAX &&
                       POLICY_ID_BYTES + POLICY_TARGET_BYTES + HASH_BYTES <= COH_ECOSYSTEM_POLICY_QUEUE_MAX_BYTES),
               "the manifest's rules are a set, and its queue holds an entry: tools/coh-rtc SurfaceLines");

#define ID_FIELD JSON_MUST(STRING, "id", .token = POLICY_ID_BYTES)

/* ---- rules ---- */

/* Does the pattern match the path? Both are clean. */
static bool matches(struct bytes pattern, struct bytes path)
{
    bool same = true;
    while (same && pattern.n && path.n) {
        struct bytes want = bytes_split(&pattern, '/'), name = bytes_split(&path, '/');
        same = bytes_is(want, "*") || bytes_eq(want, name);
    }
    return same && !pattern.n && !path.n;
}

/* The first rule of a set that gates the path, or NULL. */
static const struct policy_rule *gating(const struct policy_set *s, struct bytes path)
{
    for (uint32_t i = 0; i < s->n; i++) {
        if (matches(bytes_str(s->rule[i].target), path))
            return &s->rule[i];
    }
    return NULL;
}

static const struct policy_set *in_force(const struct hive *h) { return &h->policy_sets[h->policy.force]; }

static void add_rule(struct policy_set *s, struct bytes id, struct bytes target)
{
    struct policy_rule *r = &s->rule[s->n++];
    memcpy(r->id, id.p, id.n);
    memcpy(r->target, target.p, target.n);
}

static struct key action_key(const void *pool, uint32_t slot, uint32_t order)
{
    const struct action *a = (const struct action *)pool + slot;
    if (order == BY_ID)
        return (struct key){.a = token_bytes(&a->id), .v = a->seq};
    return (struct key){.a = bytes_of(&a->want, a->consumed ? 0 : sizeof a->want), .u = a->consumed, .v = a->seq};
}

static void policy_init(struct hive *h)
{
    struct policy_set *s = &h->policy_sets[0];
    memcpy(s->source, "manifest", sizeof "manifest");
    for (uint32_t i = 0; ON && i < coh_policy_rules_count; i++)
        add_rule(s, bytes_str(coh_policy_rules[i].id), bytes_str(coh_policy_rules[i].target));
    budget_take(h, POOL_policy_sets);
    INDEX_INIT(&h->policy.by, h->action_order, ORDERS, h->actions, action_key, BUDGET(actions, action_order));
}

/* ---- approvals ---- */

/* The slot of what decides on a write to the path: a denial before an approval, one that is bound to this content before
 * one that is not, then the oldest. ACTIONS: nothing waits for it. */
static uint32_t deciding(const struct hive *h, struct bytes path, struct bytes content)
{
    for (uint8_t kind = 0; kind < 4 && path.n <= POLICY_TARGET_BYTES; kind++) {
        struct action_want want = {.approves = kind / 2, .bound = !(kind & 1u)};
        memcpy(want.target, path.p, path.n);
        if (want.bound)
            sha256(content, want.sha256);
        uint32_t slot = index_slot_of(&h->policy.by, BY_WANT, (struct key){.a = bytes_of(&want, sizeof want)});
        if (slot < ACTIONS)
            return slot;
    }
    return ACTIONS;
}

/* What an entry takes of queue_max_bytes. */
static uint32_t entry_bytes(const struct action *a)
{
    return (uint32_t)(a->id.n + strlen(a->want.target) + (a->want.bound ? HASH_BYTES : 0));
}

/* Every decision passes here, and uses up what waited in the slot (ACTIONS: nothing did): a write by who to a gated path. */
static void decide(struct hive *h, const struct caller *who, struct bytes path, uint32_t slot)
{
    static const struct action nothing;
    const struct action *a = slot < ACTIONS ? &h->actions[slot] : &nothing;
    struct bytes id = token_bytes(&a->id), rule = bytes_str(gating(in_force(h), path)->id);
    BUF(b, LOG_LINE_BYTES);
    buf_say(&b, a->want.approves ? "approved" : "denied", id.n ? " id=" : "", id);
    log_field(&b, "target", path);
    buf_say(&b, " rule=", rule);
    if (id.n)
        log_field(&b, "by", token_bytes(&a->by));
    hive_event(h, "policy", a->want.approves ? TRACE_INFO : TRACE_WARN, 0, buf_bytes(&b));
    journal_decide(h, who, a->want.approves, id, path, rule);
    if (slot == ACTIONS)
        return;
    index_take(&h->policy.by, slot);
    h->actions[slot].consumed = ++h->policy.consumed;
    index_put(&h->policy.by);
    h->policy.bytes -= entry_bytes(a);
}

/* ---- the gate ---- */

enum coh_status policy_gate(struct hive *h, struct ns_write *w, struct ns_why *why)
{
    BUF(path, NS_PATH_BYTES);
    BUF(other, NS_PATH_BYTES);
    /* While the hive is OFFLINE nobody can queue an approval: what may be written then is not gated. */
    if (!ON || (h->lifecycle.state == LIFECYCLE_OFFLINE && ns_node(&h->tree, w->ref)->pattern->offline))
        return COH_OK;
    ns_path(&h->tree, h, w->ref, &path);
    worker_other_path(h, w->ref, &other);
    if (!gating(in_force(h), buf_bytes(&path)))
        path = other; /* a rule on either name gates the file, and is what an approval names */
    if (!gating(in_force(h), buf_bytes(&path)))
        return COH_OK;
    uint32_t slot = deciding(h, buf_bytes(&path), w->line);
    if (slot < ACTIONS && h->actions[slot].want.approves) {
        w->approval = slot + 1u;
        return COH_OK;
    }
    decide(h, &w->who, buf_bytes(&path), slot);
    return ns_refuse(why, COH_PERMISSION, slot < ACTIONS ? "approval-denied" : "approval-required", NULL);
}

void policy_consume(struct hive *h, const struct ns_write *w)
{
    if (w->approval)
        decide(h, &w->who, bytes_str(h->actions[w->approval - 1u].want.target), w->approval - 1u);
}

/* ---- /policy/ctl ---- */

struct change {
    bool rollback;
    struct policy_set to; /* what shall be in force */
};
_Static_assert(sizeof(struct change) <= NS_PLAN_BYTES && sizeof(struct action) <= NS_PLAN_BYTES, "plans");

/* `*` only as a whole component. */
static bool pattern_ok(struct bytes s)
{
    bool ok = ns_path_valid(s) && s.n > 1;
    for (size_t i = 1; ok && i < s.n; i++)
        ok = s.p[i] != '*' || (s.p[i - 1] == '/' && (i + 1 == s.n || s.p[i + 1] == '/'));
    return ok;
}

/* NULL, or what is wrong. */
static const char *parse_rules(const struct json_value *list, struct policy_set *to)
{
    struct json_value v;
    struct json_field f[] = {ID_FIELD, JSON_MUST(STRING, "target", .token = POLICY_PATTERN_BYTES)};
    for (size_t at = 0; json_next(list, &at, &v);) {
        if (to->n == POLICY_RULES_MAX)
            return "too-many-rules";
        if (!json_object(&v, f, 2))
            return "invalid-fields";
        for (uint32_t i = 0; i < to->n; i++) {
            if (bytes_is(f[0].value.text, to->rule[i].id))
                return "duplicate-rule";
        }
        if (!pattern_ok(f[1].value.text))
            return "invalid-target";
        add_rule(to, f[0].value.text, f[1].value.text);
    }
    return NULL;
}

static const char *parse_change(const struct hive *h, struct bytes line, struct change *c)
{
    struct json_field f[] = {JSON_MUST(STRING, "schema", .words = "policy/v1"), ID_FIELD,
                             JSON_MUST(STRING, "op", .words = "apply|rollback"), JSON_MAY(ARRAY, "rules")};
    const char *wrong = json_line(line, f, 4);
    struct bytes id = f[1].value.text;
    c->rollback = f[2].value.u == 1;
    if (wrong || f[3].seen == c->rollback)
        return wrong ? wrong : "invalid-fields";
    for (uint32_t i = 0; i < COH_POOL_POLICY_SETS_COUNT; i++) {
        if (bytes_is(id, h->policy_sets[i].source))
            return "duplicate-id";
    }
    memcpy(c->to.source, id.p, id.n);
    if (!c->rollback)
        return parse_rules(&f[3].value, &c->to);
    c->to = h->policy_sets[h->policy.kept];
    return h->policy.kept == h->policy.force ? "nothing-to-roll-back" : NULL;
}

static enum coh_status ctl_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct change *c = w->plan;
    struct bytes self = bytes_str(CTL_PATH);
    const char *wrong = parse_change(h, w->line, c);
    if (!wrong && gating(in_force(h), self) && !gating(&c->to, self))
        wrong = "ungates-policy";
    return wrong ? ns_refuse(why, COH_INVALID, wrong, CTL_WANT) : COH_OK;
}

static void ctl_apply(struct hive *h, const struct ns_write *w)
{
    struct policy_state *s = &h->policy;
    const struct change *c = w->plan;
    uint32_t to = s->force == 1 ? 2 : 1; /* set 0 stays the manifest's */
    if (c->rollback) {
        s->force = s->kept;
        return;
    }
    if (!h->policy_sets[to].source[0])
        budget_take(h, POOL_policy_sets);
    h->policy_sets[to] = c->to;
    s->kept = s->force;
    s->force = to;
}

static void show_rules(const struct hive *h, const uint64_t *arg, struct text *out)
{
    const struct policy_set *s = in_force(h);
    for (uint32_t i = 0; i < s->n; i++)
        text_say(out, "rule id=", s->rule[i].id, " target=", s->rule[i].target, " source=", s->source, "\n");
}

/* ---- /policy/preflight ---- */

static uint32_t approvals_for(const struct hive *h, const struct policy_rule *r)
{
    uint32_t n = 0;
    for (uint32_t at = 0; at < h->policy.by.n; at++) {
        const struct action *a = &h->actions[index_slot(&h->policy.by, BY_ID, at)];
        n += !a->consumed && a->want.approves && matches(bytes_str(r->target), bytes_str(a->want.target));
    }
    return n;
}

static void show_req(const struct hive *h, const uint64_t *arg, struct text *out)
{
    for (const struct policy_rule *r = in_force(h)->rule; r < in_force(h)->rule + in_force(h)->n; r++)
        text_say(out, "req target=", r->target, " rule=", r->id, " queued=", approvals_for(h, r), "\n");
}

static void cbor_req(const struct hive *h, const uint64_t *arg, struct text *out)
{
    cbor_map(out, 1);
    cbor_str(out, "req");
    cbor_array(out, in_force(h)->n);
    for (const struct policy_rule *r = in_force(h)->rule; r < in_force(h)->rule + in_force(h)->n; r++)
        cbor_pairs(out, "rule", r->id, "queued", approvals_for(h, r), "target", r->target);
}

/* Renders the rules of one set that the other lacks, and counts them. */
static uint32_t lacking(const struct policy_set *of, const struct policy_set *in, const char *op, bool cbor,
                        struct text *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0, k = 0; i < of->n; i++, k = 0) {
        const struct policy_rule *r = &of->rule[i];
        while (k < in->n && memcmp(r, &in->rule[k], sizeof *r) != 0)
            k++;
        if (k == in->n && cbor)
            cbor_pairs(out, "id", r->id, "op", op, "target", r->target);
        else if (k == in->n)
            text_say(out, "diff ", op, " id=", r->id, " target=", r->target, "\n");
        n += k == in->n;
    }
    return n;
}

static uint32_t difference(const struct hive *h, bool cbor, struct text *out)
{
    const struct policy_set *manifest = &h->policy_sets[0], *now = in_force(h);
    return lacking(manifest, now, "-", cbor, out) + lacking(now, manifest, "+", cbor, out);
}

static void show_diff(const struct hive *h, const uint64_t *arg, struct text *out) { difference(h, false, out); }

static void cbor_diff(const struct hive *h, const uint64_t *arg, struct text *out)
{
    struct text nowhere = text_window(NULL, 0, 0);
    cbor_map(out, 1);
    cbor_str(out, "diff");
    cbor_array(out, difference(h, true, &nowhere));
    difference(h, true, out);
}

/* ---- /actions ---- */

/* NULL, or what is wrong. An id may not be queue, nor anything that a view of queue could be named. */
static const char *parse_action(struct bytes line, struct action *a)
{
    struct json_field f[] = {ID_FIELD, JSON_MUST(STRING, "target", .token = POLICY_TARGET_BYTES),
                             JSON_MUST(STRING, "decision", .words = "deny|approve"), JSON_MAY(STRING, "sha256")};
    const char *wrong = json_line(line, f, 4);
    struct bytes id = f[0].value.text, target = f[1].value.text;
    if (wrong)
        return wrong;
    if (!utf8_name(id) || bytes_is(bytes_sub(id, 0, 5), "queue"))
        return "invalid-id";
    if (!ns_path_valid(target) || target.n < 2 || memchr(target.p, '*', target.n))
        return "invalid-target";
    token_set(&a->id, id);
    memcpy(a->want.target, target.p, target.n);
    a->want.approves = (uint8_t)f[2].value.u;
    a->want.bound = f[3].seen;
    return f[3].seen && !parse_hex(f[3].value.text, a->want.sha256, HASH_BYTES) ? "invalid-sha256" : NULL;
}

static enum coh_status queue_check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    struct action *a = w->plan;
    struct bytes by = w->who.subject.n ? w->who.subject : bytes_str("queen");
    const char *wrong = parse_action(w->line, a);
    if (!wrong && index_slot_of(&h->policy.by, BY_ID, action_key(a, 0, BY_ID)) < ACTIONS)
        wrong = "duplicate-id";
    token_set(&a->by, bytes_sub(by, 0, utf8_prefix(by, TOKEN_BYTES)));
    return wrong ? ns_refuse(why, COH_INVALID, wrong, QUEUE_WANT) : COH_OK;
}

static enum coh_status queue_room(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    const struct index *by = &h->policy.by;
    bool room = (by->n < ACTIONS || h->actions[index_slot(by, BY_WANT, 0)].consumed) &&
                h->policy.bytes + entry_bytes(w->plan) <= COH_ECOSYSTEM_POLICY_QUEUE_MAX_BYTES;
    return room ? COH_OK : ns_refuse(why, COH_BUSY, "queue", NULL);
}

static void queue_apply(struct hive *h, const struct ns_write *w)
{
    struct index *by = &h->policy.by;
    if (by->n == ACTIONS) /* the oldest consumed one is forgotten */
        index_take(by, index_slot(by, BY_WANT, 0));
    struct action *a = &h->actions[index_free(by)];
    *a = *(const struct action *)w->plan;
    a->seq = ++h->policy.seq;
    h->policy.bytes += entry_bytes(a);
    index_put(by);
}

static void show_status(const struct hive *h, const uint64_t *arg, struct text *out)
{
    text_say(out, h->actions[ns_slot(arg)].consumed ? "consumed\n" : "queued\n");
}

static const struct ns_pattern patterns[] = {
    {.path = CTL_PATH, .gate = ON, CONTROL_FILE(ctl, CONTROL_POLICY, .most = CTL_BYTES)},
    {.path = "/policy/rules", .gate = ON, .ops = NS_OPS(.show = show_rules)},
    {.path = "/policy/preflight/req", .gate = ON, .cbor = COH_UI_PROVIDERS_POLICY_PREFLIGHT_REQ,
     .ops = NS_OPS(.show = show_req, .cbor = cbor_req)},
    {.path = "/policy/preflight/diff", .gate = ON, .cbor = COH_UI_PROVIDERS_POLICY_PREFLIGHT_DIFF,
     .ops = NS_OPS(.show = show_diff, .cbor = cbor_diff)},
    {.path = "/actions/queue", .gate = ON,
     CONTROL_FILE(queue, CONTROL_ACTIONS, .room = queue_room, .most = LOG_LINE_BYTES)},
    {.path = "/actions/{action}", .dir = true, .gate = ON, .ops = NS_OPS(NS_INDEX(policy.by, BY_ID))},
    {.path = "/actions/{action}/status", .gate = ON, .ops = NS_OPS(.show = show_status)},
};
const struct ns_table policy_nodes = {NS_PATTERNS(patterns), .init = policy_init};
