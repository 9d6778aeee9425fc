/* The kernel configuration that these headers describe, with the names of upstream's generated configuration:
 * QEMU virt, Cortex-A57, EL1, one core, non-MCS, counters and the physical timer exported to user level. A build
 * against a real kernel uses that kernel's. */
#pragma once

#define CONFIG_ARCH_ARM 1
#define CONFIG_ARCH_AARCH64 1
#define CONFIG_WORD_SIZE 64
#define CONFIG_ARM_PA_SIZE_BITS_44 1
#define CONFIG_PLAT_QEMU_ARM_VIRT 1
#define CONFIG_HAVE_FPU 1
#define CONFIG_MAX_NUM_NODES 1
#define CONFIG_NUM_DOMAINS 1
#define CONFIG_NUM_PRIORITIES 256
#define CONFIG_ROOT_CNODE_SIZE_BITS 12
#define CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS 230
#define CONFIG_RETYPE_FAN_OUT_LIMIT 256
#define CONFIG_EXPORT_PCNT_USER 1
#define CONFIG_EXPORT_VCNT_USER 1
#define CONFIG_EXPORT_PTMR_USER 1
