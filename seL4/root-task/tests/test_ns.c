/* The tree and its content on a table of its own: views, late names, binds, what is gone, and what a role does not see. */
#include "support/test.h"

#include <string.h>

#include "base/fmt.h"

#include "ns/tree.h"

/* The state that these nodes show. */
struct hive {
    uint64_t first; /* no ring lies at 0 */
    struct ring ring;
};
static struct hive hive;
static bool gone; /* the ring is */
static bool made;             /* something stands behind the late name n1 by now */

static bool box_find(const struct hive *h, const uint64_t *arg, struct bytes name, uint64_t *out)
{
    bool there = name.n == 1 && (name.p[0] == '1' || name.p[0] == '2');
    *out = there ? (uint64_t)(name.p[0] - '0') : 7u;
    return there || (made && bytes_is(name, "n1"));
}

static void box_list(const struct hive *h, const uint64_t *arg, struct ns_names *names)
{
    ns_names_add(names, bytes_str("9")); /* gone between the list and the look */
    ns_names_add(names, bytes_str("2"));
    ns_names_add(names, bytes_str("1"));
}

static void box_name(const struct hive *h, const uint64_t *arg, struct buf *out)
{
    buf_byte(out, (uint8_t)('0' + arg[0]));
}

static bool box_late(const struct hive *h, const uint64_t *arg, struct bytes name)
{
    return name.p[0] == 'n';
}

static bool box_owned(const struct hive *h, const struct caller *who, const uint64_t *arg)
{
    return who->subject.n && arg[0] == (uint64_t)(who->subject.p[0] - '0');
}

static void show(const struct hive *h, const uint64_t *arg, struct text *out)
{
    text_say(out, "a=1\n");
}

static bool stands(const struct hive *h) { return !gone; }

static enum coh_status check(const struct hive *h, const struct ns_write *w, struct ns_why *why)
{
    return COH_OK;
}

static void apply(struct hive *h, const struct ns_write *w) {}

static const struct ns_ops none_ops = {.check = check, .apply = apply};
static const struct ns_ops facts_ops = {.show = show, .cbor = show};
static const struct ns_ops ring_ops = {NS_RING(ring), .check = check, .apply = apply};
static const struct ns_ops box_ops = {
    .find = box_find, .list = box_list, .name = box_name, .late = box_late, .owned = box_owned};
static const struct ns_ops in_ops = {.find = box_find, .list = box_list, .name = box_name, .late = box_late};
static const struct ns_pattern patterns[] = {
    {.path = "/write", .mode = NS_WRITE, .gate = true, .ops = &none_ops},
    {.path = "/blank", .mode = NS_APPEND, .gate = true, .ops = &none_ops},
    {.path = "/facts", .gate = true, .cbor = true, .ops = &facts_ops},
    {.path = "/ring", .mode = NS_APPEND, .gate = true, .when = stands, .ops = &ring_ops},
    {.path = "/dir", .dir = true, .gate = true, .ops = &none_ops},
    {.path = "/off", .gate = false, .ops = &facts_ops},
    {.path = "/box/{b}", .dir = true, .gate = true, .roles = NS_ALL_WORKERS, .ops = &box_ops},
    {.path = "/box/{b}/ctl", .mode = NS_APPEND, .gate = true, .late = true, .roles = NS_ALL_WORKERS, .ops = &ring_ops},
    {.path = "/box/{b}/plain", .gate = true, .ops = &facts_ops},
    {.path = "/free/{f}", .dir = true, .gate = true, .roles = NS_ALL_WORKERS, .ops = &in_ops},
    {.path = "/free/{f}/in/{c}", .dir = true, .gate = true, .ops = &in_ops},
    {.path = "/free/{f}/in/{c}/ctl", .mode = NS_APPEND, .gate = true, .late = true, .ops = &ring_ops},
};
static struct ns_tree tree;
static const struct caller queen = {.role = 0};
static const struct caller worker = {.role = 1, .subject = {(const uint8_t *)"1", 1}};

static int build(void **state)
{
    const struct ns_table table = {NS_PATTERNS(patterns)};
    ns_tree_build(&tree, (const struct ns_table *const[]){&table}, 1);
    gone = false;
    made = false;
    return 0;
}

static enum coh_status resolve(const struct caller *who, const char *path, struct ns_ref *ref)
{
    return ns_resolve(&tree, NULL, who, bytes_str(path), ref);
}

static void expect_path(const struct ns_ref *ref, const char *want)
{
    BUF(b, NS_PATH_BYTES);
    ns_path(&tree, NULL, ref, &b);
    assert_true(bytes_is(buf_bytes(&b), want));
}

static void names_have_bounds(void **state)
{
    char longest[257];
    memset(longest, 'x', sizeof longest);
    assert_true(utf8_name(bytes_of(longest, 255)));
    assert_false(utf8_name(bytes_of(longest, 256)));
    assert_false(utf8_name(bytes_str("")));
    assert_false(utf8_name(bytes_str("..")));
    assert_false(utf8_name(bytes_str("a/b")));
}

static void only_what_can_be_read_has_views(void **state)
{
    struct ns_ref ref;
    assert_int_equal(resolve(&queen, "/facts.cbor", &ref), COH_OK);
    assert_true(ns_is_bytes(&tree, &ref));
    expect_path(&ref, "/facts.cbor");
    assert_int_equal(resolve(&queen, "/ring.pos", &ref), COH_OK);
    expect_path(&ref, "/ring.pos");
    static const char *const not_there[] = {"/write.pos", "/write.cbor", "/dir.pos", "/facts.pos", "/ring.cbor", "/.pos", "/off", "/x.pos"};
    for (size_t i = 0; i < sizeof not_there / sizeof not_there[0]; i++)
        assert_int_equal(resolve(&queen, not_there[i], &ref), COH_NOT_FOUND);
}

static uint64_t size_of(const char *path)
{
    struct ns_ref ref;
    assert_int_equal(resolve(&queen, path, &ref), COH_OK);
    return ns_size(&tree, NULL, &ref);
}

static void what_has_no_content_is_empty(void **state)
{
    assert_int_equal(size_of("/write"), 0);
    assert_int_equal(size_of("/blank"), 0);
    assert_int_equal(size_of("/facts"), 4);
}

static void a_ring_that_is_gone_reads_closed(void **state)
{
    uint8_t data[64], out[32];
    struct ns_ref ref, pos;
    struct ring_cursor at = {0, 0};
    struct ns_read got;
    assert_int_equal(resolve(&queen, "/ring", &ref), COH_OK);
    assert_int_equal(resolve(&queen, "/ring.pos", &pos), COH_OK);
    gone = true;
    assert_int_equal(ns_size(&tree, &hive, &ref), 0);
    assert_int_equal(ns_size(&tree, &hive, &pos), 0);
    assert_int_equal(ns_read(&tree, &hive, &ref, 0, 0, &at, out, sizeof out, &got), COH_CLOSED);
    ring_init(&hive.ring, data, sizeof data);
    ring_append(&hive.ring, bytes_str("one\n"));
    gone = false;
    assert_int_equal(ns_size(&tree, &hive, &ref), 4);
    assert_int_equal(ns_size(&tree, &hive, &pos), strlen("oldest=0 next=4\n"));
    assert_int_equal(ns_read(&tree, &hive, &ref, 0, 0, &at, out, sizeof out, &got), COH_OK);
    assert_true(bytes_is(bytes_of(out, got.n), "one\n"));
}

static void a_late_name_leads_only_to_what_makes_it(void **state)
{
    struct ns_ref ref;
    assert_int_equal(resolve(&queen, "/box/n1/ctl", &ref), COH_OK);
    expect_path(&ref, "/box/n1/ctl");
    assert_int_equal(ns_size(&tree, NULL, &ref), 0);
    assert_int_equal(resolve(&queen, "/box/n1/plain", &ref), COH_NOT_FOUND);
    assert_int_equal(resolve(&queen, "/box/3/ctl", &ref), COH_NOT_FOUND);
    assert_int_equal(resolve(&queen, "/free/n1/in/1", &ref), COH_NOT_FOUND);
    assert_int_equal(resolve(&queen, "/free/1/in/n2/ctl", &ref), COH_OK);
    expect_path(&ref, "/free/1/in/n2/ctl");
    assert_int_equal(resolve(&queen, "/box/nothing-is-called-so-whatever-comes/ctl", &ref), COH_NOT_FOUND);
    assert_int_equal(resolve(&queen, "/box/n1/ctl", &ref), COH_OK);
    uint64_t before = ns_qid_path(&tree, &ref);
    made = true;
    ns_settle(&tree, NULL, &ref);
    assert_int_equal(ref.late_n, 0);
    assert_int_not_equal(ns_qid_path(&tree, &ref), before);
    expect_path(&ref, "/box/7/ctl");
}

static void expect_list(const struct caller *who, const char *path, const char *want)
{
    BUF(b, 128);
    struct ns_ref ref;
    uint32_t entries, lines_n = 0;
    assert_int_equal(resolve(who, path, &ref), COH_OK);
    assert_true(ns_list(&tree, NULL, who, &ref, &b, &entries));
    for (size_t i = 0; i < b.n; i++)
        lines_n += b.p[i] == '\n';
    assert_true(bytes_is(buf_bytes(&b), want));
    assert_int_equal(entries, lines_n);
}

static void a_worker_sees_its_own_and_what_nobody_owns(void **state)
{
    struct ns_ref ref;
    expect_list(&worker, "/", "box\nfree\n");
    expect_list(&worker, "/box", "1\n");
    expect_list(&worker, "/free", "1\n2\n9\n");
    expect_list(&queen, "/box", "1\n2\n9\n");
    assert_int_equal(resolve(&worker, "/box/2", &ref), COH_PERMISSION);
    assert_int_equal(resolve(&worker, "/free/2", &ref), COH_OK);
    assert_int_equal(resolve(&worker, "/facts", &ref), COH_PERMISSION);
}

static void bind(struct ns_binds *binds, const char *parent, const char *name, const char *target)
{
    struct ns_bind *b = &binds->at[binds->n++];
    memset(b, 0, sizeof *b);
    assert_int_equal(resolve(&queen, parent, &b->parent), COH_OK);
    assert_int_equal(resolve(&queen, target, &b->target), COH_OK);
    b->name_n = (uint8_t)strlen(name);
    memcpy(b->name, name, b->name_n);
}

static void a_bound_name_is_of_its_directory_alone(void **state)
{
    struct ns_binds binds = {0};
    const struct caller who = {.role = 0, .binds = &binds};
    struct ns_ref ref;
    bind(&binds, "/dir", "shadow", "/box");
    bind(&binds, "/", "dir2", "/free");
    bind(&binds, "/", "facts", "/ring");
    expect_list(&who, "/", "blank\nbox\ndir\ndir2\nfacts\nfree\nring\nwrite\n");
    expect_list(&who, "/dir", "shadow\n");
    expect_list(&who, "/dir/shadow", "1\n2\n9\n");
    assert_int_equal(resolve(&who, "/shadow", &ref), COH_NOT_FOUND);
    assert_int_equal(resolve(&who, "/facts", &ref), COH_OK);
    expect_path(&ref, "/ring");
    assert_int_equal(resolve(&queen, "/dir/shadow", &ref), COH_NOT_FOUND);
}

static void a_bound_name_is_listed_once_though_the_tree_can_be_walked_by_it(void **state)
{
    struct ns_binds binds = {0};
    const struct caller who = {.role = 0, .binds = &binds};
    bind(&binds, "/box", "2", "/dir");         /* listed already */
    bind(&binds, "/box", "new", "/dir");       /* a late name, which is not listed by itself */
    bind(&binds, "/dir", "facts.cbor", "/ring");
    expect_list(&who, "/box", "1\n2\n9\nnew\n");
    expect_list(&who, "/dir", "facts.cbor\n");
}

static void what_a_late_name_will_hold_has_no_views_yet(void **state)
{
    struct ns_ref ref;
    assert_int_equal(resolve(&queen, "/box/1/ctl.pos", &ref), COH_OK);
    assert_int_equal(resolve(&queen, "/box/n1/ctl", &ref), COH_OK);
    assert_int_equal(resolve(&queen, "/box/n1/ctl.pos", &ref), COH_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(names_have_bounds, build),
        cmocka_unit_test_setup(only_what_can_be_read_has_views, build),
        cmocka_unit_test_setup(what_has_no_content_is_empty, build),
        cmocka_unit_test_setup(a_ring_that_is_gone_reads_closed, build),
        cmocka_unit_test_setup(a_late_name_leads_only_to_what_makes_it, build),
        cmocka_unit_test_setup(a_worker_sees_its_own_and_what_nobody_owns, build),
        cmocka_unit_test_setup(a_bound_name_is_of_its_directory_alone, build),
        cmocka_unit_test_setup(a_bound_name_is_listed_once_though_the_tree_can_be_walked_by_it, build),
        cmocka_unit_test_setup(what_a_late_name_will_hold_has_no_views_yet, build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
