/* What wakes the authority: badges and faults as the kernel hands them over, and none of them lost while the boot waits for the
 * faults of one task. */
#include "support/test.h"

#include "generated/caps.h"
#include <sel4/sel4.h>

/* ---- the kernel: what waits at the endpoint, in its order, behind what is signalled while the notification is bound ---- */

struct waiting {
    seL4_Word badge, fault, address;
};
static struct waiting queue[4];
static unsigned first, last, slept;
static bool bound;
static seL4_Word signalled; /* again and again */

static seL4_IPCBuffer buffer;
__thread seL4_IPCBuffer *__sel4_ipc_buffer = &buffer;

static seL4_MessageInfo_t seL4_NBRecv(seL4_CPtr src, seL4_Word *badge)
{
    assert_int_equal(src, 7);
    struct waiting w = {.badge = bound ? signalled : 0};
    if (w.badge == 0 && first < last)
        w = queue[first++];
    *badge = w.badge;
    seL4_SetMR(seL4_VMFault_Addr, w.address);
    return seL4_MessageInfo_new(w.fault, 0, 0, w.address ? 4 : 0);
}
static seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word *badge)
{
    slept++;
    return seL4_NBRecv(src, badge);
}
static void seL4_Wait(seL4_CPtr src, seL4_Word *badge) {}
static seL4_Error seL4_TCB_BindNotification(seL4_CPtr tcb, seL4_CPtr n)
{
    assert_true(tcb == seL4_CapInitThreadTCB && n == 8 && !bound);
    bound = true;
    seL4_SetMR(0, ~UINT64_C(0)); /* an invocation's answer */
    return seL4_NoError;
}
static seL4_Error seL4_TCB_UnbindNotification(seL4_CPtr tcb)
{
    assert_true(tcb == seL4_CapInitThreadTCB && bound);
    bound = false;
    return seL4_NoError;
}
static seL4_Error seL4_IRQControl_GetTrigger(seL4_CPtr s, seL4_Word n, seL4_Word t, seL4_CNode r, seL4_Word i, uint8_t d)
{
    return seL4_NoError;
}
static seL4_Error seL4_CNode_Mint(seL4_CPtr s, seL4_Word i, uint8_t d, seL4_CPtr r, seL4_Word from, uint8_t fd,
                                  seL4_CapRights_t rights, seL4_Word badge)
{
    return seL4_NoError;
}
static seL4_Error seL4_IRQHandler_SetNotification(seL4_CPtr s, seL4_CPtr n) { return seL4_NoError; }
static seL4_Error seL4_IRQHandler_Ack(seL4_CPtr s) { return seL4_NoError; }

#include "plat/sel4/irq.c"

/* ---- what the authority's other parts would do ---- */

seL4_CPtr task_object(enum coh_object object) { return object == OBJECT_AUTHORITY_FAULTS ? 7 : 8; }
seL4_CPtr caps_new(seL4_Word type, seL4_Word bits, struct cap_name name) { return 1; }
seL4_CPtr caps_slot(struct cap_name name) { return 1; }
void sel4_must(struct cap_name name, const char *operation, unsigned long error) { assert_int_equal(error, seL4_NoError); }
uint64_t timer_now_ms(void) { return 0; }
void timer_arm(uint64_t at_ms) {}
void timer_alarm(void) {}
_Noreturn void halt_pieces(struct cap_name name, const struct piece *p, size_t n)
{
    coh_panic(name.base, __FILE__, __LINE__);
}

/* ---- */

static int begin(void **s)
{
    first = last = slept = 0;
    signalled = 0;
    bound = true;
    return 0;
}

static void comes(seL4_Word badge, seL4_Word fault, seL4_Word address)
{
    queue[last++] = (struct waiting){badge, fault, address};
}

static void badges_and_faults_are_told_apart(void **s)
{
    struct irq_event e;
    comes(BADGE_AUTHORITY_TIMER | BADGE_AUTHORITY_UART, 0, 0);
    comes(BADGE_FAULT | TASK_NETD, seL4_Fault_VMFault, 0x1234);
    irq_next(true, &e);
    assert_true(e.badges == (BADGE_AUTHORITY_TIMER | BADGE_AUTHORITY_UART) && e.faulted == 0);
    irq_next(true, &e);
    assert_true(e.badges == 0 && e.faulted == TASK_NETD && e.fault == seL4_Fault_VMFault && e.address == 0x1234);
    irq_next(false, &e);
    assert_true(e.badges == 0 && e.faulted == 0);
    assert_int_equal(slept, 2);
}

static void another_tasks_fault_waits_until_the_audit_is_over(void **s)
{
    struct irq_event e;
    comes(BADGE_FAULT | TASK_SEATD, seL4_Fault_VMFault, 0x1234);
    comes(BADGE_FAULT | TASK_NETD, seL4_Fault_CapFault, 0);
    bound = false; /* as the audit has it */
    assert_false(irq_fault_of(TASK_NETD, &e));
    assert_true(irq_fault_of(TASK_NETD, &e));
    assert_int_equal(e.fault, seL4_Fault_CapFault);
    assert_false(irq_fault_of(TASK_NETD, &e));
    bound = true;

    comes(BADGE_AUTHORITY_UART, 0, 0);
    irq_next(true, &e);
    assert_true(e.badges == 0 && e.faulted == TASK_SEATD && e.fault == seL4_Fault_VMFault && e.address == 0x1234);
    assert_int_equal(slept, 0);
    irq_next(true, &e);
    assert_true(e.badges == BADGE_AUTHORITY_UART && e.faulted == 0);
}

static void signals_without_end_hide_no_fault(void **s)
{
    struct irq_event e;
    signalled = BADGE_AUTHORITY_NETD;
    comes(BADGE_FAULT | TASK_NICD, seL4_Fault_VMFault, 0x1234);
    comes(BADGE_FAULT | (TASK_WORKER + 3u), seL4_Fault_UserException, 0);
    for (unsigned fault = 0; fault < 2; fault++) {
        unsigned turns = 0;
        do {
            irq_next(true, &e);
            assert_true(e.badges == BADGE_AUTHORITY_NETD && bound);
            turns++;
        } while (!e.faulted && turns < 100);
        assert_int_equal(turns, SIGNALS_MAX);
        assert_true(fault ? e.faulted == TASK_WORKER + 3u && e.fault == seL4_Fault_UserException
                          : e.faulted == TASK_NICD && e.fault == seL4_Fault_VMFault && e.address == 0x1234);
    }
    for (unsigned i = 0; i < 3 * SIGNALS_MAX; i++) {
        irq_next(true, &e);
        assert_true(e.badges == BADGE_AUTHORITY_NETD && !e.faulted && bound);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(badges_and_faults_are_told_apart, begin),
        cmocka_unit_test_setup(signals_without_end_hide_no_fault, begin),
        cmocka_unit_test_setup(another_tasks_fault_waits_until_the_audit_is_over, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
