# Board: rootserver.elf (root task on seL4), its tasks, loader.elf, sim-kernel.elf.
include(cmake/abi.cmake)
include(cmake/sim-kernel.cmake)
include(loader/loader.cmake)
include(cmake/rootserver.cmake)
include(cmake/tasks.cmake)
