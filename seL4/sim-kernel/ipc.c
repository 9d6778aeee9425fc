/* Threads' states, endpoints and notifications. */
#include "sim.h"

struct thread *sim_current;
static struct thread *ready_threads; /* all that can run, and some that could */
static struct thread *fp_owner;

void sim_fp_save(struct fp_context *fp);
void sim_fp_load(const struct fp_context *fp);

static struct thread *woken; /* by the thread that runs */

const uint8_t sim_syscall_words[] = {0, 1, 2, 3, 4, 5, 6, 7, CONTEXT_PC, CONTEXT_SP, CONTEXT_NEXT, CONTEXT_SPSR};

void register_set(struct thread *t, unsigned i, uint64_t word)
{
    /* EL0, FIQ masked; the condition flags alone are the user's. */
    t->ctx.word[i] = i == CONTEXT_SPSR ? (word & 0xf0000000u) | 0x40 : word;
}

void thread_init(struct thread *t) { register_set(t, CONTEXT_SPSR, 0); }

void thread_queue(struct thread *t)
{
    static uint64_t turns;

    t->turn = ++turns;
}

static void wake(struct thread *t)
{
    t->state = THREAD_RUNNING;
    if (!t->listed) {
        t->listed = true;
        t->ready = ready_threads;
        ready_threads = t;
    }
    thread_queue(t);
    woken = t;
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
    struct thread **queue = t->state == THREAD_ON_NOTIFICATION ? &((struct notification *)t->blocked_on)->queue
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
    if (t->state > THREAD_RUNNING && t->fault.label == seL4_Fault_NullFault) {
        t->ctx.pc -= 4; /* back to the system call that it waits in */
    }
    leave_queue(t);
    if (t->replier) {
        t->replier->caller = NULL;
        t->replier = NULL;
    }
    t->fault.label = seL4_Fault_NullFault;
    t->state = THREAD_INACTIVE;
}

void thread_restart(struct thread *t)
{
    thread_suspend(t);
    wake(t);
}

static void forget_caller(struct thread *t)
{
    if (t->caller) {
        t->caller->replier = NULL;
        t->caller = NULL;
    }
}

void thread_forget(struct thread *t)
{
    thread_suspend(t);
    forget_caller(t);
    ntfn_unbind(t);
    for (struct thread **p = &ready_threads; t->listed && *p; p = &(*p)->ready) {
        if (*p == t) {
            *p = t->ready;
            break;
        }
    }
    fp_owner = fp_owner == t ? NULL : fp_owner;
    sim_current = sim_current == t ? NULL : sim_current;
    sim_sliced = sim_sliced == t ? NULL : sim_sliced;
    woken = woken == t ? NULL : woken;
}

/* The runnable thread of the highest priority, and among those the one whose turn it is. */
static struct thread *best_thread(bool *rival)
{
    struct thread *best = NULL, *t;

    for (struct thread **p = &ready_threads; (t = *p) != NULL;) {
        if (t->state != THREAD_RUNNING) {
            *p = t->ready;
            t->listed = false;
            continue;
        }
        p = &t->ready;
        if (best && t->priority < best->priority) {
            continue;
        }
        *rival = best && t->priority == best->priority;
        if (!*rival || t->turn < best->turn || (t->turn == best->turn && t == sim_current)) {
            best = t;
        }
    }
    return best;
}

struct thread *thread_schedule(void)
{
    struct thread *t;
    bool rival;

    /* Whom a thread wakes when it goes to sleep itself runs before its equals. */
    if (woken && !(sim_current && sim_current->state == THREAD_RUNNING)) {
        woken->turn = 0;
    }
    woken = NULL;
    while ((t = best_thread(&rival)) == NULL) {
        __asm__ volatile("dsb sy\n wfi");
        irq_poll();
    }
    irq_slice(t, rival);
    t->turn = 0;
    sim_current = t;
    vspace_activate(&t->slots[THREAD_VSPACE]);
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
seL4_IPCBuffer *thread_buffer(const struct thread *t)
{
    const struct slot *frame = &t->slots[THREAD_BUFFER];
    bool usable = frame->type == CAP_FRAME && (frame->rights & RIGHT_READ) && (frame->rights & RIGHT_WRITE);

    return usable ? p2v(frame->object + (t->buffer_vaddr & MASK(frame->size_bits))) : NULL;
}

uint64_t message_word(const struct thread *t, unsigned i)
{
    const seL4_IPCBuffer *buffer = i < 4 ? NULL : thread_buffer(t);

    if (i < 4) {
        return t->ctx.x[2 + i];
    }
    return buffer && i < seL4_MsgMaxLength ? buffer->msg[i] : 0;
}

/* How many words of its message a thread can really send, or take. */
static unsigned bounded(const struct thread *t, uint64_t n)
{
    uint64_t most = thread_buffer(t) ? seL4_MsgMaxLength : 4;

    return (unsigned)(n < most ? n : most);
}

unsigned message_length(const struct thread *t)
{
    return bounded(t, seL4_MessageInfo_get_length((seL4_MessageInfo_t){{t->ctx.x[1]}}));
}

static void put_word(struct thread *t, unsigned i, uint64_t word)
{
    if (i < 4) {
        t->ctx.x[2 + i] = word;
    } else {
        thread_buffer(t)->msg[i] = word;
    }
}

static void put_info(struct thread *t, uint64_t badge, uint64_t label, unsigned n)
{
    t->ctx.x[0] = badge;
    t->ctx.x[1] = seL4_MessageInfo_new(label, 0, 0, n).words[0];
}

void message_put(struct thread *to, uint64_t badge, const struct message *m)
{
    unsigned n = bounded(to, m->n);

    for (unsigned i = 0; i < n; i++) {
        put_word(to, i, m->mr[i]);
    }
    put_info(to, badge, m->label, n);
}

static void transfer(const struct thread *from, struct thread *to, uint64_t badge)
{
    unsigned n = bounded(to, message_length(from));

    if (from->fault.label != seL4_Fault_NullFault) {
        message_put(to, badge, &from->fault);
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        put_word(to, i, message_word(from, i));
    }
    put_info(to, badge, seL4_MessageInfo_get_label((seL4_MessageInfo_t){{from->ctx.x[1]}}), n);
}

static void await_reply(struct thread *caller, struct thread *receiver, bool can_grant)
{
    caller->state = can_grant ? THREAD_ON_REPLY : THREAD_INACTIVE;
    receiver->caller = can_grant ? caller : NULL;
    caller->replier = can_grant ? receiver : NULL;
}

/* A fault's reply may change registers and, by its label, leave the thread stopped; a memory or capability fault
 * always tries again. */
static void fault_reply(const struct thread *from, struct thread *to)
{
    static const uint8_t exception_words[] = {CONTEXT_PC, CONTEXT_SP, CONTEXT_SPSR};
    bool call = to->fault.label == seL4_Fault_UnknownSyscall, exception = to->fault.label == seL4_Fault_UserException;
    const uint8_t *words = call ? sim_syscall_words : exception_words;
    unsigned most = call ? sizeof sim_syscall_words : exception ? sizeof exception_words : 0, n = message_length(from);

    for (unsigned i = 0; i < n && i < most; i++) {
        register_set(to, words[i], message_word(from, i));
    }
    thread_suspend(to);
    if (most == 0 || seL4_MessageInfo_get_label((seL4_MessageInfo_t){{from->ctx.x[1]}}) == 0) {
        wake(to);
    }
}

void ipc_reply(struct thread *t)
{
    struct thread *caller = t->caller;

    forget_caller(t);
    if (caller && caller->fault.label != seL4_Fault_NullFault) {
        fault_reply(t, caller);
    } else if (caller) {
        transfer(t, caller, 0);
        wake(caller);
    }
}

bool fault_send(struct thread *t)
{
    unsigned left;
    const struct slot *s = slot_resolve(&t->slots[THREAD_CSPACE], t->fault_handler, seL4_WordBits, &left);

    if (s == NULL || s->type != CAP_ENDPOINT || !(s->rights & RIGHT_WRITE) ||
        !(s->rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY))) {
        return false;
    }
    endpoint_send(t, s, true, true);
    return true;
}

void endpoint_send(struct thread *t, const struct slot *cap, bool block, bool call)
{
    struct endpoint *e = p2v(cap->object);
    bool can_grant = cap->rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY);

    if (e->queue && !e->sending) {
        struct thread *receiver = dequeue(&e->queue);
        transfer(t, receiver, cap->data);
        wake(receiver);
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

    forget_caller(t);
    if (t->bound && t->bound->active) {
        take_badge(t, t->bound);
    } else if (e->queue && e->sending) {
        struct thread *sender = dequeue(&e->queue);
        transfer(sender, t, sender->badge);
        if (sender->is_call) {
            await_reply(sender, t, sender->can_grant);
        } else {
            wake(sender);
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
    while (e->queue) {
        thread_restart(e->queue);
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
        wake(t);
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
    if (n->bound) {
        ntfn_unbind(n->bound);
    }
    while (n->queue) {
        thread_restart(n->queue);
    }
}
