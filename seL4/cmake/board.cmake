# Board: rootserver.elf (root task on seL4), loader.elf, sim-kernel.elf.
