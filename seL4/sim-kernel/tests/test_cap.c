/* Slots and the derivation list, checked hosted against a plain model: who is derived from whom after random
 * copies, mints, moves, deletes and revokes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* the kernel has a function of that name */

#include "sim.h"

#define SLOTS 48
#define NONE (-1)

static struct {
    struct slot slots[SLOTS + 1]; /* reference 0 means none: [0] stays unused */
    struct slot node[4];
    struct thread thread;
} memory __attribute__((aligned(4096)));
static struct slot *const slots = memory.slots + 1;
uint64_t sim_window;

/* What the last capability of an object sets off; counted. */
static unsigned unmapped, endpoints_gone;
void vspace_unmap(struct slot *s) { unmapped++; }
void endpoint_forget(struct endpoint *e) { endpoints_gone++; }
static unsigned threads_gone;
void thread_forget(struct thread *t) { threads_gone++; }
void ntfn_forget(struct notification *n) {}
void irq_handler_forget(unsigned irq) {}
void asid_pool_forget(const struct slot *pool) {}
static struct slot handler_slot;
struct slot *irq_handler_slot(unsigned irq) { return &handler_slot; }

/* The model: the slot that each one is derived from. */
static int parent[SLOTS];
static bool used[SLOTS], original[SLOTS];

static uint64_t random_state;
static unsigned pick(unsigned n)
{
    random_state = random_state * 6364136223846793005ul + 1442695040888963407ul;
    return (unsigned)(random_state >> 33) % n;
}

static void start(void)
{
    memset(&memory, 0, sizeof memory);
    memset(used, 0, sizeof used);
    sim_window = (uint64_t)(uintptr_t)&memory - SIM_RAM_BASE;
    struct slot untyped = {.type = CAP_UNTYPED, .object = SIM_RAM_BASE, .size_bits = 20, .flags = SLOT_ORIGINAL};
    slot_insert(NULL, &slots[0], &untyped, false);
    used[0] = original[0] = true;
    parent[0] = NONE;
    unmapped = endpoints_gone = 0;
}

static bool model_derived(int s, int from)
{
    for (s = parent[s]; s != NONE; s = parent[s]) {
        if (s == from) {
            return true;
        }
    }
    return false;
}

static int next_of(int s)
{
    return slots[s].next ? (int)((struct slot *)p2v(SIM_RAM_BASE + ((uint64_t)slots[s].next << seL4_SlotBits)) - slots)
                         : NONE;
}

/* The list says the same as the model, for every pair. */
static void check(void)
{
    for (int from = 0; from < SLOTS; from++) {
        bool in_list[SLOTS] = {false};
        assert_int_equal(slots[from].type != CAP_NULL, used[from]);
        if (!used[from]) {
            continue;
        }
        for (int s = next_of(from); s != NONE && slots[s].depth > slots[from].depth; s = next_of(s)) {
            in_list[s] = true;
        }
        for (int s = 0; s < SLOTS; s++) {
            assert_int_equal(in_list[s], used[s] && model_derived(s, from));
        }
    }
}

static void model_delete(int s)
{
    used[s] = false;
    for (int c = 0; c < SLOTS; c++) {
        if (used[c] && parent[c] == s) {
            parent[c] = parent[s];
        }
    }
}

static int empty_slot(void)
{
    for (int s = 0; s < SLOTS; s++) {
        if (!used[s]) {
            return s;
        }
    }
    return NONE;
}

static void step(uint64_t object)
{
    int to = empty_slot(), from = (int)pick(SLOTS);
    struct slot cap;

    switch (to == NONE ? 3 + pick(2) : pick(6)) {
    case 0: /* retype */
        cap = (struct slot){.type = CAP_ENDPOINT, .object = object, .size_bits = 4, .flags = SLOT_ORIGINAL};
        slot_insert(&slots[0], &slots[to], &cap, true);
        used[to] = original[to] = true;
        parent[to] = 0;
        break;
    case 1:
    case 2: /* copy, or mint, which makes an original */
        if (used[from] && from != 0 && cap_derive(&slots[from], &cap) == seL4_NoError) {
            bool mint = pick(2);
            cap.flags |= mint ? SLOT_ORIGINAL : 0;
            slot_insert(&slots[from], &slots[to], &cap, false);
            used[to] = true;
            original[to] = mint;
            parent[to] = original[from] ? from : parent[from];
        }
        break;
    case 3:
        if (from != 0) {
            slot_delete(&slots[from]);
            if (used[from]) {
                model_delete(from);
            }
        }
        break;
    case 4:
        if (used[from] && pick(4) == 0) {
            slot_revoke(&slots[from]);
            for (int s = 0; s < SLOTS; s++) {
                if (s != from && used[s] && model_derived(s, from)) {
                    used[s] = false;
                }
            }
        }
        break;
    default: /* move */
        if (used[from] && from != 0) {
            slot_move(&slots[from], &slots[to]);
            used[to] = true;
            used[from] = false;
            original[to] = original[from];
            parent[to] = parent[from];
            for (int c = 0; c < SLOTS; c++) {
                parent[c] = parent[c] == from ? to : parent[c];
            }
        }
        break;
    }
}

static void the_list_is_the_tree_after_any_operations(void **state)
{
    for (unsigned seed = 1; seed <= 40; seed++) {
        random_state = seed;
        start();
        for (unsigned i = 0; i < 600; i++) {
            step(SIM_RAM_BASE + 16 * (i + 1));
            check();
        }
    }
}

static void only_the_last_capability_ends_the_object(void **state)
{
    struct slot cap = {.type = CAP_ENDPOINT, .object = SIM_RAM_BASE + 16, .size_bits = 4, .flags = SLOT_ORIGINAL}, copy;

    start();
    slot_insert(&slots[0], &slots[1], &cap, true);
    assert_int_equal(cap_derive(&slots[1], &copy), seL4_NoError);
    slot_insert(&slots[1], &slots[2], &copy, false);
    assert_false(slot_is_final(&slots[1]));
    slot_delete(&slots[1]);
    assert_int_equal(endpoints_gone, 0);
    assert_true(slot_is_final(&slots[2]));
    slot_delete(&slots[2]);
    assert_int_equal(endpoints_gone, 1);
    assert_false(slot_has_children(&slots[0]));
}

static void an_untyped_with_children_is_not_copied(void **state)
{
    struct slot cap = {.type = CAP_FRAME, .object = SIM_RAM_BASE, .size_bits = 12, .flags = SLOT_ORIGINAL}, copy;

    start();
    assert_int_equal(cap_derive(&slots[0], &copy), seL4_NoError);
    slot_insert(&slots[0], &slots[1], &cap, true);
    assert_int_equal(cap_derive(&slots[0], &copy), seL4_RevokeFirst);
    slot_revoke(&slots[0]);
    assert_int_equal(unmapped, 1);
    assert_int_equal(cap_derive(&slots[0], &copy), seL4_NoError);
}

static void put(int to, uint8_t type, uint64_t object, uint8_t bits)
{
    struct slot cap = {.type = type, .object = object, .size_bits = bits, .flags = SLOT_ORIGINAL};
    slot_insert(&slots[0], &slots[to], &cap, true);
}

static void the_last_capability_takes_along_what_is_inside(void **state)
{
    struct slot *node = memory.node, copy;

    for (int both = 0; both < 2; both++) {
        start();
        threads_gone = 0;
        put(1, CAP_CNODE, v2p(node), 2);
        put(2, CAP_TCB, v2p(&memory.thread), seL4_TCBBits);
        put(3, CAP_ENDPOINT, SIM_RAM_BASE + 16, 4);
        /* The thread's CSpace is the CNode, which holds the thread, itself and the endpoint. */
        assert_int_equal(cap_derive(&slots[1], &copy), seL4_NoError);
        slot_insert(&slots[1], &memory.thread.slots[THREAD_CSPACE], &copy, false);
        slot_move(&slots[2], &node[0]);
        slot_move(&slots[1], &node[1]);
        slot_move(&slots[3], &node[2]);
        if (both) {
            slot_revoke(&slots[0]);
        } else {
            slot_delete(&node[1]); /* the thread still has the CNode */
            assert_int_equal(threads_gone, 0);
            slot_delete(&node[0]);
        }
        assert_int_equal(threads_gone, 1);
        assert_int_equal(endpoints_gone, 1);
        assert_false(slot_has_children(&slots[0]));
        for (int i = 0; i < 4; i++) {
            assert_int_equal(node[i].type, CAP_NULL);
        }
        assert_int_equal(memory.thread.slots[THREAD_CSPACE].type, CAP_NULL);
    }
}

static void lookups_name_the_reason_that_they_fail_for(void **state)
{
    struct slot root = {.type = CAP_CNODE, .size_bits = 4, .aux = 60};
    struct slot *found;

    start();
    root.object = v2p(slots);
    assert_int_equal(slot_target(&root, 0, 64, false, &found), seL4_NoError);
    assert_ptr_equal(found, &slots[0]);
    assert_int_equal(slot_target(&root, 16, 64, false, &found), seL4_FailedLookup);
    assert_int_equal(sim_failure.mr[1], seL4_GuardMismatch);
    assert_int_equal(slot_target(&root, 0, 63, true, &found), seL4_FailedLookup);
    assert_int_equal(sim_failure.mr[0], 1);
    assert_int_equal(sim_failure.mr[1], seL4_DepthMismatch);
    assert_int_equal(slot_target(&root, 0, 65, false, &found), seL4_RangeError);
    assert_int_equal(slot_target(&slots[0], 0, 64, false, &found), seL4_FailedLookup);
    assert_int_equal(sim_failure.mr[1], seL4_InvalidRoot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_is_the_tree_after_any_operations),
        cmocka_unit_test(only_the_last_capability_ends_the_object),
        cmocka_unit_test(the_last_capability_takes_along_what_is_inside),
        cmocka_unit_test(an_untyped_with_children_is_not_copied),
        cmocka_unit_test(lookups_name_the_reason_that_they_fail_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
