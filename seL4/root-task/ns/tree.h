/* The tree of nodes. Subsystems of hive/ declare their files as path patterns; ns_tree_build joins the patterns into one
 * tree; resolution and listing work on it. The tree knows no subsystem: it calls the functions that a pattern brings. */
#pragma once

#include "base/index.h"
#include "base/limits.h"
#include "base/ring.h"
#include "base/status.h"
#include "base/fmt.h"

struct hive;
struct ns_binds;

/* Who asks: the identity that every access decision is made for. */
struct caller {
    uint8_t role;         /* enum coh_role; 0 is the queen, ROLE_COUNT nobody yet */
    uint32_t session;     /* index in the sessions pool */
    struct bytes subject; /* empty for the queen without a ticket */
    uint64_t ticket_id;   /* first 8 bytes of the ticket's MAC, big-endian; 0 = none */
    const struct ns_binds *binds; /* the session's own view; NULL = none */
    bool claimed;         /* subject and ticket_id are what a refused ticket says, not proven */
};

enum ns_mode {
    NS_READ,   /* r */
    NS_APPEND, /* a: writes go to the end; readable */
    NS_WRITE,  /* w: write-only append */
};

/* Who besides the queen sees a node: bits 1 << enum coh_role. */
#define NS_ALL_WORKERS 0x1eu

/* At most this many variable components lie on a path (/queen/telemetry/<device>/seg/<name>). */
#define NS_ARGS 2u
/* The root, every pattern and every literal parent. */
#define NS_NODES_MAX 254u
/* Longest name that may be walked before anything stands behind it; but 64 hex digits may be, too. */
#define NS_LATE_BYTES 32u
/* What a session may bind or mount, and the longest name that it may give. */
#define NS_BINDS_MAX 8u
#define NS_BIND_NAME_BYTES 63u
/* Longest canonical path: every name that a node can have is far shorter than 255 bytes. */
#define NS_PATH_BYTES 320u

/* What of a file is meant: its content, or a view of it that is walked by a suffix and not listed. */
enum ns_view {
    NS_PLAIN,
    NS_POS,  /* `.pos`: the positions of a ring */
    NS_CBOR, /* `.cbor`: the same facts as a CBOR map */
    NS_VIEWS
};

/* A node: its place in the tree, and what its variable components were resolved to. Unused bytes are zero, so that two
 * references to the same node are equal as bytes. */
struct ns_ref {
    uint16_t node;
    uint8_t view;   /* enum ns_view */
    uint8_t late_n; /* > 0: nothing stands behind the last variable component yet; its name is late[0..late_n), and of 64 hex
                       digits late is what they stand for */
    uint8_t late[NS_LATE_BYTES];
    uint32_t unused;
    uint64_t arg[NS_ARGS];
};
_Static_assert(sizeof(struct ns_ref) == 40 + 8 * NS_ARGS, "no hidden bytes");

static inline bool ns_same(const struct ns_ref *a, const struct ns_ref *b) { return memcmp(a, b, sizeof *a) == 0; }

/* Receives the names that a directory holds; a name that is there already is left out. */
struct ns_names;
void ns_names_add(struct ns_names *names, struct bytes name);

/* More about a refusal than its status says; each field is 0 or NULL when there is nothing to add. */
struct ns_why {
    const char *detail; /* the word behind `detail=` */
    const char *error;  /* the text behind `error=` */
    const char *action; /* what the lifecycle refused: logged as `lifecycle denied action=… reason=<detail>` */
    uint64_t delay_ms;  /* of COH_RATE */
    uint64_t oldest;    /* of COH_STALE: the oldest position that is kept */
    bool settled;       /* of COH_OK by check: nothing new is asked for, so neither policy nor capacity are looked at */
};

/* Refuses with a detail and an error, either NULL; returns status. */
static inline enum coh_status ns_refuse(struct ns_why *why, enum coh_status status, const char *detail, const char *error)
{
    why->detail = detail;
    why->error = error;
    return status;
}

/* A write. For a line node `line` is one line without its newline, UTF-8 without control characters; for a byte node the
 * bytes as sent. */
struct ns_write {
    struct caller who;
    const struct ns_ref *ref;
    const uint64_t *arg; /* ref->arg */
    struct bytes line;
    uint64_t offset; /* where the writer believes that it writes, in a ring NS_ABSOLUTE + position; NS_AT_END: at the end,
                      * wherever that is */
    uint32_t approval; /* what admitted it: hive/policy.h; 0: it needed nothing */
    void *plan;      /* NS_PLAN_BYTES, zero, for check to tell apply what it decided; no call comes between the two */
};
#define NS_PLAN_BYTES 12288u
#define NS_AT_END UINT64_MAX

/* What a subsystem brings for one pattern; NULL where it does not apply. `arg` holds the args of the components so far. What they
 * mean is there (ns_gone) when list, show, cbor, check, room, refused and apply are called. */
struct ns_ops {
    /* Variable component: name → *out. False: there is no such one, and *out counts for nothing. */
    bool (*find)(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out);
    /* Variable component: adds every name that find would find, in lexicographic order where that is cheap. */
    void (*list)(const struct hive *h, const uint64_t *arg, struct ns_names *names);
    /* Variable component: arg → its name, also of one that is gone; of any other argument some name or none. */
    void (*name)(const struct hive *h, const uint64_t *arg, struct buf *out);
    /* Variable component: may a name that find does not know be walked, to be created by a write below it? Only children
     * whose pattern is `late` are below such a name. */
    bool (*late)(const struct hive *h, const uint64_t *arg, struct bytes name);
    /* In their place: an index, NS_INDEX(member of struct hive, order), in which an entry's key is its name (a; `digest`: the
     * SHA-256 that its name is in hex), its kind (u), and a number that no other ever has there (v). The directory holds those
     * of one kind, of which `in` may leave some out; an argument is the number, and 16 bits of slot. What is gone has no name
     * then, but for what a name beside it says. */
    size_t index;
    uint32_t order, kind;
    bool digest;
    bool (*in)(const struct hive *h, const uint64_t *arg, uint32_t slot);
    /* Variable component of a worker's own: does the caller's subject own this one? NULL: no ownership rule. */
    bool (*owned)(const struct hive *h, const struct caller *who, const uint64_t *arg);
    /* Content: rendered text, bytes that lie somewhere already (as many as there are now), or a ring of records. Exactly one of
     * them for a readable file. */
    void (*show)(const struct hive *h, const uint64_t *arg, struct text *out);
    struct bytes (*constant)(const struct hive *h, const uint64_t *arg);
    /* A ring: NS_RING(member of struct hive); in an index' directory NS_RINGS(row, member), that of the slot in a row of equal
     * structs. */
    size_t ring, stride;
    /* The same facts as show, as one CBOR map (base/cbor.h); the pattern's `cbor` says whether the manifest allows it. */
    void (*cbor)(const struct hive *h, const uint64_t *arg, struct text *out);
    /* A write, in steps: nothing changes until everything is checked. check decides what the line means and whether the hive's
     * state admits it; room, where there is one, whether there is capacity for it (between them stands the policy's gate); both
     * may fill *why. apply then does it and can't fail: the acknowledgement goes out before it. A control file of which nothing
     * is wanted but that it keeps the line has none. Without a check any line of at most `most` bytes will do; without either
     * only the hive itself appends. */
    enum coh_status (*check)(const struct hive *h, const struct ns_write *w, struct ns_why *why);
    /* What need not be said in each check: the longest line, 0: check sees to it; that it holds text; and whether the lifecycle
     * admits the action. */
    uint32_t most;
    bool text;
    const char *action;
    bool (*admits)(const struct hive *h);
    enum coh_status (*room)(const struct hive *h, const struct ns_write *w, struct ns_why *why);
    /* After a refusal by check, the policy or room: what a subsystem logs of it besides the audit line, or gives up. */
    void (*refused)(struct hive *h, const struct ns_write *w, enum coh_status status, const struct ns_why *why);
    void (*apply)(struct hive *h, const struct ns_write *w);
    const void *of; /* the subsystem's own: what tells files apart that share these functions */
};
#define NS_RING(member) .ring = offsetof(struct hive, member)
#define NS_RINGS(row, member)                                                                                          \
    .ring = offsetof(struct hive, row[0].member), .stride = sizeof ((struct hive *)0)->row[0]
#define NS_INDEX(member, by) .index = offsetof(struct hive, member), .order = by
/* The slot of an entry of an index, by its argument. */
static inline uint32_t ns_slot(const uint64_t *arg) { return arg[0] & 0xffffu; }

/* One pattern. A component in braces is variable, and its ops have find, list and name, or an index. Literal parents need no entry. */
struct ns_pattern {
    const char *path;
    uint8_t mode;
    bool dir;
    bool gate;         /* the manifest's gate: false = the node does not exist */
    bool (*when)(const struct hive *h); /* it exists only when this says so; NULL: always */
    bool bytes;        /* a byte stream: a write is not one line; the console shows it as `b64:` */
    bool at_end;       /* a write's offset must be the file's size, or NS_AT_END */
    bool late;         /* exists below a name that is still late; never a variable component */
    bool cbor;         /* ui_providers allows the CBOR view */
    bool by_last;      /* the last argument alone tells it from others of the pattern (for qids) */
    bool control;      /* a control file (spec/control.md): what was accepted is kept in its ring of lines, see hive/govern.h */
    bool unjournaled;  /* a control file whose lines the journal leaves out */
    bool keeps;        /* a control file whose apply keeps the line itself, where it is kept at all */
    bool offline;      /* may be written while the hive is OFFLINE */
    bool unaudited;    /* an append is its own record and leaves no audit line (spec/console.md, /log/queen.log) */
    uint8_t roles;     /* who may read it, besides the queen */
    uint8_t writers;   /* who may append to it, besides the queen */
    const struct ns_ops *ops;
};

/* A pattern's ops, given in place: .ops = NS_OPS(.show = show_boot). */
#define NS_OPS(...) &(const struct ns_ops){__VA_ARGS__}

/* What a subsystem is to the hive: its nodes; its start, which needs no other subsystem; and what it does when time has passed,
 * which says when it wants to be called again (UINT64_MAX: nothing is due). Either may be NULL. */
struct ns_table {
    const struct ns_pattern *patterns;
    size_t count;
    void (*init)(struct hive *h);
    uint64_t (*tick)(struct hive *h);
};
#define NS_PATTERNS(array) .patterns = array, .count = sizeof array / sizeof array[0]

struct ns_node {
    struct bytes name;                /* literal name, or the braces and what is in them */
    const struct ns_pattern *pattern; /* NULL: a literal parent */
    const struct ns_ops *ops;         /* NULL likewise */
    uint16_t parent, first_child, next_sibling; /* 0 = none (0 is the root, nobody's child) */
    uint8_t roles; /* of a directory: of everything below it too */
    uint8_t args;  /* variable components on the path, this one included */
    bool dir, variable;
};

/* A name in a session's own view: below parent, name is target. */
struct ns_bind {
    struct ns_ref parent, target;
    uint8_t name_n;
    uint8_t name[NS_BIND_NAME_BYTES];
};

struct ns_binds {
    uint32_t n;
    struct ns_bind at[NS_BINDS_MAX];
};

struct ns_tree {
    struct ns_node nodes[NS_NODES_MAX];
    uint16_t count;
};

/* Builds the tree from tables; one that does not fit or contradicts itself is a programming error and asserts. */
void ns_tree_build(struct ns_tree *t, const struct ns_table *const *tables, size_t count);

/* Is path a clean absolute path (utf8_path) of at most secure9p.walk_depth components? */
bool ns_path_valid(struct bytes path);
/* Does path lie at or below prefix, compared by components? Both are clean. */
bool ns_path_within(struct bytes path, struct bytes prefix);

/* Which of the names is bound below dir; binds->n: none of them. */
uint32_t ns_bound(const struct ns_binds *binds, const struct ns_ref *dir, struct bytes name);
/* From *at on by one component, in the caller's view: binds first, then the tree. COH_PERMISSION: *at is outside the view
 * then; COH_NOT_FOUND, also for a name that is no component: *at is of no more use. */
enum coh_status ns_walk(const struct ns_tree *t, const struct hive *h, const struct caller *who, struct ns_ref *at,
                        struct bytes name);
/* An absolute path in the caller's view. Bad paths are COH_NOT_FOUND. *out is unchanged unless COH_OK. */
enum coh_status ns_resolve(const struct ns_tree *t, const struct hive *h, const struct caller *who, struct bytes path,
                           struct ns_ref *out);
/* A late name behind which something stands by now becomes what find says. */
void ns_settle(const struct ns_tree *t, const struct hive *h, struct ns_ref *ref);
/* Has what it names, or lies below, ended since it was found? */
bool ns_gone(const struct ns_tree *t, const struct hive *h, const struct ns_ref *ref);
/* The name of a variable component's argument: see ns_ops.name. */
void ns_name(const struct ns_node *n, const struct hive *h, const uint64_t *arg, struct buf *out);
/* May the caller still see what he once walked to? What he owned then may be another's by now. */
bool ns_seen(const struct ns_tree *t, const struct hive *h, const struct caller *who, const struct ns_ref *ref);
/* The canonical path, whatever binds led there; out has NS_PATH_BYTES. */
void ns_path(const struct ns_tree *t, const struct hive *h, const struct ns_ref *ref, struct buf *out);
/* Unique and stable for a boot. */
uint64_t ns_qid_path(const struct ns_tree *t, const struct ns_ref *ref);

/* Names of a directory that the caller may see, newline-ended and in lexicographic order, into the empty out; *entries
 * counts them. False: out is too small. */
bool ns_list(const struct ns_tree *t, const struct hive *h, const struct caller *who, const struct ns_ref *dir,
             struct buf *out, uint32_t *entries);

/* The slot that the last variable component of a node's path leads to. */
static inline uint32_t ns_last_slot(const struct ns_node *n, const uint64_t *arg)
{
    return arg[n->args ? n->args - 1u : 0u] & 0xffffu;
}
/* The ring of lines that a file's ops name. */
static inline struct ring *ns_lines(const struct ns_node *n, struct hive *h, const uint64_t *arg)
{
    return (struct ring *)(void *)((uint8_t *)h + n->ops->ring + ns_last_slot(n, arg) * n->ops->stride);
}

static inline const struct ns_node *ns_node(const struct ns_tree *t, const struct ns_ref *r)
{
    return &t->nodes[r->node];
}

/* A directory's entries can be listed; every other node is a file, and so is every view. */
static inline bool ns_is_dir(const struct ns_tree *t, const struct ns_ref *r) { return t->nodes[r->node].dir; }

/* ---- content.c: what reading a file gives, whatever kind of content its node brings: one place for both protocols ---- */

/* Offsets from here on are absolute positions in a ring: NS_ABSOLUTE + n is position n (spec/secure9p.md). */
#define NS_ABSOLUTE (1ull << 62)

/* Content that is bytes, not lines of text. */
bool ns_is_bytes(const struct ns_tree *t, const struct ns_ref *ref);
/* The ring behind a file, NULL when it has none (any more), or is none. */
struct ring *ns_ring(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref);
/* Bytes readable now. */
uint64_t ns_size(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref);

/* What a read found. */
struct ns_read {
    size_t n;        /* bytes that it copied, 0 at the end */
    uint64_t size;   /* bytes readable now */
    uint64_t oldest; /* of a ring: the oldest position that is kept */
};
/* Copies up to cap bytes from offset. base is where a ring's plain offsets count from (its oldest position when the file was
 * opened), *at a hint that belongs to the open file (zeroed at first). COH_STALE: the position is overwritten; COH_CLOSED: what
 * the file belonged to is gone. */
enum coh_status ns_read(const struct ns_tree *t, struct hive *h, const struct ns_ref *ref, uint64_t base, uint64_t offset,
                        struct ring_cursor *at, uint8_t *out, size_t cap, struct ns_read *got);
