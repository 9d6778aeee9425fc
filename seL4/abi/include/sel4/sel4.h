/* The part of the seL4 API that the root task uses: same names and meanings as libsel4 of seL4 16.0.0
 * (AArch64, EL1, non-MCS, one core), so that a build with upstream's libsel4 compiles the same sources. Only
 * this header is meant to be included; scripts/ci/abi-check.sh proves its constants and layouts equal to
 * upstream's. */
#pragma once

#include <sel4/config.h>
#include <sel4/types.h>

#include <sel4/ipc.h>

#include <sel4/bootinfo_types.h>
#include <sel4/faults.h>
#include <sel4/invocation.h>
#include <sel4/syscalls.h>

#include <sel4/client.h>
#include <sel4/client_arch.h>
#include <sel4/client_tcb.h>
