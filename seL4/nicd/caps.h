/* nicd's capabilities: slots of its CSpace, which has 8, and badge bits of its notification and of those it signals. */
#pragma once

#define NICD_CSPACE_BITS 3u
#define NICD_CAP_WAIT 1u      /* its own notification, to wait on */
#define NICD_CAP_IRQ 2u       /* the NIC's interrupt, to acknowledge */
#define NICD_CAP_NETD 3u      /* netd's notification, to signal */
#define NICD_CAP_AUTHORITY 4u /* the authority's notification, to signal */
#define NICD_CAP_VSPACE 5u    /* its own address space, for cache maintenance; empty without cache.kernel_ops */

#define NICD_BADGE_IRQ 1u   /* the device has something */
#define NICD_BADGE_NETD 2u  /* packets were given or taken */
#define NICD_BADGE_RESET 4u /* from the authority: device and rings start anew */
