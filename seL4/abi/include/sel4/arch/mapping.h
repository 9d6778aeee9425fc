/* Which table a failed map call missed. Its own header, as in libsel4: sel4.h does not include it. */
#pragma once

#include <sel4/ipc.h>

/* After seL4_FailedLookup: the address bits that the missing table's parent entry would cover. */
#define SEL4_MAPPING_LOOKUP_LEVEL 2
#define SEL4_MAPPING_LOOKUP_NO_PT 21
#define SEL4_MAPPING_LOOKUP_NO_PD 30
#define SEL4_MAPPING_LOOKUP_NO_PUD 39

static inline seL4_Word seL4_MappingFailedLookupLevel(void) { return seL4_GetMR(SEL4_MAPPING_LOOKUP_LEVEL); }
