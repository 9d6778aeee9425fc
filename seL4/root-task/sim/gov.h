/* Governance as the simulation sees it: the table of control files, the lines that clients write to them, and what must hold of
 * what was accepted. It follows the hive's log and its files of accepted lines after every call; a model that lost a line says
 * nothing more in that seed. */
#pragma once

#include "base/ring.h"
#include "hive/lifecycle.h"

struct world;
struct client;

/* ---- control files (forms.c) ---- */

#define GOV_LINE 2300u /* longest line that is written */
#define GOV_SAID 24u   /* lines that are kept to be said again */

/* What a refusal by capacity or policy may be, roles and modes aside. */
enum { MAY_BUSY = 1, MAY_QUOTA = 2, MAY_DENY = 4 };

struct control_file {
    const char *path;         /* `<a|b>` stands for one of them, as in a form */
    bool gate;                /* the manifest's */
    bool unaudited;           /* an append leaves no audit line */
    bool journaled;           /* an accepted line becomes an entry of the journal, or is one */
    uint8_t may;
    const char *const *forms; /* lines, NULL-ended; see form_say */
    void (*make)(struct world *w, char *out, size_t cap); /* besides forms: what no form can say */
};

extern const struct control_file control_files[];
extern const uint32_t control_files_count;

/* Writes a form: `<a|b|c>` is one of them, `<3-9>` a number, `<@name>` a thing of that name. */
void form_say(struct world *w, const char *form, char *out, size_t cap);
/* A file and the next line for it: right, nearly right, wrong, too long, or one that was written before. */
const struct control_file *control_pick(struct world *w, bool console, char *path, char *line);
/* The row that a path belongs to, or NULL. */
const struct control_file *control_at(const char *path);
/* Does an accepted write to it leave an audit line? */
bool control_audited(const char *path);

/* ---- what was accepted (follow.c, models.c) ---- */

/* How far a ring of lines was read. */
struct follow {
    struct ring_cursor cursor;
    uint64_t pos;
    bool gap;
};

#define GOV_INTENTS 64u
struct gov_intent {
    char id[72], key[72];
    uint64_t cmd; /* digest of its command */
};

#define GOV_TICKETS 96u
struct gov_ticket {
    char id[72];
    char state[12];
    uint64_t seq;
};

#define GOV_RULES 16u
struct gov_rules {
    uint32_t n;
    char target[GOV_RULES][100];
};

#define GOV_FRAMES 256u
#define GOV_LEASES 160u
struct gov_lease {
    char id[72];
    uint64_t ends_ms;
};

#define GOV_ACTIONS 64u
/* An approval. */
struct gov_action {
    bool waits;
    char id[72], target[136];
};

struct gov {
    enum lifecycle state;
    uint32_t changes; /* transitions so far */
    uint32_t faults;  /* system events that the world made */
    bool was_offline, link_was_down;
    uint64_t log_at;  /* the log was read so far, whole lines */
    struct follow queen, spec, status;
    uint32_t intents_n; /* newest last */
    struct gov_intent intents[GOV_INTENTS];
    uint64_t repeated;  /* intents that were accepted again */
    uint64_t hits;      /* and that the log tells of */
    uint64_t repeats;   /* the same with ids that were spoilt */
    uint64_t ordered, spawned; /* workers that accepted lines ask for; that the log tells of */
    uint64_t enqueued, scheduled; /* workers that the schedule was asked for; that it spawned */
    uint64_t epoch;
    uint32_t tickets_n;
    struct gov_ticket tickets[GOV_TICKETS];
    /* policy */
    struct follow rules, given;
    bool rules_moved; /* in this call: which rules were in force for which write is not known */
    struct gov_rules force, kept;
    uint32_t actions_n;
    struct gov_action actions[GOV_ACTIONS];
    char approved[136]; /* the target of the approval that was just used */
    uint64_t unapproved;
    /* leases and the schedule */
    struct follow lease, schedule;
    uint32_t leases_n;
    struct gov_lease leases[GOV_LEASES];
    uint64_t granted, ended;
    /* what went out by radio, newest last */
    struct follow radio;
    uint32_t frames_n;
    struct gov_frame {
        uint64_t at_ms, air_ms;
    } frames[GOV_FRAMES];
    uint64_t cas_seen; /* a sum of what the store of updates held */
    /* the journal */
    struct follow journal;
    char head[65];
    uint64_t entries, accepted;
    bool replays;
    uint64_t replayed, replay_refused; /* lines that a replay issued */
};

void gov_begin(struct world *w);
/* After every call of the hive; ticked: time has passed in it. */
void gov_follow(struct world *w, bool ticked);
/* A line of the log, without its time. */
void gov_log_line(struct world *w, const char *text);
/* models.c: approvals, leases, the schedule and the journal. */
void models_begin(struct world *w);
void models_before_log(struct world *w);
void models_after_log(struct world *w, bool ticked);
/* Does a write there need an approval that is not given yet, as far as is known? */
bool gov_wants_approval(const struct world *w, const char *path);
void gov_policy_log(struct world *w, const char *text);
/* updates.c: the chunks that are kept. */
void updates_hold(struct world *w);
void gov_lease_log(struct world *w, const char *text);
/* Reads on in a ring of lines. */
void follow_lines(struct world *w, const struct ring *r, struct follow *f, void (*line)(struct world *w, const char *text));
/* A seldom event: the link goes or comes back, or something fails for good. */
void gov_event(struct world *w);

/* The value of a field in a line of JSON that was accepted: text without quotes, a number's digits, an object as it stands. */
bool field_of(const char *line, const char *name, char *out, size_t cap);
uint64_t number_of(const char *line, const char *name);
