/* Interrupts: a GICv2, handler capabilities, and the kernel's own timer, which only serves delayed
 * interrupts. */
#include "sim.h"

#define SLICE_MS 10u /* five ticks of two milliseconds, as seL4 is built */
#define MAX_IRQ 159u /* what QEMU virt's configuration of seL4 allows */

static volatile uint32_t *gicd(unsigned offset) { return (volatile uint32_t *)p2v(SIM_GICD + offset); }
static volatile uint32_t *gicc(unsigned offset) { return (volatile uint32_t *)p2v(SIM_GICC + offset); }

struct irq_state {
    struct slot target; /* the notification that it signals, or nothing */
    uint64_t due;       /* counter value at which a delayed interrupt is delivered, 0 none */
    bool issued;        /* a handler capability exists */
    bool edge;
};
static struct irq_state irqs[MAX_IRQ + 1];
static uint64_t slice_end; /* counter value at which equals of sim_sliced get their turn, 0 never */
struct thread *sim_sliced;
static uint64_t alarm;     /* for which the timer is set, 0 not at all */

static void unmask(unsigned irq) { *gicd(0x100 + irq / 32 * 4) = 1u << (irq % 32); }
static void mask(unsigned irq) { *gicd(0x180 + irq / 32 * 4) = 1u << (irq % 32); }

void irq_boot(void)
{
    *gicd(0) = 0;
    for (unsigned irq = 0; irq <= MAX_IRQ; irq += 32) {
        *gicd(0x180 + irq / 32 * 4) = 0xffffffffu; /* disable */
        *gicd(0x280 + irq / 32 * 4) = 0xffffffffu; /* not pending */
    }
    for (unsigned irq = 0; irq <= MAX_IRQ; irq += 4) {
        *gicd(0x400 + irq) = 0x80808080u; /* priority */
        if (irq >= 32) {
            *gicd(0x800 + irq) = 0x01010101u; /* to the first core */
        }
    }
    *gicd(0) = 1;
    *gicc(4) = 0xf0; /* priority mask */
    *gicc(0) = 1;
    irqs[SIM_KERNEL_IRQ].issued = true;
    unmask(SIM_KERNEL_IRQ);
    /* Both counters and the physical timer to user mode, as with those export options of seL4; the virtual one is ours. */
    __asm__ volatile("msr cntv_ctl_el0, xzr\n msr cntkctl_el1, %0\n isb" : : "r"(0x203ul));
}

static uint64_t now(void)
{
    uint64_t t;

    __asm__ volatile("isb\n mrs %0, cntvct_el0" : "=r"(t));
    return t;
}

static uint64_t ticks_per_ms(void)
{
    uint64_t hz;

    __asm__("mrs %0, cntfrq_el0" : "=r"(hz));
    return hz / 1000;
}

static void deliver(unsigned irq)
{
    const struct slot *s = &irqs[irq].target;

    if (s->type == CAP_NOTIFICATION) {
        ntfn_signal(p2v(s->object), s->data);
    }
}

static void set_alarm(uint64_t at)
{
    __asm__ volatile("msr cntv_cval_el0, %0\n msr cntv_ctl_el0, %1\n isb" : : "r"(at), "r"((uint64_t)(at != 0)));
    alarm = at;
}

static void wake_by(uint64_t at) /* or earlier, where the timer is set so */
{
    if (alarm == 0 || at < alarm) {
        set_alarm(at);
    }
}

/* Delivers what is due and sets the timer for the next. */
static void serve_delayed(void)
{
    uint64_t t = now();

    if (slice_end && slice_end <= t) {
        slice_end = 0;
        if (sim_sliced) {
            thread_queue(sim_sliced);
        }
    }
    uint64_t next = slice_end;
    for (unsigned irq = 0; irq <= MAX_IRQ; irq++) {
        uint64_t due = irqs[irq].due;
        if (due == 0) {
            continue;
        }
        if (due <= t) {
            irqs[irq].due = 0;
            deliver(irq);
        } else if (next == 0 || due < next) {
            next = due;
        }
    }
    set_alarm(next);
}

/* A thread that equals wait for has 10 ms at a time, those of higher ones that come in between among them. */
void irq_slice(struct thread *t, bool rival)
{
    if (rival && (t != sim_sliced || slice_end == 0)) {
        sim_sliced = t;
        slice_end = now() + SLICE_MS * ticks_per_ms();
        wake_by(slice_end);
    } else if (!rival && t == sim_sliced) {
        slice_end = 0;
    }
}

/* As seL4: masked until the handler acknowledges it. A lost level interrupt is still asserted by its device,
 * so it comes back; a lost edge is gone, and the next edge is heard. */
static void handle(unsigned irq)
{
    unsigned delay_ms = 0;
    struct irq_state *s = &irqs[irq];

    mask(irq);
    switch (s->issued ? inject_irq(&delay_ms) : IRQ_DELIVER) {
    case IRQ_DELIVER:
        deliver(irq);
        break;
    case IRQ_LOSE:
        if (s->edge) {
            unmask(irq);
            break;
        }
        delay_ms = 500;
        /* fall through */
    default:
        s->due = now() + delay_ms * ticks_per_ms();
        wake_by(s->due);
        break;
    }
}

void irq_poll(void)
{
    for (uint32_t iar = *gicc(0xc); (iar & 0x3ffu) < 1020; iar = *gicc(0xc)) {
        unsigned irq = iar & 0x3ffu;
        if (irq == SIM_KERNEL_IRQ) {
            serve_delayed();
        } else if (irq <= MAX_IRQ) {
            handle(irq);
        }
        *gicc(0x10) = iar;
    }
}

struct slot *irq_handler_slot(unsigned irq) { return &irqs[irq].target; }

void irq_handler_forget(unsigned irq)
{
    mask(irq);
    irqs[irq] = (struct irq_state){.target = irqs[irq].target};
}

static void set_trigger(unsigned irq, bool edge)
{
    volatile uint32_t *config = gicd(0xc00 + irq / 16 * 4);
    uint32_t bit = 2u << (irq % 16 * 2);

    if (irq >= 32) {
        *config = edge ? *config | bit : *config & ~bit;
    }
    irqs[irq].edge = edge;
}

seL4_Error irq_control_invoke(const struct call *c)
{
    bool trigger = c->label == ARMIRQIssueIRQHandlerTrigger;
    struct slot *to;

    if (c->label != IRQIssueIRQHandler && !trigger) {
        return fail(seL4_IllegalOperation);
    }
    if (c->length < (trigger ? 4u : 3u) || c->extras < 1) {
        return fail(seL4_TruncatedMessage);
    }
    uint64_t irq = call_arg(0);
    uint64_t index = call_arg(trigger ? 2 : 1), depth = call_arg(trigger ? 3 : 2);
    if (irq > MAX_IRQ) {
        return fail2(seL4_RangeError, 0, MAX_IRQ);
    }
    if (irqs[irq].issued) {
        return fail(seL4_RevokeFirst);
    }
    seL4_Error e = slot_target(c->extra[0], index, depth, false, &to);
    if (e == seL4_NoError) {
        e = slot_must_be_empty(to);
    }
    if (e != seL4_NoError) {
        return e;
    }
    struct slot cap = {.type = CAP_IRQ_HANDLER, .object = irq, .rights = RIGHTS_ALL, .flags = SLOT_ORIGINAL};
    slot_insert(c->slot, to, &cap, true);
    irqs[irq].issued = true;
    if (trigger) {
        set_trigger((unsigned)irq, call_arg(1) != 0);
    }
    unmask((unsigned)irq);
    return seL4_NoError;
}

seL4_Error irq_handler_invoke(const struct call *c)
{
    unsigned irq = (unsigned)c->slot->object;
    struct slot cap;

    switch (c->label) {
    case IRQAckIRQ:
        unmask(irq);
        return seL4_NoError;
    case IRQSetIRQHandler:
        if (c->extras < 1) {
            return fail(seL4_TruncatedMessage);
        }
        if (c->extra[0]->type != CAP_NOTIFICATION || !(c->extra[0]->rights & RIGHT_WRITE)) {
            return fail1(seL4_InvalidCapability, 0);
        }
        slot_delete(&irqs[irq].target);
        (void)cap_derive(c->extra[0], &cap);
        slot_insert(c->extra[0], &irqs[irq].target, &cap, false);
        return seL4_NoError;
    case IRQClearIRQHandler:
        slot_delete(&irqs[irq].target);
        return seL4_NoError;
    default:
        return fail(seL4_IllegalOperation);
    }
}
