# loader.elf: one per board, which generated/board.h describes. Position-independent, no relocations, no vector registers but in
# sha256_ce.c; x18 is UEFI firmware's.
set(LOADER ${CMAKE_SOURCE_DIR}/loader)

set(LOADER_FLAGS -ffreestanding -fpie -mcmodel=small -mstrict-align -fno-stack-protector -fno-builtin -ffixed-x18
  -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -Os)
set(LOADER_SODIUM ${SODIUM_DIR}/src/libsodium)

function(coh_add_loader name)
  add_executable(${name}.elf ${LOADER}/start.S ${LOADER}/main.c ${LOADER}/mmu.c ${LOADER}/smp.c ${LOADER}/fdt.c
    ${LOADER}/given.c ${LOADER}/uart.c ${LOADER}/mem.c ${LOADER}/sha256.c ${LOADER}/sha256_ce.c ${LOADER}/efi_start.S
    ${LOADER}/efi.c ${LOADER}/efi_memory.c
    ${LOADER}/evidence.c ${CMAKE_SOURCE_DIR}/attest/measure.c ${CMAKE_SOURCE_DIR}/attest/tpm.c ${CMAKE_SOURCE_DIR}/attest/tis.c
    ${LOADER_SODIUM}/crypto_hash/sha256/cp/hash_sha256_cp.c)
  target_include_directories(${name}.elf PRIVATE ${LOADER} ${COH_GENERATED_ROOT} ${CMAKE_SOURCE_DIR})
  target_include_directories(${name}.elf SYSTEM PRIVATE ${LOADER}/libc ${LOADER_SODIUM}/include/sodium)
  target_compile_definitions(${name}.elf PRIVATE ${ARGN})
  target_compile_options(${name}.elf PRIVATE ${LOADER_FLAGS})
  target_link_options(${name}.elf PRIVATE -nostdlib -pie -Wl,--no-dynamic-linker -Wl,-z,norelro -Wl,--build-id=none
    -Wl,-T,${LOADER}/loader.ld -Wl,--no-warn-rwx-segments)
  set_target_properties(${name}.elf PROPERTIES LINK_DEPENDS ${LOADER}/loader.ld)
endfunction()

coh_add_loader(loader)
# The path for processors without SHA-2 instructions, which QEMU's processors all have: for scripts/ci/loader-negative.sh.
coh_add_loader(loader-plain-sha LOADER_PLAIN_SHA)
set_source_files_properties(${LOADER_SODIUM}/crypto_hash/sha256/cp/hash_sha256_cp.c PROPERTIES COMPILE_OPTIONS "-w;-mgeneral-regs-only;-O2")
set_source_files_properties(${LOADER}/sha256_ce.c PROPERTIES COMPILE_OPTIONS "-march=armv8-a+crypto;-O2")
foreach(source loader/main loader/mmu loader/smp loader/fdt loader/given loader/uart loader/mem loader/sha256 loader/efi loader/efi_memory
    loader/evidence attest/measure attest/tpm attest/tis)
  set_source_files_properties(${CMAKE_SOURCE_DIR}/${source}.c PROPERTIES COMPILE_OPTIONS "-mgeneral-regs-only")
endforeach()
set_source_files_properties(${LOADER}/mem.c PROPERTIES COMPILE_OPTIONS "-mgeneral-regs-only;-O2")
