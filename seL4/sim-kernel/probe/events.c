/* Questions about notifications, interrupts, threads and endpoints. */
#include "tasks.h"

uint64_t poll(seL4_CPtr c)
{
    seL4_Word badge = 99;

    (void)seL4_Poll(c, &badge);
    return badge;
}

uint64_t wait(seL4_CPtr c)
{
    seL4_Word badge = 99;

    seL4_Wait(c, &badge);
    return badge;
}

static seL4_CPtr mint(seL4_CPtr from, seL4_CapRights_t rights, seL4_Word badge)
{
    seL4_CPtr s = slot();

    if (seL4_CNode_Mint(SELF_CNODE, s, 64, SELF_CNODE, from, 64, rights, badge) != seL4_NoError) {
        stop("mint");
    }
    return s;
}

void probe_notification(void)
{
    seL4_CPtr n = make(seL4_NotificationObject, 0), ep = make(seL4_EndpointObject, 0);
    seL4_CPtr one = mint(n, seL4_AllRights, 1), four = mint(n, seL4_AllRights, 4);
    seL4_CPtr mute = mint(n, seL4_CanRead, 8);

    line_value("poll empty", poll(n));
    seL4_Signal(one);
    line_value("poll after signal", poll(n));
    line_value("poll again", poll(n));
    seL4_Signal(one);
    seL4_Signal(four);
    line_value("badges add up", wait(n));
    seL4_Signal(mute);
    line_value("signal without write right", poll(n));
    line("call without write right",
         (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(mute, seL4_MessageInfo_new(0, 0, 0, 0))));
    line("call a notification",
         (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(four, seL4_MessageInfo_new(0, 0, 0, 0))));
    line_value("call signals", poll(n));
    seL4_NBSend(one, seL4_MessageInfo_new(0, 0, 0, 0));
    line_value("nbsend signals", poll(n));
    line("bind an endpoint", seL4_TCB_BindNotification(seL4_CapInitThreadTCB, ep));
    line("bind", seL4_TCB_BindNotification(seL4_CapInitThreadTCB, n));
    line("bind twice", seL4_TCB_BindNotification(seL4_CapInitThreadTCB, n));
    seL4_Signal(four);
    line_value("bound notification ends a receive", wait(ep));
    line_value("poll endpoint", poll(ep));
    line("unbind", seL4_TCB_UnbindNotification(seL4_CapInitThreadTCB));
    line("unbind twice", seL4_TCB_UnbindNotification(seL4_CapInitThreadTCB));
    line("set priority 255", seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, 255));
    line("set priority 256", seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, 256));
    line("set mcp by an endpoint", seL4_TCB_SetMCPriority(seL4_CapInitThreadTCB, ep, 5));
}

/* ---- the physical timer, which user level has ---- */
#define TIMER_IRQ 30

uint64_t counter(void)
{
    uint64_t t;

    __asm__ volatile("isb\n mrs %0, cntpct_el0" : "=r"(t));
    return t;
}

uint64_t milliseconds(uint64_t ms)
{
    uint64_t hz;

    __asm__("mrs %0, cntfrq_el0" : "=r"(hz));
    return hz / 1000 * ms;
}

static void arm_timer(uint64_t ms)
{
    __asm__ volatile("msr cntp_cval_el0, %0\n msr cntp_ctl_el0, %1\n isb"
                     :
                     : "r"(counter() + milliseconds(ms)), "r"(1ul));
}

static void stop_timer(void) { __asm__ volatile("msr cntp_ctl_el0, xzr\n isb"); }

static void spin(uint64_t ms)
{
    for (uint64_t end = counter() + milliseconds(ms); counter() < end;) {
    }
}

static seL4_CPtr timer_handler, timer_badged;

static void timer_interrupt(seL4_CPtr handler, seL4_CPtr n)
{
    uint64_t before = counter();

    arm_timer(10);
    line_value("timer badge", wait(n));
    line_value("timer waited", counter() - before >= milliseconds(10));
    stop_timer();
    arm_timer(1);
    spin(20);
    line_value("not acknowledged: masked", poll(n));
    line("ack", seL4_IRQHandler_Ack(handler));
    line_value("after ack it comes", wait(n));
    stop_timer();
    line("ack again", seL4_IRQHandler_Ack(handler));
    line_value("stopped timer is silent", poll(n));
    line("clear", seL4_IRQHandler_Clear(handler));
    arm_timer(1);
    spin(20);
    line_value("cleared handler is silent", poll(n));
    stop_timer();
}

uint64_t interrupt_after(uint64_t ms)
{
    (void)seL4_IRQHandler_SetNotification(timer_handler, timer_badged);
    (void)seL4_IRQHandler_Ack(timer_handler);
    arm_timer(ms);
    uint64_t badge = wait(timer_badged);
    stop_timer();
    (void)seL4_IRQHandler_Clear(timer_handler);
    return badge;
}

void probe_irq(void)
{
    seL4_CPtr handler = slot(), edge = slot(), n = make(seL4_NotificationObject, 0);
    seL4_CPtr badged = mint(n, seL4_AllRights, 16), mute = mint(n, seL4_CanRead, 16);

    line("irq get onto a capability", seL4_IRQControl_Get(seL4_CapIRQControl, TIMER_IRQ, SELF_CNODE, n, 64));
    line("irq get depth 0", seL4_IRQControl_Get(seL4_CapIRQControl, TIMER_IRQ, SELF_CNODE, handler, 0));
    line("irq get too large", seL4_IRQControl_Get(seL4_CapIRQControl, 100000, SELF_CNODE, handler, 64));
    line("irq get kernel timer", seL4_IRQControl_Get(seL4_CapIRQControl, 27, SELF_CNODE, handler, 64));
    line("irq get", seL4_IRQControl_Get(seL4_CapIRQControl, TIMER_IRQ, SELF_CNODE, handler, 64));
    line("irq get twice", seL4_IRQControl_Get(seL4_CapIRQControl, TIMER_IRQ, SELF_CNODE, slot(), 64));
    line("irq get trigger", seL4_IRQControl_GetTrigger(seL4_CapIRQControl, 48, 1, SELF_CNODE, edge, 64));
    line("irq get trigger twice", seL4_IRQControl_GetTrigger(seL4_CapIRQControl, 48, 1, SELF_CNODE, slot(), 64));
    line("irq get trigger too large",
         seL4_IRQControl_GetTrigger(seL4_CapIRQControl, 100000, 1, SELF_CNODE, slot(), 64));
    line("irq copy handler", seL4_CNode_Copy(SELF_CNODE, slot(), 64, SELF_CNODE, edge, 64, seL4_AllRights));
    line("irq delete handler", seL4_CNode_Delete(SELF_CNODE, edge, 64));
    line("irq get while a copy lives", seL4_IRQControl_GetTrigger(seL4_CapIRQControl, 48, 0, SELF_CNODE, slot(), 64));
    line("irq notify a tcb", seL4_IRQHandler_SetNotification(handler, seL4_CapInitThreadTCB));
    line("irq notify without write right", seL4_IRQHandler_SetNotification(handler, mute));
    line("irq notify an empty slot", seL4_IRQHandler_SetNotification(handler, slot()));
    line("irq notify", seL4_IRQHandler_SetNotification(handler, badged));
    line("irq wrong label",
         (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(handler, seL4_MessageInfo_new(CNodeDelete, 0, 0, 2))));
    line("irq control wrong label", (seL4_Error)seL4_MessageInfo_get_label(
                                        seL4_Call(seL4_CapIRQControl, seL4_MessageInfo_new(CNodeDelete, 0, 0, 2))));
    timer_handler = handler;
    timer_badged = badged;
    timer_interrupt(handler, n);
}

/* ---- a second thread ---- */
static seL4_CPtr second_ep, second_done;
extern char probe_second[], probe_second_stack_top[], probe_second_tls[];

void probe_second_main(void);
void probe_second_main(void)
{
    seL4_Word badge = 0;

    seL4_SetIPCBuffer((seL4_IPCBuffer *)probe_info->ipcBuffer + 1); /* its own, in the same frame */
    seL4_MessageInfo_t m = seL4_Recv(second_ep, &badge);
    for (;;) {
        seL4_Word sum = badge;
        __asm__ volatile("fmov d8, %0" : : "r"(sum)); /* the caller's floating point must not see this */
        for (seL4_Word i = 0; i < seL4_MessageInfo_get_length(m); i++) {
            sum += seL4_GetMR((int)i);
        }
        seL4_Signal(second_done);
        seL4_SetMR(0, sum);
        m = seL4_ReplyRecv(second_ep, seL4_MessageInfo_new(77, 0, 0, 1), &badge);
    }
}

void probe_threads(void)
{
    seL4_CPtr tcb = make(seL4_TCBObject, 0), ep = make(seL4_EndpointObject, 0);
    seL4_Word buffer = (seL4_Word)(probe_info->ipcBuffer + 1);
    seL4_UserContext regs = {.pc = (seL4_Word)probe_second,
                             .sp = (seL4_Word)probe_second_stack_top,
                             .tpidr_el0 = (seL4_Word)probe_second_tls};

    second_ep = ep;
    second_done = make(seL4_NotificationObject, 0);
    seL4_CPtr signal = mint(second_done, seL4_AllRights, 32), call = mint(ep, seL4_AllRights, 100);
    seL4_CPtr done = second_done;
    second_done = signal;
    seL4_Word guard = seL4_CNode_CapData_new(0, 64 - probe_info->initThreadCNodeSizeBits).words[0];
    line("configure with a tcb for vspace",
         seL4_TCB_Configure(tcb, 0, SELF_CNODE, guard, tcb, 0, buffer, seL4_CapInitThreadIPCBuffer));
    line("configure misaligned buffer",
         seL4_TCB_Configure(tcb, 0, SELF_CNODE, guard, SELF_VSPACE, 0, buffer + 8, seL4_CapInitThreadIPCBuffer));
    line("configure",
         seL4_TCB_Configure(tcb, 0, SELF_CNODE, guard, SELF_VSPACE, 0, buffer, seL4_CapInitThreadIPCBuffer));
    line("write own registers", seL4_TCB_WriteRegisters(seL4_CapInitThreadTCB, 0, 0, 2, &regs));
    line("set sched params", seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, 200, 250));
    line("write registers", seL4_TCB_WriteRegisters(tcb, 0, 0, sizeof regs / sizeof(seL4_Word), &regs));
    seL4_UserContext seen = {0};
    line("read own registers", seL4_TCB_ReadRegisters(seL4_CapInitThreadTCB, 0, 0, 2, &seen));
    line("read no registers", seL4_TCB_ReadRegisters(tcb, 0, 0, 0, &seen));
    line("read more registers", seL4_TCB_ReadRegisters(tcb, 0, 0, 37, &seen));
    line("read registers", seL4_TCB_ReadRegisters(tcb, 0, 0, 7, &seen));
    line_value("registers as written", seen.pc == regs.pc && seen.sp == regs.sp && seen.x0 == regs.x0 && seen.x3 == regs.x3);
    line("resume", seL4_TCB_Resume(tcb));
    for (int i = 0; i < 8; i++) {
        seL4_SetMR(i, (seL4_Word)i + 1);
    }
    uint64_t kept;
    __asm__ volatile("fmov d8, %0" : : "r"(0x1234ul));
    seL4_MessageInfo_t m = seL4_Call(call, seL4_MessageInfo_new(5, 0, 0, 8));
    __asm__ volatile("fmov %0, d8" : "=r"(kept));
    line_value("floating point kept", kept);
    line_value("call label", seL4_MessageInfo_get_label(m));
    line_value("call length", seL4_MessageInfo_get_length(m));
    line_value("call sum", seL4_GetMR(0));
    line_value("second thread signalled", wait(done));
    seL4_SetMR(0, 1000);
    m = seL4_Call(call, seL4_MessageInfo_new(5, 0, 0, 1));
    line_value("second call sum", seL4_GetMR(0));
    line_value("second signal", poll(done));
    line("suspend", seL4_TCB_Suspend(tcb));
    seL4_NBSend(call, seL4_MessageInfo_new(5, 0, 0, 0));
    line_value("nbsend to nobody", poll(done));
    regs.pc = 0;
    line("send to the address 0", seL4_TCB_WriteRegisters(tcb, 1, 0, 1, &regs));
    line("lower own priority", seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, 100));
    line_text("after its fault", "still here");
    line("delete thread", seL4_CNode_Delete(SELF_CNODE, tcb, 64));
}
