/* From the loader to the first task, and from there each trap to its answer. */
#include <coh_note.h>

#include "sim.h"

COH_NOTE_DEFINE(COH_NOTE_KIND_SIM_KERNEL, 16, 0, 0);

static struct {
    bool has_word;
    uint64_t word;
} result;

uint64_t call_arg(unsigned i)
{
    return message_word(sim_current, i);
}

void call_return(uint64_t word)
{
    result.has_word = true;
    result.word = word;
}

struct thread *sim_main(uint64_t image_start, uint64_t image_end, uint64_t pv_offset, uint64_t entry,
                        uint64_t dtb, uint64_t dtb_size)
{
    struct boot_args args = {image_start, image_end, pv_offset, entry, dtb, dtb_size};
    uint64_t sctlr;

    vspace_boot();
    say("sim-kernel: Cohesix simulation kernel for QEMU, seL4 16.0.0 call ABI. Not seL4: it verifies "
        "nothing.\n");
    /* Floating point and cache maintenance for user mode. */
    __asm__ volatile("msr cpacr_el1, %0\n isb" : : "r"(3ul << 20));
    __asm__ volatile("mrs %0, sctlr_el1" : "=r"(sctlr));
    __asm__ volatile("msr sctlr_el1, %0\n isb" : : "r"(sctlr | BIT(26) | BIT(15) | BIT(14)));
    irq_boot();
    (void)boot_first_thread(&args);
    inject_print();
    return thread_schedule();
}

/* ---- faults ---- */
static void stop_thread(const char *cause, uint64_t address, uint64_t syndrome)
{
    say("sim-kernel: thread stopped: ");
    say(cause);
    say(", address ");
    say_hex(address);
    say(", pc ");
    say_hex(sim_current->ctx.pc);
    say(", syndrome ");
    say_hex(syndrome);
    say("\n");
    thread_suspend(sim_current);
}

static void capability_fault(uint64_t cptr)
{
    static const char *const why[] = {
        "", "capability fault (invalid root)", "capability fault (missing capability)",
        "capability fault (depth mismatch)", "capability fault (guard mismatch)"};

    sim_current->ctx.pc -= 4;
    stop_thread(why[sim_lookup_fault.type], cptr, 0);
}

void sim_unexpected(uint64_t from_user)
{
    uint64_t esr, far, elr;

    __asm__("mrs %0, esr_el1\n mrs %1, far_el1\n mrs %2, elr_el1" : "=r"(esr), "=r"(far), "=r"(elr));
    say(from_user ? "sim-kernel: unexpected exception from user mode"
                  : "sim-kernel: exception in the kernel");
    say(", address ");
    say_hex(far);
    say(", pc ");
    say_hex(elr);
    say(", syndrome ");
    say_hex(esr);
    say("\n");
    halt();
}

/* ---- system calls ---- */
static seL4_Error invoke(const struct call *c)
{
    switch (c->slot->type) {
    case CAP_UNTYPED:
        return untyped_invoke(c);
    case CAP_CNODE:
        return cnode_invoke(c);
    case CAP_TCB:
        return tcb_invoke(c);
    case CAP_FRAME:
        return frame_invoke(c);
    case CAP_TABLE:
        return table_invoke(c);
    case CAP_VSPACE:
        return vspace_invoke(c);
    case CAP_ASID_POOL:
        return asid_pool_invoke(c);
    case CAP_IRQ_CONTROL:
        return irq_control_invoke(c);
    case CAP_IRQ_HANDLER:
        return irq_handler_invoke(c);
    case CAP_NULL:
        return fail1(seL4_InvalidCapability, 0);
    default: /* domains, ASID control: not simulated */
        return fail(seL4_IllegalOperation);
    }
}

static void answer(struct thread *t, seL4_Error e)
{
    unsigned n = 0;

    if (e != seL4_NoError) {
        n = sim_failure.n;
        for (unsigned i = 0; i < n; i++) {
            message_set(t, i, sim_failure.mr[i]);
        }
    } else if (result.has_word) {
        n = 1;
        message_set(t, 0, result.word);
    }
    t->ctx.x[0] = 0;
    t->ctx.x[1] = seL4_MessageInfo_new((seL4_Uint64)e, 0, 0, n).words[0];
}

/* Fills in the call from the registers. False: a capability pointer leads nowhere, *bad gets it. */
static bool read_call(struct thread *t, struct call *c, uint64_t *bad)
{
    seL4_MessageInfo_t info = {{t->ctx.x[1]}};
    unsigned left;

    c->label = seL4_MessageInfo_get_label(info);
    c->length = (unsigned)seL4_MessageInfo_get_length(info);
    if (c->length > seL4_MsgMaxLength) {
        c->length = seL4_MsgMaxLength;
    }
    if (t->buffer == NULL && c->length > 4) {
        c->length = 4;
    }
    *bad = t->ctx.x[0];
    c->slot = slot_resolve(&t->cspace, *bad, seL4_WordBits, &left);
    c->extras = t->buffer && c->slot ? (unsigned)seL4_MessageInfo_get_extraCaps(info) : 0;
    for (unsigned i = 0; i < c->extras; i++) {
        *bad = t->buffer->caps_or_badges[i];
        c->extra[i] = slot_resolve(&t->cspace, *bad, seL4_WordBits, &left);
        if (c->extra[i] == NULL) {
            return false;
        }
    }
    return c->slot != NULL;
}

static void send(struct thread *t, bool block, bool call)
{
    struct call c;
    uint64_t bad;
    seL4_Error e = seL4_NoError;

    if (!read_call(t, &c, &bad)) {
        if (block) {
            capability_fault(bad);
        }
        return;
    }
    result.has_word = false;
    bool may_send = c.slot->rights & RIGHT_WRITE;
    if ((c.slot->type == CAP_ENDPOINT || c.slot->type == CAP_NOTIFICATION) && !may_send) {
        e = fail1(seL4_InvalidCapability, 0);
    } else if (c.slot->type == CAP_ENDPOINT) {
        endpoint_send(t, c.slot, block, call);
        return;
    } else if (c.slot->type == CAP_NOTIFICATION) {
        ntfn_signal(p2v(c.slot->object), c.slot->data);
    } else {
        e = invoke(&c);
    }
    if (call) {
        answer(t, e);
    }
}

static void receive(struct thread *t, bool block)
{
    unsigned left;
    struct slot *s = slot_resolve(&t->cspace, t->ctx.x[0], seL4_WordBits, &left);

    if (s && s->type == CAP_NOTIFICATION && (s->rights & RIGHT_READ)) {
        struct notification *n = p2v(s->object);
        if (n->bound == NULL || n->bound == t) {
            ntfn_receive(t, s, block);
            return;
        }
    }
    if (s && s->type == CAP_ENDPOINT && (s->rights & RIGHT_READ)) {
        endpoint_receive(t, s, block);
        return;
    }
    if (s) {
        sim_lookup_fault = (struct lookup_fault){.type = seL4_MissingCapability};
    }
    capability_fault(t->ctx.x[0]);
}

static void system_call(struct thread *t)
{
    switch ((int64_t)t->ctx.x[7]) {
    case seL4_SysCall:
        send(t, true, true);
        break;
    case seL4_SysSend:
        send(t, true, false);
        break;
    case seL4_SysNBSend:
        send(t, false, false);
        break;
    case seL4_SysReplyRecv:
        ipc_reply(t);
        receive(t, true);
        break;
    case seL4_SysReply:
        ipc_reply(t);
        break;
    case seL4_SysRecv:
        receive(t, true);
        break;
    case seL4_SysNBRecv:
        receive(t, false);
        break;
    case seL4_SysYield:
        thread_yield();
        break;
    default:
        t->ctx.pc -= 4;
        stop_thread("unknown system call", t->ctx.x[7], 0);
        break;
    }
}

struct thread *sim_trap(void)
{
    uint64_t esr, far;

    __asm__ volatile("mrs %0, esr_el1\n mrs %1, far_el1" : "=r"(esr), "=r"(far));
    switch (esr >> 26) {
    case 0x15:
        system_call(sim_current);
        break;
    case 0x20:
        stop_thread("instruction abort", far, esr);
        break;
    case 0x24:
        stop_thread("data abort", far, esr);
        break;
    default:
        stop_thread("exception", 0, esr);
        break;
    }
    return thread_schedule();
}

struct thread *sim_irq(void)
{
    irq_poll();
    return thread_schedule();
}
