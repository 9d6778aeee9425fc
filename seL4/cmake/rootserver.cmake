# rootserver.elf: the core with plat/sel4 and lwIP, freestanding, for the kernel that SEL4_BUILD_DIR names (abi.cmake).
set(PLAT ${RT}/plat/sel4)
include(cmake/lwip.cmake)

# The kernel's version: what the build says, else the version that our headers describe.
set(COH_SEL4_VERSION 16.0.0)
if(SEL4_BUILD_DIR)
  set(COH_SEL4_VERSION 0.0.0)
  if(EXISTS "${SEL4_BUILD_DIR}/VERSION")
    file(STRINGS "${SEL4_BUILD_DIR}/VERSION" COH_SEL4_VERSION LIMIT_COUNT 1)
    string(STRIP "${COH_SEL4_VERSION}" COH_SEL4_VERSION)
  else()
    message(WARNING "no ${SEL4_BUILD_DIR}/VERSION: the hive will say kernel.version=0.0.0; copy the VERSION of the kernel's "
      "sources there, which ninja install leaves out")
  endif()
endif()
if(NOT COH_SEL4_VERSION MATCHES "^([0-9]+)\\.([0-9]+)\\.([0-9]+)")
  message(FATAL_ERROR "${SEL4_BUILD_DIR}/VERSION says \"${COH_SEL4_VERSION}\": want <major>.<minor>.<patch>")
endif()
set(SEL4_VERSION_DEFINITIONS COH_SEL4_VERSION="${COH_SEL4_VERSION}" COH_SEL4_MAJOR=${CMAKE_MATCH_1}
  COH_SEL4_MINOR=${CMAKE_MATCH_2} COH_SEL4_PATCH=${CMAKE_MATCH_3})

# No vector registers (a thread switch then has none to save), nothing position-independent, no C library.
set(ROOTSERVER_FLAGS -ffreestanding -fno-pic -fno-pie -mcmodel=small -mgeneral-regs-only -mno-outline-atomics
  -ftls-model=local-exec -fno-stack-protector -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -Os)

add_library(lwip OBJECT ${LWIP_SOURCES})
target_include_directories(lwip PRIVATE ${CMAKE_SOURCE_DIR}/task/libc ${CMAKE_SOURCE_DIR}/netd/lwip ${LWIP}/include ${CORE_INCLUDES})
target_compile_options(lwip PRIVATE ${ROOTSERVER_FLAGS} -w)

add_library(sodium_board OBJECT ${SODIUM_SOURCES})
target_include_directories(sodium_board PRIVATE ${CMAKE_SOURCE_DIR}/task/libc ${SODIUM}/include/sodium)
target_compile_options(sodium_board PRIVATE ${ROOTSERVER_FLAGS} ${SODIUM_OPTIONS})

file(GLOB PLAT_SOURCES CONFIGURE_DEPENDS ${PLAT}/*.c)
file(GLOB BOARD_GENERATED CONFIGURE_DEPENDS ${COH_GENERATED_ROOT}/generated/*.c)
add_executable(rootserver.elf ${RT}/main_sel4.c ${CMAKE_SOURCE_DIR}/task/mem.c ${PLAT}/start.S ${PLAT}/images.S ${PLAT_SOURCES} ${CORE_SOURCES} ${BOARD_GENERATED}
  $<TARGET_OBJECTS:sodium_board>)
target_include_directories(rootserver.elf PRIVATE ${CMAKE_SOURCE_DIR}/task/libc ${CORE_INCLUDES})
target_include_directories(rootserver.elf SYSTEM PRIVATE ${SODIUM_DIR}/src/libsodium/include)
target_compile_definitions(rootserver.elf PRIVATE ${SEL4_VERSION_DEFINITIONS})
target_compile_options(rootserver.elf PRIVATE ${ROOTSERVER_FLAGS})
target_link_libraries(rootserver.elf PRIVATE sel4_abi gcc)
target_link_options(rootserver.elf PRIVATE -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none
  -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,-T,${PLAT}/rootserver.ld -Wl,-Map,rootserver.map)
set_target_properties(rootserver.elf PROPERTIES LINK_DEPENDS ${PLAT}/rootserver.ld)
# mem.c defines memcpy and its family: the compiler must not turn their loops into calls of themselves.
set_source_files_properties(${CMAKE_SOURCE_DIR}/task/mem.c PROPERTIES COMPILE_OPTIONS "-fno-builtin;-fno-tree-loop-distribute-patterns;-O2")
