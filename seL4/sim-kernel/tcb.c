/* Invocations of thread control blocks. */
#include "sim.h"

/* In the order of seL4_UserContext, the first three pc, sp, spsr. */
static const uint8_t order[CONTEXT_NEXT] = {32, 31, 33, 0,  1,  2,  3,  4,  5,  6,  7,  8,  16, 17, 18, 29, 30, 9,
                                            10, 11, 12, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 34, 35};

/* As many as a message of ours holds. */
static seL4_Error read_registers(const struct call *c, struct thread *t)
{
    if (c->length < 2) {
        return fail(seL4_TruncatedMessage);
    }
    if (call_arg(1) < 1 || call_arg(1) > CONTEXT_NEXT) {
        return fail2(seL4_RangeError, 1, CONTEXT_NEXT);
    }
    if (t == sim_current) {
        return fail(seL4_IllegalOperation);
    }
    if (call_arg(0) & 1) {
        thread_suspend(t);
    }
    for (unsigned i = 0; i < call_arg(1) && i < seL4_UnknownSyscall_Length; i++) {
        call_return(t->ctx.word[order[i]]);
    }
    return seL4_NoError;
}

static seL4_Error write_registers(const struct call *c, struct thread *t)
{
    if (c->length < 2) {
        return fail(seL4_TruncatedMessage);
    }
    uint64_t count = call_arg(1);
    if (c->length - 2 < count) {
        return fail(seL4_TruncatedMessage);
    }
    if (t == sim_current) {
        return fail(seL4_IllegalOperation);
    }
    bool resume = call_arg(0) & 1;
    if (resume) {
        thread_suspend(t);
    }
    for (unsigned i = 0; i < count && i < CONTEXT_NEXT; i++) {
        register_set(t, order[i], call_arg(2 + i));
    }
    if (resume) {
        thread_restart(t);
    }
    return seL4_NoError;
}

static seL4_Error check_buffer(uint64_t vaddr, const struct slot *frame)
{
    if (vaddr == 0) {
        return seL4_NoError;
    }
    if (frame->type != CAP_FRAME || (frame->flags & SLOT_DEVICE)) {
        return fail(seL4_IllegalOperation);
    }
    return vaddr & MASK(seL4_IPCBufferSizeBits) ? fail(seL4_AlignmentError) : seL4_NoError;
}

static seL4_Error check_space(struct slot *cspace, uint64_t data, struct slot *vspace)
{
    struct slot root = *cspace;

    if (root.type != CAP_CNODE || (data != 0 && !cap_apply_data(&root, data, false))) {
        return fail(seL4_IllegalOperation);
    }
    return vspace->type != CAP_VSPACE || vspace->aux == 0 ? fail(seL4_IllegalOperation) : seL4_NoError;
}

/* Puts a copy of a capability into one of the thread's own slots, unless what was there took it, or the thread, along.
 */
static void set_slot(const struct call *c, struct slot *to, struct slot *from, uint64_t data)
{
    struct slot was = *from, cap;

    slot_delete(to);
    if (was.type != CAP_NULL && from->type == was.type && from->object == was.object && c->slot->type == CAP_TCB &&
        cap_derive(from, &cap) == seL4_NoError && (data == 0 || cap_apply_data(&cap, data, false))) {
        slot_insert(from, to, &cap, false);
    }
}

/* Priority, maximum controlled priority, or both (mcp first). */
static seL4_Error set_priorities(const struct call *c, struct thread *t)
{
    bool both = c->label == TCBSetSchedParams;

    if (c->length < (both ? 2u : 1u) || c->extras < 1) {
        return fail(seL4_TruncatedMessage);
    }
    if (c->extra[0]->type != CAP_TCB) {
        return fail1(seL4_InvalidCapability, 1);
    }
    const struct thread *authority = p2v(c->extra[0]->object);
    if (call_arg(0) > authority->mcp || (both && call_arg(1) > authority->mcp)) {
        return fail2(seL4_RangeError, seL4_MinPrio, authority->mcp);
    }
    if (c->label != TCBSetPriority) {
        t->mcp = (uint8_t)call_arg(0);
    }
    if (c->label != TCBSetMCPriority) {
        t->priority = (uint8_t)call_arg(both ? 1 : 0);
        if (t != sim_current) {
            thread_queue(t);
        }
    }
    return seL4_NoError;
}

static seL4_Error spaces(const struct call *c, struct thread *t)
{
    bool space = c->label != TCBSetIPCBuffer, buffer = c->label != TCBSetSpace;
    unsigned caps = (space ? 2u : 0u) + buffer;
    struct slot nothing = {0};

    if (c->length < (space ? 3u : 0u) + buffer || c->extras < caps) {
        return fail(seL4_TruncatedMessage);
    }
    uint64_t handler = call_arg(0), data = call_arg(1), vaddr = call_arg(space ? 3 : 0);
    seL4_Error e = buffer ? check_buffer(vaddr, c->extra[caps - 1]) : seL4_NoError;
    if (e == seL4_NoError && space) {
        e = check_space(c->extra[0], data, c->extra[1]);
    }
    if (e == seL4_NoError && space) {
        t->fault_handler = handler;
        set_slot(c, &t->slots[THREAD_CSPACE], c->extra[0], data);
        set_slot(c, &t->slots[THREAD_VSPACE], c->extra[1], 0);
    }
    if (e == seL4_NoError && buffer) {
        t->buffer_vaddr = vaddr;
        set_slot(c, &t->slots[THREAD_BUFFER], vaddr ? c->extra[caps - 1] : &nothing, 0);
    }
    return e;
}

seL4_Error tcb_invoke(const struct call *c)
{
    struct thread *t = p2v(c->slot->object);

    switch (c->label) {
    case TCBReadRegisters:
        return read_registers(c, t);
    case TCBWriteRegisters:
        return write_registers(c, t);
    case TCBConfigure:
    case TCBSetSpace:
    case TCBSetIPCBuffer:
        return spaces(c, t);
    case TCBSetPriority:
    case TCBSetMCPriority:
    case TCBSetSchedParams:
        return set_priorities(c, t);
    case TCBSuspend:
        thread_suspend(t);
        return seL4_NoError;
    case TCBResume:
        if (t->state != THREAD_RUNNING) {
            thread_restart(t);
        }
        return seL4_NoError;
    case TCBBindNotification:
        return c->extras < 1 ? fail(seL4_TruncatedMessage) : ntfn_bind(t, c->extra[0]);
    case TCBUnbindNotification:
        if (t->bound == NULL) {
            return fail(seL4_IllegalOperation);
        }
        ntfn_unbind(t);
        return seL4_NoError;
    case TCBSetTLSBase:
        if (c->length < 1) {
            return fail(seL4_TruncatedMessage);
        }
        t->ctx.tpidr = call_arg(0);
        return seL4_NoError;
    default: /* copying registers, flags: not simulated */
        return fail(seL4_IllegalOperation);
    }
}
