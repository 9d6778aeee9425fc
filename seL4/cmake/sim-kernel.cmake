# sim-kernel.elf and its probe.
