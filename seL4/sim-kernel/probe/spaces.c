/* Questions about CSpaces of two levels, pools of address-space numbers, and tasks that are revoked. */
#include "tasks.h"

#define OWN 150
#define PAGE 0x30000000ul
/* Nodes of the probe's two-level CSpace: 8 bits of the top CNode, then 12 bits. Node 0 holds all that was there before.
 */
#define TOP_BITS 8
#define AT(node, index) ((seL4_CPtr)(node) << 12 | (index))
#define NODE_DEPTH (TOP_BITS + 12)

static seL4_CPtr top;

/* A CNode of this size, filled up with guard to 12 bits, as node n of the top. */
static seL4_CPtr node(seL4_Word n, seL4_Word bits)
{
    seL4_CPtr made = make(seL4_CapTableObject, bits);

    if (seL4_CNode_Mint(top, n, TOP_BITS, SELF_CNODE, made, 64, seL4_AllRights,
                        seL4_CNode_CapData_new(0, 12 - bits).words[0]) != seL4_NoError) {
        stop("mint a node");
    }
    return made;
}

static void set_own(const char *name, seL4_CPtr cspace, seL4_Word guard_bits)
{
    line(name, seL4_TCB_SetSpace(seL4_CapInitThreadTCB, 0, cspace, seL4_CNode_CapData_new(0, guard_bits).words[0],
                                 SELF_VSPACE, 0));
}

static void into(const char *name, seL4_CPtr root, seL4_Word index, seL4_Word depth, seL4_Word offset, seL4_Word count)
{
    line(name, seL4_Untyped_Retype(probe_pool, seL4_NotificationObject, 0, root, index, depth, offset, count));
}

void probe_cspaces(void)
{
    seL4_CPtr n = make(seL4_NotificationObject, 0);

    top = make(seL4_CapTableObject, TOP_BITS);
    line("cspace: the old one as node 0",
         seL4_CNode_Mint(top, 0, TOP_BITS, SELF_CNODE, SELF_CNODE, 64, seL4_AllRights, 0));
    seL4_CPtr small = node(1, 4);
    (void)node(2, 9);
    set_own("cspace: set with too much guard", top, 57);
    set_own("cspace: set to a notification", n, 44);
    line("cspace: set with a frame for vspace", seL4_TCB_SetSpace(seL4_CapInitThreadTCB, 0, top, 0, n, 0));
    line("cspace: set truncated", (seL4_Error)seL4_MessageInfo_get_label(
                                      seL4_Call(seL4_CapInitThreadTCB, seL4_MessageInfo_new(TCBSetSpace, 0, 0, 2))));
    set_own("cspace: set", top, 64 - NODE_DEPTH);
    seL4_Signal(n);
    line_value("cspace: old pointers still lead there", poll(n) == 0);
    into("cspace: retype into node 1", top, 1, TOP_BITS, 3, 4);
    into("cspace: retype into node 1, full depth", SELF_CNODE, 1 << 12, 64, 7, 1);
    into("cspace: retype into node 2, 256 at once", top, 2, TOP_BITS, 0, 256);
    into("cspace: retype into node 2, 256 more", top, 2, TOP_BITS, 256, 256);
    into("cspace: retype into node 2, one too many", top, 2, TOP_BITS, 511, 2);
    into("cspace: retype into node 2, 257", top, 2, TOP_BITS, 0, 257);
    into("cspace: retype onto others", top, 1, TOP_BITS, 2, 3);
    into("cspace: retype into no node", top, 3, TOP_BITS, 0, 1);
    into("cspace: retype by too few bits", top, 1, TOP_BITS - 1, 0, 1);
    into("cspace: retype by too many bits", top, AT(1, 3) << 1, NODE_DEPTH + 1, 0, 1);
    into("cspace: retype behind a notification", top, AT(1, 3), NODE_DEPTH, 0, 1);
    seL4_Signal(AT(1, 3));
    line_value("cspace: poll in node 1", poll(AT(1, 3)) == 0);
    line("cspace: mint into node 1",
         seL4_CNode_Mint(top, AT(1, 9), NODE_DEPTH, top, AT(1, 3), NODE_DEPTH, seL4_AllRights, 77));
    seL4_Signal(AT(1, 9));
    line_value("cspace: its badge", poll(AT(1, 3)));
    line("cspace: by less than its depth", seL4_CNode_Delete(top, AT(1, 9) >> 1, NODE_DEPTH - 1));
    line("cspace: behind its guard", seL4_CNode_Delete(top, AT(1, 9 + 16), NODE_DEPTH));
    line("cspace: copy out by the node itself",
         seL4_CNode_Copy(top, AT(2, 0), NODE_DEPTH, small, 9, 4, seL4_AllRights));
    line("cspace: move between nodes", seL4_CNode_Move(top, AT(1, 0), NODE_DEPTH, top, AT(1, 9), NODE_DEPTH));
    seL4_NBSend(AT(1, 9 + 16), seL4_MessageInfo_new(0, 0, 0, 0));
    line("cspace: invoke in a node",
         (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(AT(1, 1), seL4_MessageInfo_new(CNodeDelete, 0, 0, 2))));
    line("cspace: delete the node's original", seL4_CNode_Delete(SELF_CNODE, small, 64));
    seL4_Signal(AT(1, 0));
    line_value("cspace: the copy keeps it alive", poll(AT(1, 3)));
    line("cspace: delete the node's last", seL4_CNode_Delete(top, 1, TOP_BITS));
    into("cspace: retype where it was", top, 1, TOP_BITS, 0, 1);
}

/* ---- pools of address-space numbers ---- */
#define SPACES 1100u

static void pool_errors(seL4_CPtr ut)
{
    seL4_CPtr at = slot(), small = make(seL4_UntypedObject, 11), used = make(seL4_UntypedObject, 12);

    (void)seL4_Untyped_Retype(used, seL4_EndpointObject, 0, SELF_CNODE, 0, 0, slot(), 1);
    seL4_SetCap(0, ut);
    line("pool: without a cnode", (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(
                                      seL4_CapASIDControl, seL4_MessageInfo_new(ARMASIDControlMakePool, 0, 1, 2))));
    line("pool: of a small untyped", seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, small, SELF_CNODE, at, 64));
    line("pool: of no untyped", seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, SELF_CNODE, SELF_CNODE, at, 64));
    line("pool: of a used untyped", seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, used, SELF_CNODE, at, 64));
    line("pool: onto a capability", seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, ut, SELF_CNODE, ut, 64));
    line("pool: depth 0", seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, ut, SELF_CNODE, at, 0));
    line("pool: to no cnode", seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, ut, ut, at, 64));
}

static seL4_CPtr new_pool(const char *name, seL4_CPtr *untyped)
{
    seL4_CPtr at = slot();

    *untyped = make(seL4_UntypedObject, 12);
    line(name, seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, *untyped, SELF_CNODE, at, 64));
    return at;
}

/* How many address spaces a pool takes, of those in node 3 from the first on. */
static unsigned fill(seL4_CPtr pool, unsigned first)
{
    unsigned n = 0;

    while (first + n < SPACES && seL4_ARM_ASIDPool_Assign(pool, AT(3, first + n)) == seL4_NoError) {
        n++;
    }
    return n;
}

static void run_in(const char *name, struct task *t, seL4_CPtr pool)
{
    t->pool = pool;
    task_build(t, OWN + 10);
    task_start(t, task_idle, 0, 0);
    seL4_Signal(tasks_wait);
    line_value(name, poll(tasks_done));
}

void probe_pools(void)
{
    static struct task task;
    seL4_CPtr untyped[3], pool[3] = {seL4_CapInitThreadASIDPool}, spaces = make(seL4_UntypedObject, 23);
    unsigned n = 0;

    task_prepare(&task);
    pool_errors(make(seL4_UntypedObject, 12));
    (void)node(3, 11);
    for (unsigned i = 0; i < SPACES; i += 220) {
        if (seL4_Untyped_Retype(spaces, seL4_ARM_VSpaceObject, 0, top, 3, TOP_BITS, i, 220) != seL4_NoError) {
            stop("make address spaces");
        }
    }
    pool[1] = new_pool("pool: second", &untyped[1]);
    pool[2] = new_pool("pool: third", &untyped[2]);
    line("pool: wrong label",
         (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(pool[1], seL4_MessageInfo_new(CNodeDelete, 0, 0, 2))));
    line("pool: copy", seL4_CNode_Copy(SELF_CNODE, slot(), 64, SELF_CNODE, pool[1], 64, seL4_AllRights));
    for (int i = 0; i < 3; i++) {
        unsigned took = fill(pool[i], n);
        line_value(i == 0 ? "pool: the first takes" : "pool: a further one takes", took);
        n += took;
    }
    line_value("pool: address spaces at once", n);
    line("pool: assign to a full one", seL4_ARM_ASIDPool_Assign(pool[1], AT(3, n)));
    run_in("pool: a task with a number of the third", &task, pool[2]);
    task_end(&task);
    line("pool: delete an address space", seL4_CNode_Delete(top, AT(3, 600), NODE_DEPTH));
    run_in("pool: a task with its number", &task, pool[1]);
    line("pool: revoke the second's untyped", seL4_CNode_Revoke(SELF_CNODE, untyped[1], 64));
    seL4_Signal(tasks_wait);
    message("pool: its task is nowhere");
    line("pool: map into a space without pool",
         seL4_ARM_Page_Map(task.frame, task.vspace, PAGE, seL4_ReadWrite, seL4_ARM_Default_VMAttributes));
    task_end(&task);
    line("pool: revoke all address spaces", seL4_CNode_Revoke(SELF_CNODE, spaces, 64));
    line("pool: revoke the third's untyped", seL4_CNode_Revoke(SELF_CNODE, untyped[2], 64));
    pool[1] = new_pool("pool: second again", &untyped[1]);
    run_in("pool: a task with a number of it", &task, pool[1]);
    task_end(&task);
}

/* ---- revocation ---- */
static struct task task;

static void ping(const char *name)
{
    seL4_Signal(tasks_wait);
    line_value(name, poll(tasks_done));
}

/* Two lives with the same numbers: the second must not see the first's page. */
static void stale_pages(void)
{
    for (int life = 0; life < 2; life++) {
        task_build(&task, OWN + 10);
        task_map(&task, PAGE, seL4_ReadWrite, seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever);
        task_start(&task, task_tell, PAGE, 0);
        message(life ? "revoke: what the next task finds in its page" : "revoke: what a task finds in its page");
        line_value("revoke: it goes on", poll(tasks_done));
        task_start(&task, task_store, PAGE, 4711);
        line_value("revoke: it writes there", poll(tasks_done));
        task_start(&task, task_tell, PAGE, 0);
        message("revoke: and reads again");
        line_value("revoke: and goes on", poll(tasks_done));
        task_end(&task);
    }
}

/* A task whose parts go one by one. */
static void parts(void)
{
    task_build(&task, OWN + 10);
    task_start(&task, task_idle, 0, 0);
    line("revoke: delete the address space's original", seL4_CNode_Delete(SELF_CNODE, task.vspace, 64));
    line("revoke: delete the cnode's original",
         seL4_CNode_Copy(SELF_CNODE, slot(), 64, SELF_CNODE, task.cnode, 64, seL4_AllRights));
    ping("revoke: the task lives by its own copies");
    line("revoke: the cnode's copies", seL4_CNode_Revoke(SELF_CNODE, task.cnode, 64));
    ping("revoke: the task has no cspace");
    line_value("revoke: nor a fault handler", seL4_MessageInfo_get_label(seL4_NBRecv(tasks_endpoint, NULL)));
    task_end(&task);
    task_build(&task, OWN + 10);
    task_start(&task, task_idle, 0, 0);
    line("revoke: the address space's copies", seL4_CNode_Revoke(SELF_CNODE, task.vspace, 64));
    seL4_Signal(tasks_wait);
    message("revoke: the task is nowhere");
    task_end(&task);
    task_build(&task, OWN + 10);
    task_start(&task, task_idle, 0, 0);
    line("revoke: the thread into its own cnode", seL4_CNode_Move(task.cnode, 12, 4, SELF_CNODE, task.tcb, 64));
    line("revoke: the cnode into itself", seL4_CNode_Move(task.cnode, 11, 4, SELF_CNODE, task.cnode, 64));
    ping("revoke: it lives by itself");
    task_end(&task);
    ping("revoke: and is gone with its memory");
    line_value("revoke: its last ping is still there", poll(tasks_wait) == 0);
}

/* A task in each state that it can be in. */
static void states(void)
{
    static const struct {
        const char *name, *entry;
        seL4_Word x0, priority;
    } in[] = {{"revoke: running", task_spin, 0, OWN - 10},
              {"revoke: waiting", task_idle, 0, OWN + 10},
              {"revoke: faulted", task_load, 0, OWN + 10},
              {"revoke: sending", task_tell, (seL4_Word)0, OWN + 10},
              {"revoke: never started", NULL, 0, OWN - 10}};

    for (unsigned i = 0; i < sizeof in / sizeof in[0]; i++) {
        task_build(&task, in[i].priority);
        if (in[i].entry) {
            task_start(&task, in[i].entry, i == 3 ? (seL4_Word)task_code : in[i].x0, 0);
        }
        task_end(&task);
        line_value(in[i].name, seL4_MessageInfo_get_label(seL4_NBRecv(tasks_endpoint, NULL)));
    }
    task_build(&task, OWN + 10);
    task_start(&task, task_brk, 0, 0);
    message("revoke: waiting for a reply");
    task_end(&task);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    line_value("revoke: the reply goes nowhere", poll(tasks_done));
}

static void invoke_itself(seL4_Word label, seL4_CPtr cap, seL4_Word index)
{
    seL4_UserContext regs = {.pc = (seL4_Word)task_call,
                             .x0 = cap,
                             .x1 = seL4_MessageInfo_new(label, 0, 0, 2).words[0],
                             .x2 = index,
                             .x3 = 4,
                             .x7 = (seL4_Word)seL4_SysCall};

    if (seL4_TCB_WriteRegisters(task.tcb, 1, 0, sizeof regs / sizeof(seL4_Word), &regs) != seL4_NoError) {
        stop("start a task");
    }
}

/* A task that takes away its own parts. In its CNode: 12 its thread, 11 the CNode, 10 the address space. */
static void by_itself(void)
{
    static const struct {
        const char *name;
        seL4_Word label, index;
    } does[] = {{"itself: deletes a copy of its thread", CNodeDelete, 12},
                {"itself: revokes its thread", CNodeRevoke, 12},
                {"itself: deletes a copy of its cnode", CNodeDelete, 11},
                {"itself: revokes its cnode", CNodeRevoke, 11},
                {"itself: deletes a copy of its address space", CNodeDelete, 10}};

    for (unsigned i = 0; i < sizeof does / sizeof does[0]; i++) {
        task_build(&task, OWN + 10);
        (void)seL4_CNode_Copy(task.cnode, 12, 4, SELF_CNODE, task.tcb, 64, seL4_AllRights);
        (void)seL4_CNode_Move(task.cnode, 10, 4, SELF_CNODE, task.vspace, 64);
        (void)seL4_CNode_Move(task.cnode, 11, 4, SELF_CNODE, task.cnode, 64);
        invoke_itself(does[i].label, 11, does[i].index);
        line_value(does[i].name, poll(tasks_done));
        line_value("itself: then", seL4_MessageInfo_get_label(seL4_NBRecv(tasks_endpoint, NULL)));
        task_end(&task);
    }
}

/* Two tasks' faults wait in order, and a reply goes to the one that was received last. */
static void two_faults(void)
{
    static struct task other;

    task_prepare(&other);
    task_build(&task, OWN + 10);
    task_build(&other, OWN + 10);
    task_start(&task, task_brk, 0, 0);
    task_start(&other, task_undefined, 0, 0);
    message("faults: the first of two");
    message("faults: the second");
    seL4_SetMR(0, (seL4_Word)task_idle);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 1));
    seL4_SetMR(0, (seL4_Word)task_idle);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 1));
    ping("faults: one goes on");
    line("faults: resume the first", seL4_TCB_Resume(task.tcb));
    message("faults: it faults again");
    task_end(&other);
    task_end(&task);
}

/* An endpoint and a notification that go while others wait at them. */
static void waited_for(void)
{
    seL4_CPtr ep = make(seL4_EndpointObject, 0), n = make(seL4_NotificationObject, 0);

    task_build(&task, OWN + 10);
    (void)seL4_CNode_Copy(task.cnode, 10, 4, SELF_CNODE, ep, 64, seL4_AllRights);
    (void)seL4_CNode_Copy(task.cnode, 9, 4, SELF_CNODE, n, 64, seL4_AllRights);
    task_call_start(&task, 10, 0, seL4_SysRecv);
    line("revoke: an endpoint with a receiver", seL4_CNode_Revoke(SELF_CNODE, ep, 64));
    line_value("revoke: it waits still", seL4_MessageInfo_get_label(seL4_NBRecv(tasks_endpoint, NULL)));
    line("revoke: delete the endpoint", seL4_CNode_Delete(SELF_CNODE, ep, 64));
    message("revoke: it tries again");
    task_call_start(&task, 9, 0, seL4_SysRecv);
    line("revoke: a notification's copies", seL4_CNode_Revoke(SELF_CNODE, n, 64));
    line("revoke: delete the notification", seL4_CNode_Delete(SELF_CNODE, n, 64));
    message("revoke: it tries that again");
    task_call_start(&task, TASK_WAIT, 0, seL4_SysRecv);
    line("revoke: suspend what waits", seL4_TCB_Suspend(task.tcb));
    seL4_Signal(tasks_wait);
    line("revoke: resume it", seL4_TCB_Resume(task.tcb));
    line_value("revoke: it waited anew", poll(tasks_done));
    task_end(&task);
}

/* A copied untyped has the memory; the original gets it back when the copy goes. */
static void untyped_copies(void)
{
    seL4_CPtr ut = make(seL4_UntypedObject, 12), copy = slot(), page = slot();

    line("untyped: copy", seL4_CNode_Copy(SELF_CNODE, copy, 64, SELF_CNODE, ut, 64, seL4_AllRights));
    line("untyped: copy again", seL4_CNode_Copy(SELF_CNODE, page, 64, SELF_CNODE, ut, 64, seL4_AllRights));
    line("untyped: retype the original",
         seL4_Untyped_Retype(ut, seL4_ARM_SmallPageObject, 0, SELF_CNODE, 0, 0, page, 1));
    line("untyped: retype the copy", seL4_Untyped_Retype(copy, seL4_ARM_SmallPageObject, 0, SELF_CNODE, 0, 0, page, 1));
    line("untyped: delete the copy", seL4_CNode_Delete(SELF_CNODE, copy, 64));
    line("untyped: retype beside its page", seL4_Untyped_Retype(ut, seL4_EndpointObject, 0, SELF_CNODE, 0, 0, copy, 1));
    line("untyped: revoke", seL4_CNode_Revoke(SELF_CNODE, ut, 64));
    line("untyped: retype after all", seL4_Untyped_Retype(ut, seL4_EndpointObject, 0, SELF_CNODE, 0, 0, copy, 1));
}

#define CYCLES 10000u

void probe_revocation(void)
{
    task_prepare(&task);
    stale_pages();
    parts();
    states();
    waited_for();
    by_itself();
    two_faults();
    untyped_copies();
    unsigned lives = 0;
    for (; lives < CYCLES; lives++) {
        task_build(&task, OWN + 10);
        task_start(&task, lives % 2 ? task_idle : task_brk, 0, 0);
        task_end(&task);
    }
    line_value("revoke: lives of a task", lives);
}
