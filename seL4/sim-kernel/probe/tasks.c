/* Questions about isolated tasks: their faults, and who runs when. */
#include "tasks.h"

#define OWN_PRIORITY 150
#define PAGE 0x30000000ul /* where a task's frame goes */
#define NOWHERE 0x30008000ul

seL4_CPtr tasks_wait, tasks_done, tasks_endpoint;
static struct task task;

static seL4_CPtr mint(seL4_CPtr to_node, seL4_Word to, seL4_CPtr from, seL4_CapRights_t rights, seL4_Word badge)
{
    if (seL4_CNode_Mint(to_node, to, 4, SELF_CNODE, from, 64, rights, badge) != seL4_NoError) {
        stop("mint for a task");
    }
    return to;
}

void tasks_start(void)
{
    tasks_wait = make(seL4_NotificationObject, 0);
    tasks_done = make(seL4_NotificationObject, 0);
    tasks_endpoint = make(seL4_EndpointObject, 0);
    (void)seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, OWN_PRIORITY);
}

void task_prepare(struct task *t)
{
    t->untyped = make(seL4_UntypedObject, TASK_BITS);
    t->tcb = slot();
    t->cnode = slot();
    t->vspace = slot();
    for (int i = 0; i < 3; i++) {
        t->table[i] = slot();
    }
    t->frame = slot();
    t->node = slot();
    t->pool = seL4_CapInitThreadASIDPool;
}

static void must(seL4_Error e, const char *what)
{
    if (e != seL4_NoError) {
        stop(what);
    }
}

static void object(const struct task *t, seL4_CPtr to, seL4_Word type, seL4_Word bits)
{
    must(seL4_Untyped_Retype(t->untyped, type, bits, SELF_CNODE, 0, 0, to, 1), "retype for a task");
}

void task_map(const struct task *t, seL4_Word address, seL4_CapRights_t rights, seL4_ARM_VMAttributes attributes)
{
    must(seL4_ARM_Page_Map(t->frame, t->vspace, address, rights, attributes), "map for a task");
}

/* The page of programs: a copy of the probe's own frame, which ends up in the task's CNode. */
static void give_code(const struct task *t)
{
    seL4_CPtr page = probe_info->userImageFrames.start + ((seL4_Word)task_code - (seL4_Word)probe_image) / 4096;
    static seL4_CPtr copy;

    copy = copy ? copy : slot();
    must(seL4_CNode_Copy(SELF_CNODE, copy, 64, SELF_CNODE, page, 64, seL4_CanRead), "copy the code");
    must(seL4_ARM_Page_Map(copy, t->vspace, (seL4_Word)task_code, seL4_CanRead, seL4_ARM_Default_VMAttributes),
         "map the code");
    must(seL4_CNode_Move(t->cnode, 15, 4, SELF_CNODE, copy, 64), "move the code");
}

static void give_tables(const struct task *t)
{
    /* Down to the code's page, and one more for the frame: both lie in the same gigabyte. */
    object(t, t->table[0], seL4_ARM_PageTableObject, 0);
    object(t, t->table[1], seL4_ARM_PageTableObject, 0);
    object(t, t->table[2], seL4_ARM_PageTableObject, 0);
    for (int i = 0; i < 3; i++) {
        must(seL4_ARM_PageTable_Map(t->table[i], t->vspace, (seL4_Word)task_code, seL4_ARM_Default_VMAttributes),
             "map a task's table");
    }
    seL4_CPtr last = t->node; /* moved away below, so that the slot is free for the CNode */
    object(t, last, seL4_ARM_PageTableObject, 0);
    must(seL4_ARM_PageTable_Map(last, t->vspace, PAGE, seL4_ARM_Default_VMAttributes), "map a task's table");
    must(seL4_CNode_Move(t->cnode, 14, 4, SELF_CNODE, last, 64), "move a table");
}

void task_build(struct task *t, seL4_Word priority)
{
    object(t, t->tcb, seL4_TCBObject, 0);
    object(t, t->cnode, seL4_CapTableObject, 4);
    object(t, t->vspace, seL4_ARM_VSpaceObject, 0);
    must(seL4_ARM_ASIDPool_Assign(t->pool, t->vspace), "assign for a task");
    give_tables(t);
    give_code(t);
    object(t, t->frame, seL4_ARM_SmallPageObject, 0);
    object(t, t->node, seL4_CapTableObject, 2);
    mint(t->cnode, TASK_WAIT, tasks_wait, seL4_CanRead, 0);
    mint(t->cnode, TASK_DONE, tasks_done, seL4_CanWrite, DONE);
    mint(t->cnode, TASK_FAULT, tasks_endpoint, seL4_AllRights, 100);
    mint(t->cnode, TASK_CALL, tasks_endpoint, seL4_AllRights, 7);
    mint(t->cnode, TASK_MUTE, tasks_endpoint, seL4_CanRead, 8);
    mint(t->cnode, TASK_NODE, t->node, seL4_AllRights, seL4_CNode_CapData_new(3, 4).words[0]);
    must(seL4_TCB_Configure(t->tcb, TASK_FAULT, t->cnode, seL4_CNode_CapData_new(0, 60).words[0], t->vspace, 0, 0, 0),
         "configure a task");
    must(seL4_TCB_SetPriority(t->tcb, seL4_CapInitThreadTCB, priority), "priority of a task");
}

static void start_at(const struct task *t, const char *entry, seL4_CPtr cap, seL4_Word info, int64_t number)
{
    seL4_UserContext regs = {.pc = (seL4_Word)entry,
                             .sp = 0x1230,
                             .x0 = cap,
                             .x1 = info,
                             .x2 = 22,
                             .x3 = 33,
                             .x4 = 44,
                             .x5 = 55,
                             .x6 = 66,
                             .x7 = (seL4_Word)number,
                             .x30 = 3030};

    must(seL4_TCB_WriteRegisters(t->tcb, 1, 0, sizeof regs / sizeof(seL4_Word), &regs), "start a task");
}

void task_call_start(const struct task *t, seL4_CPtr cap, seL4_Word info, int64_t number)
{
    start_at(t, task_call, cap, info, number);
}

void task_show_start(const struct task *t, seL4_CPtr cap, seL4_Word info, int64_t number)
{
    start_at(t, task_show, cap, info, number);
}

void task_start(const struct task *t, const char *entry, seL4_Word x0, seL4_Word x1)
{
    seL4_UserContext regs = {.pc = (seL4_Word)entry, .sp = 0x1230, .x0 = x0, .x1 = x1};

    must(seL4_TCB_WriteRegisters(t->tcb, 1, 0, sizeof regs / sizeof(seL4_Word), &regs), "start a task");
}

void task_end(const struct task *t) { must(seL4_CNode_Revoke(SELF_CNODE, t->untyped, 64), "revoke a task"); }

seL4_MessageInfo_t message(const char *name)
{
    seL4_Word words[3 + seL4_MsgMaxLength], n;
    seL4_MessageInfo_t m = seL4_Recv(tasks_endpoint, &words[0]);

    words[1] = seL4_MessageInfo_get_label(m);
    words[2] = n = seL4_MessageInfo_get_length(m);
    for (seL4_Word i = 0; i < n; i++) {
        seL4_Word w = seL4_GetMR((int)i);
        /* Kernels for debugging leave SError on in PSTATE, and others mask it. */
        if ((words[1] == seL4_Fault_UserException && i == seL4_UserException_SPSR) ||
            (words[1] == seL4_Fault_UnknownSyscall && i == seL4_UnknownSyscall_SPSR))
            w &= ~0x100ul;
        /* Addresses of the programs are told by their distance from the first. */
        words[3 + i] = w - (seL4_Word)task_code < 4096 ? w - (seL4_Word)task_code : w;
    }
    line_words(name, words, (unsigned)(3 + n));
    return m;
}

static void reply(seL4_Word label, seL4_Word length) { seL4_Reply(seL4_MessageInfo_new(label, 0, 0, length)); }

/* The tasks of these questions have a higher priority than the probe: they have run when a call returns. */
static void memory_faults(void)
{
    task_start(&task, task_load, NOWHERE + 8, 0);
    message("fault: load from nowhere");
    line_value("fault: not yet past it", poll(tasks_done));
    task_map(&task, NOWHERE, seL4_CanRead, seL4_ARM_Default_VMAttributes);
    reply(0, 0);
    line_value("fault: past it after a map and a reply", poll(tasks_done));
    task_start(&task, task_store, NOWHERE + 16, 1);
    message("fault: store to a read-only page");
    reply(1, 0);
    message("fault: again, whatever the reply's label");
    (void)seL4_ARM_Page_Unmap(task.frame);
    task_map(&task, PAGE, seL4_ReadWrite, seL4_ARM_ExecuteNever | seL4_ARM_Default_VMAttributes);
    task_start(&task, task_jump, PAGE, 0);
    message("fault: run what must not be executed");
    task_start(&task, task_jump, NOWHERE, 0);
    message("fault: run what is not there");
    task_start(&task, task_jump, (seL4_Word)task_code + 2, 0);
    message("fault: run between instructions");
    task_start(&task, task_load, 0xffff900000000000, 0);
    message("fault: load from the kernel's half");
    task_start(&task, task_load, 1ul << 52, 0);
    message("fault: load from no address at all");
    task_start(&task, task_load, PAGE, 0);
    line_value("fault: a page that is there", poll(tasks_done));
}

static void capability_faults(void)
{
    task_call_start(&task, 9, 0, seL4_SysSend);
    line_value("fault: none by a send to an empty slot", poll(tasks_done));
    task_call_start(&task, 16, 0, seL4_SysCall);
    message("fault: call behind the guard");
    task_call_start(&task, 16, 0, seL4_SysNBSend);
    line_value("fault: none by a send that does not wait", poll(tasks_done));
    task_call_start(&task, 9, 0, seL4_SysRecv);
    message("fault: receive from an empty slot");
    task_call_start(&task, TASK_DONE, 0, seL4_SysRecv);
    message("fault: receive without the right to");
    task_call_start(&task, TASK_DONE, 0, seL4_SysNBRecv);
    message("fault: poll without the right to");
    task_call_start(&task, 1ul << 40, 0, seL4_SysReplyRecv);
    message("fault: receive behind the guard");
    reply(1, 0);
    message("fault: again, whatever the reply's label, from a call");
}

static void set_guard(unsigned bits, seL4_Word handler)
{
    must(seL4_TCB_SetSpace(task.tcb, handler, task.cnode, seL4_CNode_CapData_new(0, bits).words[0], task.vspace, 0),
         "set a task's space");
}

/* CSpaces of two levels: a lookup can fail in the second. The rest of the program then calls through slot 0. */
static void nested_faults(void)
{
    must(seL4_CNode_Mint(task.node, 1, 2, SELF_CNODE, tasks_done, 64, seL4_CanWrite, DONE), "mint into a node");
    set_guard(54, TASK_FAULT << 6);
    task_call_start(&task, TASK_NODE << 6 | 3 << 2 | 1, 0, seL4_SysSend);
    line_value("fault: none in the second level", poll(tasks_done));
    message("fault: receive from slot 0");
    task_call_start(&task, TASK_NODE << 6 | 2 << 2 | 1, 0, seL4_SysSend);
    message("fault: guard of the second level");
    task_call_start(&task, TASK_NODE << 6 | 3 << 2 | 2, 0, seL4_SysRecv);
    message("fault: empty slot of the second level");
    set_guard(55, TASK_FAULT << 5);
    task_call_start(&task, TASK_NODE << 5 | 3 << 1 | 1, 0, seL4_SysSend);
    message("fault: too few bits for the second level");
    set_guard(60, TASK_FAULT);
}

static void calls(void)
{
    task_call_start(&task, 11, 12, 1000);
    message("fault: unknown call");
    reply(1, 0);
    line_value("fault: a label leaves it stopped", poll(tasks_done));
    line("fault: resume", seL4_TCB_Resume(task.tcb));
    message("fault: the call again");
    seL4_SetMR(seL4_UnknownSyscall_X0, TASK_DONE);
    seL4_SetMR(seL4_UnknownSyscall_X1, 0);
    seL4_SetMR(seL4_UnknownSyscall_X7, (seL4_Word)seL4_SysNBSend);
    reply(0, seL4_UnknownSyscall_X7 + 1);
    line_value("fault: registers from the reply", poll(tasks_done));
    task_call_start(&task, 11, 12, 1001);
    message("fault: another unknown call");
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, (seL4_Word)task_call + 4);
    reply(0, seL4_UnknownSyscall_FaultIP + 1);
    line_value("fault: past it by the reply", poll(tasks_done));
    task_start(&task, task_brk, 0, 0);
    message("fault: breakpoint");
    seL4_SetMR(seL4_UserException_FaultIP, (seL4_Word)task_undefined);
    seL4_SetMR(seL4_UserException_SP, 0x4560);
    seL4_SetMR(seL4_UserException_SPSR, 0xf0000000);
    reply(0, 3);
    message("fault: undefined instruction, registers from the reply");
    reply(5, 1);
    line_value("fault: left there by a label", poll(tasks_done));
    task_start(&task, task_load, NOWHERE, 0);
    message("fault: before a suspend");
    line("fault: suspend", seL4_TCB_Suspend(task.tcb));
    reply(0, 0);
    line("fault: resume what was suspended", seL4_TCB_Resume(task.tcb));
    message("fault: after a resume");
}

static seL4_Word pending(seL4_CPtr endpoint)
{
    seL4_Word badge = 99;

    (void)seL4_NBRecv(endpoint, &badge);
    return badge;
}

static void handlers(void)
{
    static const struct {
        const char *name;
        seL4_Word handler;
    } tries[] = {{"handler: none", 0},
                 {"handler: an empty slot", 12},
                 {"handler: a notification", TASK_DONE},
                 {"handler: not to be written to", TASK_MUTE},
                 {"handler: no right to grant", 13},
                 {"handler: behind the guard", 1ul << 40},
                 {"handler: the endpoint", TASK_FAULT}};

    mint(task.cnode, 13, tasks_endpoint, seL4_ReadWrite, 13);
    for (unsigned i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        set_guard(60, tries[i].handler);
        task_start(&task, task_brk, 0, 0);
        line_value(tries[i].name, pending(tasks_endpoint));
    }
    must(seL4_CNode_Delete(task.cnode, 13, 4), "delete");
    mint(task.cnode, 13, tasks_endpoint, seL4_CapRights_new(1, 0, 0, 1), 14);
    set_guard(60, 13);
    task_start(&task, task_brk, 0, 0);
    line_value("handler: the right to grant replies alone", pending(tasks_endpoint));
    set_guard(60, TASK_FAULT);
}

static void bound_receiver(void)
{
    seL4_CPtr n = make(seL4_NotificationObject, 0);

    line("bound: bind", seL4_TCB_BindNotification(seL4_CapInitThreadTCB, n));
    task_start(&task, task_brk, 0, 0);
    seL4_Signal(n); /* badge 0 */
    line_value("bound: the notification goes before a fault", pending(tasks_endpoint));
    line_value("bound: then the fault", pending(tasks_endpoint));
    line_value("bound: then nothing", pending(tasks_endpoint));
    line("bound: unbind", seL4_TCB_UnbindNotification(seL4_CapInitThreadTCB));
    line("bound: a thread waits on the notification", seL4_TCB_BindNotification(task.tcb, tasks_wait));
    task_start(&task, task_idle, 0, 0);
    seL4_Signal(tasks_wait);
    line_value("bound: it has heard it", poll(tasks_done));
    line("bound: unbind the task", seL4_TCB_UnbindNotification(task.tcb));
}

void probe_faults(void)
{
    tasks_start();
    task_prepare(&task);
    task_build(&task, OWN_PRIORITY + 10);
    memory_faults();
    capability_faults();
    nested_faults();
    calls();
    handlers();
    bound_receiver();
    task_end(&task);
}

/* ---- what system calls leave in the registers of a thread without an IPC buffer ---- */
#define INFO(label, length) seL4_MessageInfo_new(label, 0, 0, length).words[0]

static void send_words(seL4_CPtr to, seL4_Word label, seL4_Word length)
{
    for (seL4_Word i = 0; i < length; i++) {
        seL4_SetMR((int)i, 1000 + i);
    }
    seL4_Send(to, seL4_MessageInfo_new(label, 0, 0, length));
}

static void registers_of_receives(seL4_CPtr ep, seL4_CPtr badged)
{
    task_show_start(&task, 10, 99, seL4_SysRecv);
    send_words(badged, 5, 3);
    message("registers: three words received");
    task_show_start(&task, 10, 99, seL4_SysRecv);
    send_words(badged, 5, 8);
    message("registers: eight words received without a buffer");
    task_show_start(&task, 10, 99, seL4_SysNBRecv);
    message("registers: none received");
    task_show_start(&task, TASK_WAIT, 99, seL4_SysRecv);
    seL4_Signal(tasks_wait);
    message("registers: a notification");
    task_show_start(&task, TASK_WAIT, 99, seL4_SysNBRecv);
    message("registers: no notification");
    task_show_start(&task, 10, INFO(3, 6), seL4_SysSend);
    seL4_MessageInfo_t m = seL4_Recv(ep, NULL);
    line_value("registers: sent without a buffer, words", seL4_MessageInfo_get_length(m));
    message("registers: sent");
    task_show_start(&task, 10, INFO(3, 2), seL4_SysCall);
    m = seL4_Recv(ep, NULL);
    line_value("registers: called, label", seL4_MessageInfo_get_label(m));
    seL4_SetMR(0, 71);
    seL4_SetMR(1, 72);
    seL4_Reply(seL4_MessageInfo_new(70, 0, 0, 2));
    message("registers: answered");
    task_show_start(&task, 11, INFO(3, 2), seL4_SysCall);
    (void)seL4_Recv(ep, NULL);
    seL4_Reply(seL4_MessageInfo_new(70, 0, 0, 2));
    line_value("registers: no answer without the right to grant", pending(tasks_endpoint));
}

static void registers_of_others(void)
{
    task_show_start(&task, 0, 99, seL4_SysYield);
    message("registers: yielded");
    task_show_start(&task, TASK_DONE, 99, seL4_SysSend);
    message("registers: signalled");
    task_show_start(&task, TASK_DONE, INFO(4, 2), seL4_SysCall);
    message("registers: signalled by a call");
    line_value("registers: once or twice", poll(tasks_done));
    task_show_start(&task, 9, INFO(4, 2), seL4_SysCall);
    message("registers: called an empty slot");
    task_show_start(&task, TASK_MUTE, INFO(4, 2), seL4_SysCall);
    message("registers: called without the right to");
    task_show_start(&task, 8, INFO(CNodeDelete, 2), seL4_SysCall);
    message("registers: a lookup that failed, cut to four words");
    task_show_start(&task, 8, INFO(CNodeDelete, 2), seL4_SysSend);
    message("registers: the same by a send");
    task_show_start(&task, 12, INFO(TCBResume, 0), seL4_SysCall);
    message("registers: resumed itself");
    task_show_start(&task, 12, INFO(TCBSuspend, 0), seL4_SysCall);
    line_value("registers: suspended itself", pending(tasks_endpoint));
    line("registers: resume it", seL4_TCB_Resume(task.tcb));
    line_value("registers: it does so again", pending(tasks_endpoint));
    task_show_start(&task, TASK_WAIT, 99, seL4_SysReply);
    message("registers: replied to nobody");
}

void probe_registers(void)
{
    seL4_CPtr ep = make(seL4_EndpointObject, 0), badged = slot();

    task_build(&task, OWN_PRIORITY + 10);
    (void)seL4_CNode_Mint(SELF_CNODE, badged, 64, SELF_CNODE, ep, 64, seL4_AllRights, 50);
    mint(task.cnode, 10, ep, seL4_AllRights, 0);
    mint(task.cnode, 11, ep, seL4_ReadWrite, 0);
    mint(task.cnode, 12, task.tcb, seL4_AllRights, 0);
    mint(task.cnode, 8, task.cnode, seL4_AllRights, seL4_CNode_CapData_new(0, 29).words[0]);
    registers_of_receives(ep, badged);
    registers_of_others();
    task_end(&task);
}

/* ---- priorities ---- */
static void ping(const char *name)
{
    seL4_Signal(tasks_wait);
    line_value(name, poll(tasks_done));
}

static void set_priority(const char *name, const struct task *t, seL4_Word priority)
{
    line(name, seL4_TCB_SetPriority(t->tcb, seL4_CapInitThreadTCB, priority));
}

static void one_task(void)
{
    task_start(&task, task_idle, 0, 0);
    ping("priority: higher runs at once");
    set_priority("priority: lower it", &task, OWN_PRIORITY - 10);
    ping("priority: lower does not");
    line_value("priority: but when the probe waits", wait(tasks_done));
    seL4_Signal(tasks_wait);
    seL4_Yield();
    line_value("priority: nor when it yields", poll(tasks_done));
    set_priority("priority: raise what can run", &task, OWN_PRIORITY + 10);
    line_value("priority: it runs at once", poll(tasks_done));
    set_priority("priority: the same", &task, OWN_PRIORITY);
    bool waits = false, comes = true;
    for (int i = 0; i < 20; i++) { /* a time slice can end in between */
        seL4_Signal(tasks_wait);
        uint64_t at_once = poll(tasks_done);
        seL4_Yield();
        waits |= at_once == 0;
        comes &= at_once + poll(tasks_done) == DONE;
    }
    line_value("priority: the same does not", waits);
    line_value("priority: but when it yields", comes);
    seL4_Signal(tasks_wait);
    line("priority: lower the own", seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, 100));
    line_value("priority: then it runs", poll(tasks_done));
    line("priority: raise the own", seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, OWN_PRIORITY));
    line("priority: limit its say", seL4_TCB_SetMCPriority(task.tcb, seL4_CapInitThreadTCB, 20));
    line("priority: beyond its say", seL4_TCB_SetPriority(task.tcb, task.tcb, 21));
    line("priority: within its say", seL4_TCB_SetPriority(task.tcb, task.tcb, 20));
    line("priority: and back", seL4_TCB_SetPriority(task.tcb, seL4_CapInitThreadTCB, OWN_PRIORITY));
}

/* The longest time in which the probe did not run. */
static uint64_t longest_gap(uint64_t ms)
{
    uint64_t longest = 0, last = counter();

    for (uint64_t end = last + milliseconds(ms), now = last; now < end; last = now) {
        now = counter();
        longest = now - last > longest ? now - last : longest;
    }
    return longest;
}

/* A loop without end beside, below and above the probe. */
static void endless(struct task *loop)
{
    task_start(loop, task_spin, 0, 0);
    uint64_t before = counter();
    seL4_Yield();
    line_value("slice: a loop of the same priority gets at least 5 ms", counter() - before >= milliseconds(5));
    line_value("slice: and takes it from the probe", longest_gap(60) >= milliseconds(5));
    set_priority("slice: the loop goes below", loop, OWN_PRIORITY - 10);
    line_value("slice: a timer's interrupt ends it", interrupt_after(20));
    seL4_Signal(tasks_wait);
    seL4_Yield();
    line_value("slice: others of the same priority run", poll(tasks_done));
}

void probe_priorities(void)
{
    static struct task loop;

    task_build(&task, OWN_PRIORITY + 10);
    one_task();
    task_prepare(&loop);
    task_build(&loop, OWN_PRIORITY);
    endless(&loop);
    task_end(&loop);
    task_end(&task);
}
