/* How a program learns that it runs on the project's simulation kernel: the boot info then carries an extra
 * chunk with this id (seL4's own ids are small numbers). Absent on seL4. /proc/boot shows it as `kernel=sim`.
 */
#pragma once

#include <sel4/sel4.h>

#define COH_SIM_BOOTINFO_ID 0x636f6873696dul /* "cohsim" */

/* The chunk: header {COH_SIM_BOOTINFO_ID, sizeof(struct coh_sim_chunk)}, then the parameters in force. */
struct coh_sim_chunk {
    seL4_BootInfoHeader header;
    seL4_Word version; /* 1 */
    seL4_Word seed;    /* 0: no faults are injected */
    seL4_Word flags;   /* sum of COH_SIM_FAULT_* */
};

/* Which faults the kernel injects; meaning and parameters: seL4/sim-kernel/README.md. */
#define COH_SIM_FAULT_RETYPE 0x1u
#define COH_SIM_FAULT_MAP 0x2u
#define COH_SIM_FAULT_IRQ_LOST 0x4u
#define COH_SIM_FAULT_IRQ_LATE 0x8u
