/* The generic timer from user level. seL4 at EL1 keeps the virtual timer for its own tick, at EL2 the
 * hypervisor timer; so the physical timer (CNTP, PPI 14 = interrupt 30) is ours where the kernel exports it
 * (KernelArmExportPTMRUser), and the virtual one (PPI 11 = 27) is the second choice: asking for its interrupt
 * says whether the kernel has it. Which registers may be read is known from the kernel's headers: a wrong
 * guess would be a fault. */
#include "plat/sel4/timer.h"

#include "plat/sel4/irq.h"
#include "plat/sel4/rtc.h"

#define IRQ_CNTP 30u
#define IRQ_CNTV 27u

#define CTL_ENABLE 1u
#define CTL_MASKED 2u

#if defined(CONFIG_EXPORT_VCNT_USER) || defined(CONFIG_EXPORT_PCNT_USER)
#define HAVE_COUNTER 1
#endif

static enum timer_kind kind;
static bool physical; /* the timer is CNTP, else CNTV */

#ifdef HAVE_COUNTER
static uint64_t start_ticks;
static uint64_t frequency;

static uint64_t counter(void)
{
    uint64_t v;
    /* isb: the read is not moved before what came earlier. */
#ifdef CONFIG_EXPORT_VCNT_USER
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(v) : : "memory");
#else
    __asm__ volatile("isb; mrs %0, cntpct_el0" : "=r"(v) : : "memory");
#endif
    return v;
}

static bool take_timer(void)
{
#ifdef CONFIG_EXPORT_PTMR_USER
    physical = irq_try(IRQ_CNTP, IRQ_TIMER, cap_name("timer.irq"));
#endif
#ifdef CONFIG_EXPORT_VTMR_USER
    return physical || irq_try(IRQ_CNTV, IRQ_TIMER, cap_name("timer.irq"));
#else
    return physical;
#endif
}

static void write_control(uint64_t v)
{
    if (physical)
        __asm__ volatile("msr cntp_ctl_el0, %0; isb" : : "r"(v) : "memory");
    else
        __asm__ volatile("msr cntv_ctl_el0, %0; isb" : : "r"(v) : "memory");
}

/* Relative, so that it serves whichever counter we may read. */
static void write_countdown(uint64_t ticks)
{
    if (physical)
        __asm__ volatile("msr cntp_tval_el0, %0; isb" : : "r"(ticks) : "memory");
    else
        __asm__ volatile("msr cntv_tval_el0, %0; isb" : : "r"(ticks) : "memory");
}

enum timer_kind timer_init(void)
{
    uint64_t f;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(f));
    if (f < 1000000 || f > 10000000000u)
        halt_value(cap_name("timer"), "CNTFRQ_EL0 is not set by firmware; it reads", f);
    frequency = f;
    start_ticks = counter();
    kind = take_timer() ? TIMER_COUNTER : TIMER_COUNTER_POLLING;
    if (kind == TIMER_COUNTER)
        write_control(CTL_MASKED);
    return kind;
}

uint64_t timer_ticks(void) { return counter(); }

uint64_t timer_now_ms(void)
{
    uint64_t ticks = counter() - start_ticks;
    /* Whole seconds first: ticks × 1000 would overflow after some years. */
    return ticks / frequency * 1000 + ticks % frequency * 1000 / frequency;
}

void timer_arm(uint64_t deadline_ms)
{
    if (kind != TIMER_COUNTER)
        return;
    if (deadline_ms == UINT64_MAX) {
        write_control(CTL_MASKED);
        return;
    }
    /* tval is a signed 32-bit number: wake after 30 s at the latest, which is early, never late. */
    uint64_t now = timer_now_ms();
    uint64_t wait = deadline_ms > now ? deadline_ms - now : 0;
    uint64_t ticks = (wait < 30000 ? wait : 30000) * frequency / 1000 + 1;
    write_countdown(ticks < INT32_MAX ? ticks : INT32_MAX);
    write_control(CTL_ENABLE);
}
#else

/* No counter: the RTC's seconds are true, the milliseconds between are guessed from how many calls the last
 * second saw. */
static uint32_t first_second, last_second;
static uint64_t calls, calls_a_second = 1000000, last_ms;

enum timer_kind timer_init(void)
{
    first_second = last_second = rtc_seconds();
    kind = TIMER_POLLING;
    return kind;
}

uint64_t timer_ticks(void) { return calls; }

uint64_t timer_now_ms(void)
{
    uint32_t s = rtc_seconds();
    calls++;
    if (s != last_second) {
        calls_a_second = calls;
        calls = 0;
        last_second = s;
    }
    uint64_t part = calls * 1000 / calls_a_second;
    uint64_t ms = (uint64_t)(last_second - first_second) * 1000 + (part < 999 ? part : 999);
    if (ms > last_ms)
        last_ms = ms;
    return last_ms;
}

void timer_arm(uint64_t deadline_ms) {}
#endif

const char *timer_name(enum timer_kind k) { return k == TIMER_POLLING ? "polling" : "counter"; }
