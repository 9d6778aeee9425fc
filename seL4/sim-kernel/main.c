/* From the loader to the first task, and from there each trap to its answer. */
#include <coh_note.h>

#include "sim.h"

COH_NOTE_DEFINE(COH_NOTE_KIND_SIM_KERNEL, 16, 0, 0);

static struct message result;

uint64_t call_arg(unsigned i) { return message_word(sim_current, i); }

void call_return(uint64_t word) { result.mr[result.n++] = word; }

struct thread *sim_main(uint64_t image_start, uint64_t image_end, uint64_t pv_offset, uint64_t entry, uint64_t dtb,
                        uint64_t dtb_size)
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
static void say_where(const char *cause, uint64_t address, uint64_t pc, uint64_t syndrome)
{
    say(cause);
    say(", address ");
    say_hex(address);
    say(", pc ");
    say_hex(pc);
    say(", syndrome ");
    say_hex(syndrome);
    say("\n");
}

/* Tells t's handler, or stops it with a line on the console. */
static void fault(struct thread *t, const struct message *m, const char *cause, uint64_t address, uint64_t syndrome)
{
    t->fault = *m;
    if (!fault_send(t)) {
        say("sim-kernel: thread stopped: ");
        say_where(cause, address, t->ctx.pc, syndrome);
        thread_suspend(t);
    }
}

static void capability_fault(struct thread *t, uint64_t cptr, bool receiving)
{
    static const char *const why[] = {"", "capability fault (invalid root)", "capability fault (missing capability)",
                                      "capability fault (depth mismatch)", "capability fault (guard mismatch)"};
    const char *cause = why[sim_lookup_fault.type];

    t->ctx.pc -= 4;
    struct message m = {seL4_Fault_CapFault, 3, {t->ctx.pc, cptr, receiving}};
    add_lookup_fault(&m);
    fault(t, &m, cause, cptr, 0);
}

static void unknown_call(struct thread *t)
{
    struct message m = {seL4_Fault_UnknownSyscall, seL4_UnknownSyscall_Length, {0}};

    t->ctx.next = t->ctx.pc;
    t->ctx.pc -= 4;
    for (unsigned i = 0; i < sizeof sim_syscall_words; i++) {
        m.mr[i] = t->ctx.word[sim_syscall_words[i]];
    }
    m.mr[seL4_UnknownSyscall_Syscall] = t->ctx.x[7];
    fault(t, &m, "unknown system call", t->ctx.x[7], 0);
}

static void exception(struct thread *t, uint64_t syndrome)
{
    const struct context *c = &t->ctx;
    struct message m = {seL4_Fault_UserException, seL4_UserException_Length, {c->pc, c->sp, c->spsr, syndrome, 0}};

    fault(t, &m, "exception", 0, syndrome);
}

static void memory_fault(struct thread *t, uint64_t address, bool prefetch, uint64_t syndrome)
{
    struct message m = {seL4_Fault_VMFault, seL4_VMFault_Length, {t->ctx.pc, address, prefetch, syndrome}};

    fault(t, &m, prefetch ? "instruction abort" : "data abort", address, syndrome);
}

void sim_unexpected(uint64_t from_user)
{
    uint64_t esr, far, elr;

    __asm__("mrs %0, esr_el1\n mrs %1, far_el1\n mrs %2, elr_el1" : "=r"(esr), "=r"(far), "=r"(elr));
    say_where(from_user ? "sim-kernel: unexpected exception from user mode" : "sim-kernel: exception in the kernel",
              far, elr, esr);
    halt();
}

/* ---- system calls ---- */
static seL4_Error invoke(const struct call *c)
{
    static seL4_Error (*const by_type[])(const struct call *) = {
        [CAP_UNTYPED] = untyped_invoke,
        [CAP_CNODE] = cnode_invoke,
        [CAP_TCB] = tcb_invoke,
        [CAP_FRAME] = frame_invoke,
        [CAP_TABLE] = table_invoke,
        [CAP_VSPACE] = vspace_invoke,
        [CAP_ASID_CONTROL] = asid_control_invoke,
        [CAP_ASID_POOL] = asid_pool_invoke,
        [CAP_IRQ_CONTROL] = irq_control_invoke,
        [CAP_IRQ_HANDLER] = irq_handler_invoke,
        [CAP_DOMAIN] = NULL, /* not simulated */
    };

    if (c->slot->type == CAP_NULL) {
        return fail1(seL4_InvalidCapability, 0);
    }
    return by_type[c->slot->type] ? by_type[c->slot->type](c) : fail(seL4_IllegalOperation);
}

static void answer(struct thread *t, seL4_Error e) { message_put(t, 0, e == seL4_NoError ? &result : &sim_failure); }

/* Fills in the call from the registers. False: a capability pointer leads nowhere, *bad gets it. */
static bool read_call(struct thread *t, struct call *c, uint64_t *bad)
{
    seL4_MessageInfo_t info = {{t->ctx.x[1]}};
    struct slot *root = &t->slots[THREAD_CSPACE];
    unsigned left;

    c->label = seL4_MessageInfo_get_label(info);
    c->length = message_length(t);
    *bad = t->ctx.x[0];
    c->slot = slot_resolve(root, *bad, seL4_WordBits, &left);
    c->extras = thread_buffer(t) && c->slot ? (unsigned)seL4_MessageInfo_get_extraCaps(info) : 0;
    for (unsigned i = 0; i < c->extras; i++) {
        *bad = thread_buffer(t)->caps_or_badges[i];
        c->extra[i] = slot_resolve(root, *bad, seL4_WordBits, &left);
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
            capability_fault(t, bad, false);
        }
        return;
    }
    result.n = 0; /* its label stays 0 */
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
    if (t->state != THREAD_RUNNING) {
        t->ctx.pc -= 4; /* it stopped itself: the call begins anew when it goes on */
    } else if (call) {
        answer(t, e);
    }
}

static void receive(struct thread *t, bool block)
{
    unsigned left;
    struct slot *s = slot_resolve(&t->slots[THREAD_CSPACE], t->ctx.x[0], seL4_WordBits, &left);

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
    capability_fault(t, t->ctx.x[0], true);
}

static void system_call(struct thread *t)
{
    int64_t n = (int64_t)t->ctx.x[7];

    if (n == seL4_SysReply || n == seL4_SysReplyRecv) {
        ipc_reply(t);
    }
    if (n == seL4_SysCall || n == seL4_SysSend || n == seL4_SysNBSend) {
        send(t, n != seL4_SysNBSend, n == seL4_SysCall);
    } else if (n == seL4_SysRecv || n == seL4_SysNBRecv || n == seL4_SysReplyRecv) {
        receive(t, n != seL4_SysNBRecv);
    } else if (n == seL4_SysYield) {
        thread_queue(t);
    } else if (n != seL4_SysReply) {
        unknown_call(t);
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
        memory_fault(sim_current, sim_current->ctx.pc, true, esr);
        break;
    case 0x24:
        memory_fault(sim_current, far, false, esr);
        break;
    default:
        exception(sim_current, esr);
        break;
    }
    return thread_schedule();
}

struct thread *sim_irq(void)
{
    irq_poll();
    return thread_schedule();
}
