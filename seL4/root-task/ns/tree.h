/* The tree of nodes. Subsystems of hive/ declare their files as path patterns; ns_tree_build joins the patterns into one
 * tree; resolution and listing work on it. The tree knows no subsystem: it calls the functions that a pattern brings. */
#ifndef COH_NS_TREE_H
#define COH_NS_TREE_H

#include "base/bytes.h"
#include "base/limits.h"
#include "base/ring.h"
#include "base/status.h"
#include "base/text.h"
#include "ns/caller.h"

struct hive;

enum ns_mode {
    NS_READ,   /* r */
    NS_APPEND, /* a: writes go to the end; readable */
    NS_WRITE,  /* w: write-only append */
};

/* Who besides the queen sees a node: bits 1 << enum coh_role. */
#define NS_QUEEN_ONLY 0u
#define NS_ALL_WORKERS 0x1eu

/* At most this many variable components lie on a path (/queen/telemetry/<device>/seg/<name>). */
#define NS_ARGS 2u
/* The root, every pattern and every literal parent. */
#define NS_NODES_MAX 96u

/* A node: its place in the tree, and what its variable components were resolved to. */
struct ns_ref {
    uint16_t node;
    uint64_t arg[NS_ARGS];
};

/* Receives the names that a directory holds. */
struct ns_names;
void ns_names_add(struct ns_names *names, struct bytes name);

/* More about a refusal than its status says; each field is 0 or NULL when there is nothing to add. */
struct ns_why {
    const char *detail; /* the word behind `detail=` */
    const char *error;  /* the text behind `error=` */
    uint64_t delay_ms;  /* of COH_RATE */
};

/* What a subsystem brings for one pattern; NULL where it does not apply. `arg` holds the args of the components so far. */
struct ns_ops {
    /* Variable component: name → *out. False: there is no such one. */
    bool (*find)(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out);
    /* Variable component: adds every name that find would find, in lexicographic order where that is cheap. */
    void (*list)(const struct hive *h, const uint64_t *arg, struct ns_names *names);
    /* Variable component of a worker's own: does the caller's subject own this one? NULL: no ownership rule. */
    bool (*owned)(const struct hive *h, const struct caller *who, const uint64_t *arg);
    /* Content: rendered text, constant bytes, or a ring of lines. Exactly one for a readable file. */
    void (*show)(const struct hive *h, const uint64_t *arg, struct text *out);
    struct bytes (*constant)(const struct hive *h, const uint64_t *arg);
    struct ring *(*lines)(struct hive *h, const uint64_t *arg);
    /* A write of one line without its newline, in two steps: nothing changes until everything is checked. check decides
     * and may fill *why; apply then does it and can't fail: the acknowledgement goes out between them. */
    enum coh_status (*check)(const struct hive *h, const struct caller *who, const uint64_t *arg, struct bytes line,
                             struct ns_why *why);
    /* After a refusal by check, for what a subsystem logs of it besides the audit line. */
    void (*refused)(struct hive *h, struct bytes line, enum coh_status status, const struct ns_why *why);
    void (*apply)(struct hive *h, const struct caller *who, const uint64_t *arg, struct bytes line);
};

/* One pattern. A component in braces is variable, and its ops have find and list. Literal parents need no entry. */
struct ns_pattern {
    const char *path;
    uint8_t mode;
    bool dir;
    bool gate;         /* the manifest's gate: false = the node does not exist */
    bool unaudited;    /* an append is its own record and leaves no audit line (spec/console.md, /log/queen.log) */
    uint8_t roles;     /* who may read it, besides the queen */
    uint8_t writers;   /* who may append to it, besides the queen */
    const struct ns_ops *ops;
};

struct ns_table {
    const struct ns_pattern *patterns;
    size_t count;
};

struct ns_node {
    struct bytes name;                /* literal name, or the braces and what is in them */
    const struct ns_pattern *pattern; /* NULL: a literal parent */
    const struct ns_ops *ops;         /* NULL likewise */
    uint16_t parent, first_child, next_sibling; /* 0 = none (0 is the root, nobody's child) */
    uint8_t roles; /* of a directory: of everything below it too */
    uint8_t args;  /* variable components on the path, this one included */
    bool dir, variable;
};

struct ns_tree {
    struct ns_node nodes[NS_NODES_MAX];
    uint16_t count;
};

/* Builds the tree from tables; one that does not fit or contradicts itself is a programming error and asserts. */
void ns_tree_build(struct ns_tree *t, const struct ns_table *tables, size_t count);

/* One component. COH_PERMISSION: it exists outside the caller's view; COH_NOT_FOUND. */
enum coh_status ns_walk(const struct ns_tree *t, const struct hive *h, const struct caller *who,
                        const struct ns_ref *from, struct bytes name, struct ns_ref *out);
/* An absolute path: `/`, or `/a/b` of clean components. Bad paths are COH_NOT_FOUND. */
enum coh_status ns_resolve(const struct ns_tree *t, const struct hive *h, const struct caller *who, struct bytes path,
                           struct ns_ref *out);
/* Is path a clean absolute path: UTF-8, no empty, `.`, `..`, over-long component, at most secure9p.walk_depth of them? */
bool ns_path_valid(struct bytes path);
/* Does path lie at or below prefix, compared by components? Both are clean. */
bool ns_path_within(struct bytes path, struct bytes prefix);

/* Names of a directory that the caller may see, newline-ended and in lexicographic order, appended to out; *entries counts
 * them. False: out is too small. */
bool ns_list(const struct ns_tree *t, const struct hive *h, const struct caller *who, const struct ns_ref *dir,
             struct buf *out, uint32_t *entries);

static inline const struct ns_node *ns_node(const struct ns_tree *t, const struct ns_ref *r)
{
    return &t->nodes[r->node];
}

#endif
