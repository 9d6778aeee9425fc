/* The programs of the tasks, flat (task/task.h): made before the rootserver is. */
#include "generated/caps.h"

    .section .rodata.images, "a"
    .macro image name, file
    .balign 4096
    .global \name
\name:
    .incbin "\file"
    .endm
    image coh_nicd_image, "nicd.bin"
    image coh_netd_image, "netd.bin"
#if COH_TASKS_SEAT
    image coh_seatd_image, "seatd.bin"
#endif
    image coh_worker_image, "worker.bin"
