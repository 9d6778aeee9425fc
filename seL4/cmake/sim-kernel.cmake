# sim-kernel.elf, and sim-probe.elf: the first task that compares it with seL4 (scripts/ci/probe.sh).
set(SIM ${CMAKE_SOURCE_DIR}/sim-kernel)
set(SIM_FLAGS -ffreestanding -fno-pic -fno-builtin -fno-stack-protector -fno-asynchronous-unwind-tables
  -mgeneral-regs-only -mstrict-align -fno-tree-loop-distribute-patterns -O2)
set(SIM_LINK -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,norelro -Wl,-z,max-page-size=4096
  -Wl,--no-warn-rwx-segments)

add_executable(sim-kernel.elf ${SIM}/trap.S ${SIM}/main.c ${SIM}/boot.c ${SIM}/cap.c ${SIM}/cnode.c ${SIM}/console.c
  ${SIM}/inject.c ${SIM}/ipc.c ${SIM}/irq.c ${SIM}/tcb.c ${SIM}/untyped.c ${SIM}/vspace.c)
# Always our own headers: the simulation kernel speaks the ABI of seL4 16.0.0, whatever a rootserver is built for.
target_include_directories(sim-kernel.elf PRIVATE ${CMAKE_SOURCE_DIR}/abi/include)
target_compile_options(sim-kernel.elf PRIVATE ${SIM_FLAGS})
target_link_options(sim-kernel.elf PRIVATE ${SIM_LINK} -Wl,-T,${SIM}/kernel.ld)
set_target_properties(sim-kernel.elf PROPERTIES LINK_DEPENDS ${SIM}/kernel.ld)

add_executable(sim-probe.elf ${SIM}/probe/start.S ${SIM}/probe/main.c ${SIM}/probe/objects.c ${SIM}/probe/memory.c
  ${SIM}/probe/events.c ${SIM}/probe/programs.S ${SIM}/probe/tasks.c
  ${SIM}/probe/spaces.c)
target_include_directories(sim-probe.elf PRIVATE ${CMAKE_SOURCE_DIR}/abi/include)
# The image tool wants a rootserver to hold the sum of its manifest: the probe has a fixed one.
file(SHA256 ${SIM}/probe/manifest.json PROBE_MANIFEST_SHA256)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${SIM}/probe/manifest.json)
target_compile_definitions(sim-probe.elf PRIVATE PROBE_MANIFEST_SHA256="${PROBE_MANIFEST_SHA256}")
target_compile_options(sim-probe.elf PRIVATE ${SIM_FLAGS} -ftls-model=local-exec)
target_link_options(sim-probe.elf PRIVATE ${SIM_LINK} -Wl,-T,${SIM}/probe/probe.ld)
set_target_properties(sim-probe.elf PROPERTIES LINK_DEPENDS ${SIM}/probe/probe.ld)
