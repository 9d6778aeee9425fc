/* The simulation kernel's types and the functions between its files. One core, EL1, no preemption inside the
 * kernel: each trap runs to its end on one stack, then the best runnable thread continues. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <coh_sim.h>
#include <sel4/sel4.h>

#include <sel4/arch/mapping.h>

/* QEMU virt with -m 1024, as the kernels that upstream builds for it. The kernel window is a constant offset.
 */
#define SIM_RAM_BASE 0x40000000ul
#define SIM_RAM_END 0x80000000ul
#define SIM_DEVICE_END (1ul << 44)
#ifdef SIM_HOSTED /* a test puts an array where the kernel has RAM */
extern uint64_t sim_window;
#define SIM_WINDOW sim_window
#else
#define SIM_WINDOW 0xffffff8000000000ul
#endif
#define SIM_UART 0x09000000ul
#define SIM_GICD 0x08000000ul
#define SIM_GICC 0x08010000ul
#define SIM_KERNEL_IRQ 27u /* the virtual timer is the kernel's own, as in seL4 at EL1 */
#define SIM_PAGE 4096ul
#define SIM_NO_BIT 0xffu

#define BIT(n) (1ul << (n))
#define MASK(n) ((n) >= 64 ? ~0ul : BIT(n) - 1)

static inline void *p2v(uint64_t paddr) { return (void *)(uintptr_t)(paddr + SIM_WINDOW); }
static inline uint64_t v2p(const void *ptr) { return (uint64_t)(uintptr_t)ptr - SIM_WINDOW; }

/* ---- capabilities (cap.c) ---- */
enum cap_type {
    CAP_NULL = 0,
    CAP_UNTYPED,
    CAP_TCB,
    CAP_ENDPOINT,
    CAP_NOTIFICATION,
    CAP_CNODE,
    CAP_FRAME,
    CAP_TABLE,
    CAP_VSPACE,
    CAP_IRQ_CONTROL,
    CAP_IRQ_HANDLER,
    CAP_ASID_CONTROL,
    CAP_ASID_POOL,
    CAP_DOMAIN
};

#define RIGHT_WRITE 1u
#define RIGHT_READ 2u
#define RIGHT_GRANT 4u
#define RIGHT_GRANT_REPLY 8u
#define RIGHTS_ALL 15u

#define SLOT_DEVICE 1u   /* untyped, frame: device memory */
#define SLOT_ORIGINAL 2u /* copies of it become its children, not its siblings */
#define SLOT_DYING 4u    /* its object is being emptied */

/* A capability and its place in the derivation list, which is the derivation tree in preorder: the slots
 * after one that are deeper than it are derived from it. */
struct slot {
    uint64_t object; /* physical address; IRQ handler: its number */
    uint64_t data;   /* untyped: first free byte; endpoint, notification: badge; CNode: guard;
                        frame, table: virtual address that it is mapped at */
    uint32_t next;   /* neighbours in the derivation list as slot references, 0 none */
    uint32_t prev;
    uint8_t type;      /* enum cap_type */
    uint8_t size_bits; /* of the object in bytes; CNode: number of slots; table: address bits that it resolves
                          below */
    uint8_t rights;
    uint8_t flags; /* SLOT_* */
    uint16_t depth;
    uint16_t aux; /* frame, table, vspace: address-space number, 0 unmapped; CNode: guard size */
} __attribute__((aligned(32)));
_Static_assert(sizeof(struct slot) == 1u << seL4_SlotBits, "a slot has the size that the ABI says");

/* A message that the kernel sends itself: a system call's error, or a fault. */
struct message {
    uint64_t label;
    unsigned n;
    uint64_t mr[seL4_UnknownSyscall_Length];
};
extern struct message sim_failure;
/* Sets sim_failure and returns its error number. */
seL4_Error failure(seL4_Error error, unsigned n, uint64_t mr0, uint64_t mr1);
static inline seL4_Error fail(seL4_Error e) { return failure(e, 0, 0, 0); }
static inline seL4_Error fail1(seL4_Error e, uint64_t mr0) { return failure(e, 1, mr0, 0); }
static inline seL4_Error fail2(seL4_Error e, uint64_t mr0, uint64_t mr1) { return failure(e, 2, mr0, mr1); }

/* Why a lookup failed, until fail_lookup or a thread's fault reports it. */
struct lookup_fault {
    seL4_LookupFailureType type;
    uint64_t a, b, c;
};
extern struct lookup_fault sim_lookup_fault;
seL4_Error fail_lookup(bool was_source, struct lookup_fault why);
void add_lookup_fault(struct message *m);

/* Resolves `bits` bits of cptr; *left gets the bits that were not needed. NULL: sim_lookup_fault says why. */
struct slot *slot_resolve(struct slot *root, uint64_t cptr, unsigned bits, unsigned *left);
/* The same where all bits must be used (targets of CNode operations and retype). */
seL4_Error slot_target(struct slot *root, uint64_t cptr, uint64_t bits, bool is_source, struct slot **out);
seL4_Error slot_must_be_empty(const struct slot *s);
bool slot_has_children(struct slot *s);
bool slot_is_final(struct slot *s);
/* Puts `cap` into the empty slot `to` as child of `parent` (always_child) or as a copy of it; parent may be
 * NULL. */
void slot_insert(struct slot *parent, struct slot *to, const struct slot *cap, bool always_child);
void slot_move(struct slot *from, struct slot *to);
void slot_delete(struct slot *s);
void slot_revoke(struct slot *s);
/* Gives a capability the data of a mint or mutate. False: it can't have it. */
bool cap_apply_data(struct slot *cap, uint64_t data, bool keep_badge);
/* What a copy of `from` would be. seL4_NoError and a null *out: it can't be copied. */
seL4_Error cap_derive(struct slot *from, struct slot *out);

/* ---- threads and IPC (ipc.c) ---- */
struct context {
    union {
        struct {
            uint64_t x[31];
            uint64_t sp, pc, spsr, tpidr, tpidrro;
            uint64_t next; /* the instruction behind an unknown system call, for its message alone */
        };
        uint64_t word[37]; /* the same, by number */
    };
};
enum { CONTEXT_SP = 31, CONTEXT_PC, CONTEXT_SPSR, CONTEXT_TPIDR, CONTEXT_TPIDRRO, CONTEXT_NEXT };
_Static_assert(offsetof(struct context, next) == CONTEXT_NEXT * 8, "trap.S knows this layout");

struct fp_context {
    uint64_t q[64];
    uint64_t fpsr, fpcr;
};

enum thread_state {
    THREAD_INACTIVE,
    THREAD_RUNNING,
    THREAD_ON_NOTIFICATION, /* this and the following: in a system call, or faulted */
    THREAD_SENDING,
    THREAD_RECEIVING,
    THREAD_ON_REPLY
};

enum { THREAD_CSPACE, THREAD_VSPACE, THREAD_BUFFER, THREAD_SLOTS };

struct thread {
    struct context ctx; /* must be first */
    struct fp_context fp;
    struct slot slots[THREAD_SLOTS]; /* by THREAD_*; derived from the capabilities that the thread was given */
    uint64_t buffer_vaddr;
    uint64_t fault_handler; /* capability pointer in the thread's own CSpace */
    struct message fault;   /* label 0: none */
    struct notification *bound;
    void *blocked_on;       /* endpoint or notification */
    struct thread *next;    /* in the queue of blocked_on */
    struct thread *ready;   /* list of those that can run */
    bool listed;            /* it is in there */
    struct thread *caller;  /* who waits for this thread's reply */
    struct thread *replier; /* whose reply this thread waits for */
    uint64_t badge;         /* of the capability that it sends through */
    uint64_t turn;          /* the lowest of its priority runs next; 0: it ran last */
    uint8_t state, priority, mcp;
    uint8_t is_call, can_grant;
};
_Static_assert(sizeof(struct thread) <= 1u << seL4_TCBBits, "a thread fits the size that the ABI says");

struct notification {
    uint64_t badge; /* meaningful while active */
    struct thread *queue;
    struct thread *bound;
    uint64_t active;
};
_Static_assert(sizeof(struct notification) == 1u << seL4_NotificationBits, "as the ABI says");

struct endpoint {
    struct thread *queue;
    uint64_t sending; /* the queue holds senders, else receivers */
};
_Static_assert(sizeof(struct endpoint) == 1u << seL4_EndpointBits, "as the ABI says");

extern struct thread *sim_current;
void thread_init(struct thread *t);
void thread_suspend(struct thread *t);
void thread_forget(struct thread *t);  /* before its memory is reused */
void thread_restart(struct thread *t); /* a call that it waits in begins anew */
void thread_queue(struct thread *t);   /* behind the others of its priority */
/* Chooses who runs next; sleeps until there is somebody. */
struct thread *thread_schedule(void);
void register_set(struct thread *t, unsigned i, uint64_t word);
seL4_IPCBuffer *thread_buffer(const struct thread *t); /* NULL: it has none */
uint64_t message_word(const struct thread *t, unsigned i);
unsigned message_length(const struct thread *t);
void message_put(struct thread *to, uint64_t badge, const struct message *m);
bool fault_send(struct thread *t); /* tells its handler of t->fault; false: there is none */
extern const uint8_t sim_syscall_words[seL4_UnknownSyscall_Length - 1];

void ntfn_signal(struct notification *n, uint64_t badge);
void ntfn_receive(struct thread *t, const struct slot *cap, bool block);
void ntfn_forget(struct notification *n);
seL4_Error ntfn_bind(struct thread *t, const struct slot *cap);
void ntfn_unbind(struct thread *t);
void endpoint_send(struct thread *t, const struct slot *cap, bool block, bool call);
void endpoint_receive(struct thread *t, const struct slot *cap, bool block);
void endpoint_forget(struct endpoint *e);
void ipc_reply(struct thread *t);

/* ---- invocations ---- */
struct call {
    struct slot *slot; /* what is invoked */
    uint64_t label;
    unsigned length;
    unsigned extras;
    struct slot *extra[3];
};
uint64_t call_arg(unsigned i);
/* Message words that a successful invocation returns. */
void call_return(uint64_t word);
seL4_Error untyped_invoke(const struct call *c);
seL4_Error cnode_invoke(const struct call *c);
seL4_Error tcb_invoke(const struct call *c);
seL4_Error frame_invoke(const struct call *c);
seL4_Error table_invoke(const struct call *c);
seL4_Error vspace_invoke(const struct call *c);
seL4_Error asid_control_invoke(const struct call *c);
seL4_Error asid_pool_invoke(const struct call *c);
seL4_Error irq_control_invoke(const struct call *c);
seL4_Error irq_handler_invoke(const struct call *c);

/* ---- address spaces (vspace.c) ---- */
void vspace_boot(void);
void vspace_boot_register(struct slot *vspace);
void vspace_activate(const struct slot *vspace);
/* Writes one entry of the boot-time address space; tables must exist. */
bool vspace_boot_map(uint64_t root, uint64_t vaddr, uint64_t paddr, bool table);
void vspace_unmap(struct slot *s);
void asid_pool_forget(const struct slot *pool);

/* ---- interrupts (irq.c) ---- */
void irq_boot(void);
void irq_poll(void);
void irq_handler_forget(unsigned irq);
struct slot *irq_handler_slot(unsigned irq); /* the notification that it signals */
extern struct thread *sim_sliced; /* whose time slice it is */
void irq_slice(struct thread *t, bool rival);

/* ---- fault injection (inject.c) ---- */
void inject_boot(const char *bootargs, size_t n);
bool inject_retype(void);
bool inject_map(void);
enum irq_fate { IRQ_DELIVER, IRQ_LOSE, IRQ_DELAY };
enum irq_fate inject_irq(unsigned *delay_ms);
void inject_describe(struct coh_sim_chunk *chunk);
void inject_print(void);

/* ---- boot (boot.c) and console (console.c) ---- */
struct boot_args {
    uint64_t image_start, image_end, pv_offset, entry, dtb, dtb_size;
};
struct thread *boot_first_thread(const struct boot_args *args);

void say(const char *text);
void say_hex(uint64_t value);
void say_dec(uint64_t value);
_Noreturn void halt(void);
_Noreturn void boot_stop(const char *why, uint64_t value);

/* Called from trap.S. */
struct thread *sim_main(uint64_t image_start, uint64_t image_end, uint64_t pv_offset, uint64_t entry, uint64_t dtb,
                        uint64_t dtb_size);
struct thread *sim_trap(void);
struct thread *sim_irq(void);
void sim_unexpected(uint64_t from_user);

void *memset(void *to, int byte, size_t n);
void *memcpy(void *to, const void *from, size_t n);
