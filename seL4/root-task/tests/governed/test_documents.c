/* docs/INTERFACES.md and the node tables tell the same: every file and every variable directory of the governed hive stands
 * there, and every path that stands there is one of them or named as absent. */
#include "support/client.h"

#define DOCUMENT COH_DOCS "/INTERFACES.md"
#define PATHS 512u
#define PATH_BYTES 128u

/* A path between backticks: in a table, or in the chapter of what is absent. */
struct told {
    char path[PATH_BYTES];
    unsigned line;
    bool absent, known;
};

static struct told told[PATHS];
static size_t told_n;

static void collect_line(const char *text, unsigned line, bool absent)
{
    for (const char *tick = strchr(text, '`'); tick;) {
        const char *end = strchr(tick + 1, '`');
        assert_non_null(end);
        size_t n = (size_t)(end - tick) - 1;
        if (tick[1] == '/') {
            assert_true(told_n < PATHS && n < PATH_BYTES);
            struct told *t = &told[told_n++];
            *t = (struct told){.line = line, .absent = absent};
            memcpy(t->path, tick + 1, n);
        }
        tick = strchr(end + 1, '`');
    }
}

static void read_document(void)
{
    static char text[4096];
    FILE *f = fopen(DOCUMENT, "r");
    bool absent = false;
    assert_non_null(f);
    told_n = 0;
    for (unsigned line = 1; fgets(text, sizeof text, f); line++) {
        assert_non_null(strchr(text, '\n'));
        if (strncmp(text, "## ", 3) == 0)
            absent = strcmp(text, "## Absent\n") == 0;
        if (text[0] == '|' || absent)
            collect_line(text, line, absent);
    }
    fclose(f);
}

/* Variable only because it comes and goes: its one name is what the braces hold. */
static bool has_one_name(struct bytes inner) { return bytes_is(inner, "models") || bytes_is(inner, "telemetry"); }

/* Does a component of a document, `name` or `<what>`, stand for this component of a pattern? */
static bool stands_for(struct bytes doc, struct bytes name)
{
    if (name.p[0] != '{')
        return bytes_eq(doc, name);
    struct bytes inner = bytes_sub(name, 1, name.n - 2);
    return has_one_name(inner) ? bytes_eq(doc, inner) : doc.n > 2 && doc.p[0] == '<' && doc.p[doc.n - 1] == '>';
}

static struct bytes component(struct bytes *rest)
{
    const uint8_t *slash = memchr(rest->p, '/', rest->n);
    struct bytes name = bytes_sub(*rest, 0, slash ? (size_t)(slash - rest->p) : rest->n);
    *rest = bytes_sub(*rest, name.n + (slash != NULL), rest->n);
    return name;
}

static bool describes(const char *document, const char *pattern)
{
    struct bytes doc = bytes_str(document + 1), path = bytes_str(pattern + 1);
    while (doc.n && path.n) {
        if (!stands_for(component(&doc), component(&path)))
            return false;
    }
    return !doc.n && !path.n;
}

/* Marks what describes the pattern; false: nothing does. */
static bool mark(const char *pattern)
{
    bool found = false;
    for (size_t i = 0; i < told_n; i++) {
        if (!describes(told[i].path, pattern))
            continue;
        told[i].known = true;
        found |= !told[i].absent;
    }
    return found;
}

static void every_path_stands_in_the_document_and_every_path_of_it_exists(void **state)
{
    const struct bench *b = *state;
    const struct ns_tree *tree = &b->h->tree;
    unsigned faults = 0, patterns = 0;
    read_document();
    for (uint16_t i = 0; i < tree->count; i++) {
        const struct ns_pattern *p = tree->nodes[i].pattern;
        patterns += p != NULL;
        if (p && !mark(p->path)) {
            print_error(DOCUMENT ": %s stands in no table\n", p->path);
            faults++;
        }
    }
    for (size_t i = 0; i < told_n; i++) {
        if (told[i].known == told[i].absent) {
            print_error(DOCUMENT ":%u: %s %s\n", told[i].line, told[i].path, told[i].absent ? "is built" : "is no path of a hive");
            faults++;
        }
    }
    print_message("%u patterns, %zu paths\n", patterns, told_n);
    assert_int_equal(faults, 0);
    assert_true(patterns > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_path_stands_in_the_document_and_every_path_of_it_exists, bench_setup,
                                        bench_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
