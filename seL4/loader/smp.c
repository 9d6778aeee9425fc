/* The other cores: a kernel that was built for n cores waits until n have entered, so each is started, and
 * counted. */
#include "loader.h"

#define PSCI_CPU_ON 0xc4000003u
#define MPIDR_AFFINITY 0xff00ffffffull
#define START_TIMEOUT_MS 1000u

static volatile uint32_t arrived[MAX_CORES];
/* The logical number of the core that is released; read with caches off. */
uint64_t spin_logical;

void secondary_main(uint64_t logical);

void secondary_main(uint64_t logical)
{
    mmu_check(&boot_regs);
    arrived[logical] = 1;
    cpu_enter(&boot_handover, logical);
}

static uint64_t counter(void)
{
    uint64_t v;
    __asm__ volatile("isb; mrs %0, cntpct_el0" : "=r"(v)::"memory");
    return v;
}

static void write_through(uint64_t *to, uint64_t v)
{
    *to = v;
    cache_clean((uint64_t)(uintptr_t)to, (uint64_t)(uintptr_t)(to + 1));
}

/* The core sleeps in firmware's loop until its word is not zero. */
static void release(uint64_t logical, uint64_t at)
{
    write_through(&spin_logical, logical);
    write_through((uint64_t *)(uintptr_t)at, (uint64_t)(uintptr_t)spin_entry);
    __asm__ volatile("sev" ::: "memory");
}

static void call_up(uint64_t logical, uint64_t mpidr, bool by_smc)
{
    int64_t answer = cpu_psci(PSCI_CPU_ON, mpidr, (uint64_t)(uintptr_t)secondary_entry, logical, by_smc);
    if (answer) {
        say("loader: PSCI CPU_ON answers -");
        say_dec((uint64_t)-answer);
        say(by_smc ? " (by SMC)\n" : " (by HVC)\n");
        halt_at("core with MPIDR", mpidr, " can't be started; the kernel would wait for it for ever");
    }
}

static void start_one(uint64_t logical, const struct core *core, bool by_smc)
{
    uint64_t hertz;
    __asm__("mrs %0, cntfrq_el0" : "=r"(hertz));
    if (core->release)
        release(logical, core->release);
    else
        call_up(logical, core->mpidr, by_smc);
    uint64_t from = counter();
    while (!arrived[logical])
        if (counter() - from > hertz / 1000 * START_TIMEOUT_MS)
            halt_at("core with MPIDR", core->mpidr, " was started and did not arrive within a second");
}

void smp_start(const struct payload_table *t, const uint8_t *dtb, size_t dtb_bytes, bool by_smc)
{
    struct core cores[MAX_CORES] = {{0, 0}};
    uint64_t self;
    unsigned n = fdt_cpus(dtb, dtb_bytes, cores, MAX_CORES);
    if (n < t->cores) {
        say("loader: halted: the kernel was built for ");
        say_dec(t->cores);
        say(" cores, the machine has ");
        say_dec(n);
        say(": start it with as many (QEMU: -smp), or build the kernel with KernelMaxNumNodes of that "
            "number\n");
        asleep();
    }
    __asm__("mrs %0, mpidr_el1" : "=r"(self));
    self &= MPIDR_AFFINITY;
    uint64_t logical = 1;
    for (unsigned i = 0; i < n && i < MAX_CORES && logical < t->cores; i++)
        if (cores[i].mpidr != self)
            start_one(logical++, &cores[i], by_smc);
    if (logical < t->cores)
        halt_at("core with MPIDR", self, " is not among the device tree's first four");
}
