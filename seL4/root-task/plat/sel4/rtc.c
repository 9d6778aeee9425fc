/* ARM PrimeCell RTC PL031 (ARM DDI 0224) at 0x0901 0000 on QEMU's virt board: one register, the seconds. */
#include "plat/sel4/rtc.h"

#include "plat/sel4/mmio.h"
#include "plat/sel4/vspace.h"

#define RTC_PADDR 0x09010000u
#define RTC_DR 0x00u

void rtc_init(void)
{
    struct cap_name name = cap_name("rtc.frame");
    vspace_map(caps_device(RTC_PADDR, seL4_PageBits, name), LAYOUT_RTC, VSPACE_DEVICE, name);
}

uint32_t rtc_seconds(void) { return mmio_read(LAYOUT_RTC, RTC_DR); }
