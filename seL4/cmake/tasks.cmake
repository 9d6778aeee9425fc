# Programs that run beside the rootserver on seL4, each in an address space of its own. Included behind rootserver.cmake.

# coh_task(<name> <source>…): <name>.elf from those sources and what every task has, and <name>.bin, its flat image
# (task/task.h), which target <name>_bin makes. A linker script <name>/<name>.ld takes the place of task.ld.
function(coh_task name)
  set(script ${TASK}/task.ld)
  if(EXISTS ${CMAKE_SOURCE_DIR}/${name}/${name}.ld)
    set(script ${CMAKE_SOURCE_DIR}/${name}/${name}.ld)
  endif()
  add_executable(${name}.elf ${TASK}/start.S ${TASK}/stop.c ${TASK}/place.c ${TASK}/mem.c ${ARGN})
  target_include_directories(${name}.elf PRIVATE ${CMAKE_SOURCE_DIR}/task/libc ${CORE_INCLUDES})
  string(TOUPPER ${name} upper)
  target_compile_definitions(${name}.elf PRIVATE TASK_DATA=VADDR_${upper}_DATA)
  target_compile_options(${name}.elf PRIVATE ${ROOTSERVER_FLAGS})
  target_link_libraries(${name}.elf PRIVATE sel4_abi gcc)
  target_link_options(${name}.elf PRIVATE -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none
    -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,-T,${script} -Wl,-Map,${name}.map)
  set_target_properties(${name}.elf PROPERTIES LINK_DEPENDS ${script})
  add_custom_command(OUTPUT ${name}.bin DEPENDS ${name}.elf VERBATIM
    COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:${name}.elf> ${name}.bin)
  add_custom_target(${name}_bin ALL DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${name}.bin)
endfunction()

set(TASK ${CMAKE_SOURCE_DIR}/task)
set(NICD ${CMAKE_SOURCE_DIR}/nicd)
coh_task(nicd ${NICD}/main.c ${NICD}/nic.c ${NICD}/dma.c ${NICD}/regs.c)

set(NETD ${CMAKE_SOURCE_DIR}/netd)
coh_task(netd ${NETD}/main.c ${NETD}/net.c ${NETD}/conn.c ${NETD}/lease.c ${NETD}/dhcp.c ${NETD}/dhcp_message.c ${NETD}/udp.c ${RT}/base/hash.c $<TARGET_OBJECTS:lwip> $<TARGET_OBJECTS:sodium_board>)
target_include_directories(netd.elf PRIVATE ${NETD}/lwip)
target_include_directories(netd.elf SYSTEM PRIVATE ${LWIP}/include ${SODIUM_DIR}/src/libsodium/include)
if(COH_NETD_HOOK)
  target_sources(netd.elf PRIVATE ${NETD}/hook.c)
  target_compile_definitions(netd.elf PRIVATE COH_NETD_HOOK)
endif()

set(SEATD ${CMAKE_SOURCE_DIR}/seatd)
coh_task(seatd ${SEATD}/main.c ${SEATD}/keyboard.c ${SEATD}/display.c ${SEATD}/regs.c ${SEATD}/keys.c ${SEATD}/feed.c ${SEATD}/grid.c
  ${SEATD}/screen.c ${SEATD}/glyphs.c)

coh_task(worker ${CMAKE_SOURCE_DIR}/worker/main.c)

# The rootserver holds them all.
set_source_files_properties(${PLAT}/images.S PROPERTIES OBJECT_DEPENDS "${CMAKE_CURRENT_BINARY_DIR}/nicd.bin;${CMAKE_CURRENT_BINARY_DIR}/netd.bin;${CMAKE_CURRENT_BINARY_DIR}/seatd.bin;${CMAKE_CURRENT_BINARY_DIR}/worker.bin"
  COMPILE_OPTIONS "-Wa,-I,${CMAKE_CURRENT_BINARY_DIR}")
