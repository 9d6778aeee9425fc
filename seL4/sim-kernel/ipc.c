/* Threads' states, endpoints and notifications. */
#include "sim.h"

struct thread *sim_current;
static struct thread *all_threads;
static struct thread *fp_owner;

void sim_fp_save(struct fp_context *fp);
void sim_fp_load(const struct fp_context *fp);

void thread_init(struct thread *t)
{
    t->ctx.spsr = 0x40; /* EL0, FIQ masked */
    t->all = all_threads;
    all_threads = t;
}

/* ---- queues of endpoints and notifications ---- */
static void enqueue(struct thread **queue, struct thread *t, void *object, enum thread_state state)
{
    while (*queue) {
        queue = &(*queue)->next;
    }
    *queue = t;
    t->next = NULL;
    t->blocked_on = object;
    t->state = (uint8_t)state;
}

static struct thread *dequeue(struct thread **queue)
{
    struct thread *t = *queue;

    if (t) {
        *queue = t->next;
        t->next = NULL;
        t->blocked_on = NULL;
    }
    return t;
}

static void leave_queue(struct thread *t)
{
    if (t->blocked_on == NULL) {
        return;
    }
    struct thread **queue = t->state == THREAD_ON_NOTIFICATION
                                ? &((struct notification *)t->blocked_on)->queue
                                : &((struct endpoint *)t->blocked_on)->queue;
    while (*queue && *queue != t) {
        queue = &(*queue)->next;
    }
    if (*queue) {
        *queue = t->next;
    }
    t->next = NULL;
    t->blocked_on = NULL;
}

void thread_suspend(struct thread *t)
{
    leave_queue(t);
    t->state = THREAD_INACTIVE;
}

void thread_forget(struct thread *t)
{
    thread_suspend(t);
    ntfn_unbind(t);
    for (struct thread **p = &all_threads; *p; p = &(*p)->all) {
        if (*p == t) {
            *p = t->all;
            break;
        }
    }
    for (struct thread *o = all_threads; o; o = o->all) {
        if (o->caller == t) {
            o->caller = NULL;
        }
    }
    fp_owner = fp_owner == t ? NULL : fp_owner;
    sim_current = sim_current == t ? NULL : sim_current;
}

/* The runnable thread of the highest priority; among equals the running one, or the next in the list after a
 * yield. */
static struct thread *best_thread(bool yielded)
{
    struct thread *best = NULL;
    bool past_current = false;

    for (struct thread *t = all_threads; t; t = t->all) {
        bool prefer = (t == sim_current && !yielded) || (past_current && best == sim_current && yielded);
        if (t->state == THREAD_RUNNING &&
            (best == NULL || t->priority > best->priority || (t->priority == best->priority && prefer))) {
            best = t;
        }
        past_current |= t == sim_current;
    }
    return best;
}

static bool yield_asked;

void thread_yield(void)
{
    yield_asked = true;
}

struct thread *thread_schedule(void)
{
    struct thread *t;

    while ((t = best_thread(yield_asked)) == NULL) {
        __asm__ volatile("dsb sy\n wfi");
        irq_poll();
    }
    yield_asked = false;
    if (t != sim_current) {
        vspace_activate(&t->vspace);
        sim_current = t;
    }
    if (fp_owner != t) {
        if (fp_owner) {
            sim_fp_save(&fp_owner->fp);
        }
        sim_fp_load(&t->fp);
        fp_owner = t;
    }
    return t;
}

/* ---- messages ---- */
uint64_t message_word(const struct thread *t, unsigned i)
{
    if (i < 4) {
        return t->ctx.x[2 + i];
    }
    return t->buffer && i < seL4_MsgMaxLength ? t->buffer->msg[i] : 0;
}

void message_set(struct thread *t, unsigned i, uint64_t word)
{
    if (i < 4) {
        t->ctx.x[2 + i] = word;
    } else if (t->buffer && i < seL4_MsgMaxLength) {
        t->buffer->msg[i] = word;
    }
}

static void transfer(const struct thread *from, struct thread *to, uint64_t badge)
{
    seL4_MessageInfo_t info = {{from->ctx.x[1]}};
    uint64_t n = seL4_MessageInfo_get_length(info);
    uint64_t most = from->buffer && to->buffer ? seL4_MsgMaxLength : 4;

    n = n < most ? n : most;
    for (unsigned i = 0; i < n; i++) {
        message_set(to, i, message_word(from, i));
    }
    to->ctx.x[0] = badge;
    to->ctx.x[1] = seL4_MessageInfo_new(seL4_MessageInfo_get_label(info), 0, 0, n).words[0];
}

static void await_reply(struct thread *caller, struct thread *receiver, bool can_grant)
{
    caller->state = can_grant ? THREAD_ON_REPLY : THREAD_INACTIVE;
    receiver->caller = can_grant ? caller : NULL;
}

void ipc_reply(struct thread *t)
{
    struct thread *caller = t->caller;

    t->caller = NULL;
    if (caller && caller->state == THREAD_ON_REPLY) {
        transfer(t, caller, 0);
        caller->state = THREAD_RUNNING;
    }
}

void endpoint_send(struct thread *t, const struct slot *cap, bool block, bool call)
{
    struct endpoint *e = p2v(cap->object);
    bool can_grant = cap->rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY);

    if (e->queue && !e->sending) {
        struct thread *receiver = dequeue(&e->queue);
        transfer(t, receiver, cap->data);
        receiver->state = THREAD_RUNNING;
        if (call) {
            await_reply(t, receiver, can_grant);
        }
    } else if (block) {
        e->sending = 1;
        t->badge = cap->data;
        t->is_call = call;
        t->can_grant = can_grant;
        enqueue(&e->queue, t, e, THREAD_SENDING);
    }
}

static void take_badge(struct thread *t, struct notification *n)
{
    t->ctx.x[0] = n->badge;
    n->badge = 0;
    n->active = 0;
}

void endpoint_receive(struct thread *t, const struct slot *cap, bool block)
{
    struct endpoint *e = p2v(cap->object);

    t->caller = NULL;
    if (t->bound && t->bound->active) {
        take_badge(t, t->bound);
    } else if (e->queue && e->sending) {
        struct thread *sender = dequeue(&e->queue);
        transfer(sender, t, sender->badge);
        if (sender->is_call) {
            await_reply(sender, t, sender->can_grant);
        } else {
            sender->state = THREAD_RUNNING;
        }
    } else if (block) {
        e->sending = 0;
        enqueue(&e->queue, t, e, THREAD_RECEIVING);
    } else {
        t->ctx.x[0] = 0;
    }
}

void endpoint_forget(struct endpoint *e)
{
    struct thread *t;

    while ((t = dequeue(&e->queue)) != NULL) {
        t->state = THREAD_INACTIVE;
    }
}

void ntfn_signal(struct notification *n, uint64_t badge)
{
    struct thread *t = NULL;

    if (n->bound && n->bound->state == THREAD_RECEIVING) {
        t = n->bound;
        leave_queue(t);
    } else {
        t = dequeue(&n->queue);
    }
    if (t) {
        t->ctx.x[0] = badge;
        t->state = THREAD_RUNNING;
        return;
    }
    n->badge = n->active ? n->badge | badge : badge;
    n->active = 1;
}

void ntfn_receive(struct thread *t, const struct slot *cap, bool block)
{
    struct notification *n = p2v(cap->object);

    if (n->active) {
        take_badge(t, n);
    } else if (block) {
        enqueue(&n->queue, t, n, THREAD_ON_NOTIFICATION);
    } else {
        t->ctx.x[0] = 0;
    }
}

seL4_Error ntfn_bind(struct thread *t, const struct slot *cap)
{
    if (t->bound != NULL || cap->type != CAP_NOTIFICATION) {
        return fail(seL4_IllegalOperation);
    }
    struct notification *n = p2v(cap->object);
    if (!(cap->rights & RIGHT_READ) || n->bound != NULL || n->queue != NULL) {
        return fail(seL4_IllegalOperation);
    }
    t->bound = n;
    n->bound = t;
    return seL4_NoError;
}

void ntfn_unbind(struct thread *t)
{
    if (t->bound) {
        t->bound->bound = NULL;
        t->bound = NULL;
    }
}

void ntfn_forget(struct notification *n)
{
    struct thread *t;

    if (n->bound) {
        ntfn_unbind(n->bound);
    }
    while ((t = dequeue(&n->queue)) != NULL) {
        t->state = THREAD_INACTIVE;
    }
    irq_forget_notification(n);
}
