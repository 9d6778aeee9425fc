/* The generic timer from user level. seL4 keeps the virtual timer, for its own tick at EL1 and for virtual machines at
 * EL2; so the physical timer (CNTP, PPI 14 = interrupt 30) is ours where the kernel exports it (KernelArmExportPTMRUser).
 * Which registers may be read is known from the kernel's headers: a wrong guess would be a fault.
 *
 * Where the kernel exports no counter, the board's own timer serves (board/systimer.h), if it has one; else time is polled.
 *
 * The real-time clock is an ARM PrimeCell PL031 (ARM DDI 0224). Its alarm backs the timer: kernels that export the timer's
 * registers do so to every task of its core, and who writes them could have the authority sleep for ever. */
#include "plat/sel4/timer.h"

#include "board/systimer.h"
#include "generated/board.h"
#include "plat/sel4/irq.h"
#include "plat/sel4/vspace.h"
#include "task/caps.h"
#include "task/clock.h"

#define RTC_DR 0x00u
#define RTC_MR 0x04u   /* the second at which it interrupts */
#define RTC_IMSC 0x10u /* bit 0: it may */
#define RTC_ICR 0x1cu  /* bit 0: it has been heard */

#define IRQ_CNTP 30u
#define CTL_ENABLE 1u
#define CTL_MASKED 2u

/* The longest wait that a timer is set to; what is later is early, never late. */
#define ARM_MAX_MS 30000u

void timer_alarm(void)
{
    uint32_t at;
    do { /* once more where that second went by between reading and writing */
        at = mmio_read(LAYOUT_RTC, RTC_DR) + 1;
        mmio_write(LAYOUT_RTC, RTC_ICR, 1);
        mmio_write(LAYOUT_RTC, RTC_MR, at);
    } while ((int32_t)(mmio_read(LAYOUT_RTC, RTC_DR) - at) > 0);
}

#if COH_BOARD_RTC_PADDR
static void take_rtc(void) { vspace_device(COH_BOARD_RTC_PADDR, LAYOUT_RTC, cap_name("rtc.frame")); }
uint32_t rtc_seconds(void) { return mmio_read(LAYOUT_RTC, RTC_DR); }
#else
static void take_rtc(void) {}
uint32_t rtc_seconds(void) { return 0; }
#endif

#if CLOCK_COUNTER
const char *const timer_name = "counter";
uint64_t timer_start_ticks, timer_frequency;

uint64_t timer_ticks(void) { return clock_ticks(); }

uint64_t timer_now_ms(void) { return clock_ms(clock_ticks() - timer_start_ticks, timer_frequency); }

#ifdef CONFIG_EXPORT_PTMR_USER
const char *timer_polling = NULL;

static void take_timer(void)
{
    irq_take_own(IRQ_CNTP, BADGE_AUTHORITY_TIMER, cap_name("timer.irq"));
    timer_arm(UINT64_MAX);
#if COH_BOARD_RTC_IRQ
    timer_alarm();
    mmio_write(LAYOUT_RTC, RTC_IMSC, 1);
    irq_take_own(COH_BOARD_RTC_IRQ, BADGE_AUTHORITY_ALARM, cap_name("rtc.irq"));
#endif
}

void timer_arm(uint64_t deadline_ms)
{
    static uint64_t armed = UINT64_MAX;
    uint64_t control = CTL_MASKED;
    if (deadline_ms >= armed && deadline_ms != UINT64_MAX)
        return; /* setting it costs more than a turn without work */
    armed = deadline_ms;
    if (deadline_ms != UINT64_MAX) {
        /* Relative, so that it serves whichever counter we may read; a signed 32-bit number: it wakes after 30 s at the
         * latest, which is early, never late. */
        uint64_t now = timer_now_ms();
        uint64_t wait = deadline_ms > now ? deadline_ms - now : 0;
        uint64_t ticks = (wait < ARM_MAX_MS ? wait : ARM_MAX_MS) * timer_frequency / 1000 + 1;
        __asm__ volatile("msr cntp_tval_el0, %0" : : "r"(ticks < INT32_MAX ? ticks : INT32_MAX) : "memory");
        control = CTL_ENABLE;
    }
    __asm__ volatile("isb; msr cntp_ctl_el0, %0; isb" : : "r"(control) : "memory");
}
#else
const char *timer_polling = "timer: polling: the kernel exports no timer interrupt";
static void take_timer(void) {}
void timer_arm(uint64_t deadline_ms) {}
#endif

void timer_init(void)
{
    timer_frequency = clock_frequency();
    if (timer_frequency < 1000000 || timer_frequency > 10000000000u)
        halt(cap_name("timer"), "CNTFRQ_EL0 is not set by firmware; it reads ", piece_hex(timer_frequency));
    timer_start_ticks = timer_ticks();
    take_rtc();
    take_timer();
}
#elif COH_BOARD_SYSTIMER_PADDR
const char *const timer_name = "system-timer";
const char *timer_polling;
uint64_t timer_start_ticks, timer_frequency = SYSTIMER_HZ;
/* The first interrupt comes within that time, or none does. */
#define PROOF_MS 100u

uint64_t timer_ticks(void) { return systimer_now(LAYOUT_TIMER); }

uint64_t timer_now_ms(void) { return (timer_ticks() - timer_start_ticks) / (SYSTIMER_HZ / 1000); }

void timer_arm(uint64_t deadline_ms)
{
    static uint64_t armed = UINT64_MAX;
    if (deadline_ms >= armed && deadline_ms != UINT64_MAX)
        return;
    armed = deadline_ms;
    if (deadline_ms == UINT64_MAX) {
        systimer_clear(LAYOUT_TIMER, COH_BOARD_SYSTIMER_CHANNEL);
        return;
    }
    uint64_t now = timer_now_ms(), wait = deadline_ms > now ? deadline_ms - now : 0;
    wait = wait < ARM_MAX_MS ? wait : ARM_MAX_MS;
    systimer_arm(LAYOUT_TIMER, COH_BOARD_SYSTIMER_CHANNEL, (uint32_t)wait * (SYSTIMER_HZ / 1000));
}

/* Whoever slept without it would never wake: a machine that lacks the wire (QEMU's raspi4b does) is found out here. */
static bool interrupts(void)
{
    struct irq_event e = {0};
    timer_arm(1);
    while (timer_now_ms() < PROOF_MS && e.badges == 0)
        irq_next(false, &e);
    irq_ack(BADGE_AUTHORITY_TIMER);
    return e.badges != 0;
}

void timer_init(void)
{
    take_rtc();
    vspace_device(COH_BOARD_SYSTIMER_PADDR, LAYOUT_TIMER, cap_name("timer.frame"));
    timer_start_ticks = timer_ticks();
    timer_arm(UINT64_MAX);
    irq_take_own(COH_BOARD_SYSTIMER_IRQ, BADGE_AUTHORITY_TIMER, cap_name("timer.irq"));
    if (!interrupts())
        timer_polling = "timer: polling: the system timer's interrupt does not come";
}
#else
_Static_assert(COH_BOARD_RTC_PADDR, "this kernel exports no counter and hw.rtc is \"none\": there is no clock at all");

/* No counter: the clock's seconds are true, the milliseconds between are guessed from how many calls the last
 * second saw. */
const char *const timer_name = "polling";
const char *timer_polling = "timer: polling: the kernel exports no counter";
uint64_t timer_start_ticks, timer_frequency;
static uint32_t first_second, last_second;
static uint64_t calls, calls_a_second = 1000000;

void timer_init(void)
{
    take_rtc();
    first_second = last_second = rtc_seconds();
}

uint64_t timer_ticks(void) { return calls; }

uint64_t timer_now_ms(void)
{
    uint32_t s = rtc_seconds();
    calls++;
    if (s > last_second) { /* it may be set back: then time stands still, but for parts of a second */
        calls_a_second = calls;
        calls = 0;
        last_second = s;
    }
    uint64_t part = calls * 1000 / calls_a_second;
    return (uint64_t)(last_second - first_second) * 1000 + (part < 999 ? part : 999);
}

void timer_arm(uint64_t deadline_ms) {}
#endif
