# Tests and fuzz targets of plat/sel4 that need no board: the network side with lwIP, the allocator against a model of the
# kernel's bookkeeping, memory functions, checksums. Included by checks.cmake.
set(PLAT ${RT}/plat/sel4)
include(cmake/lwip.cmake)
add_library(lwip_hosted OBJECT ${LWIP_SOURCES} ${PLAT}/net.c ${PLAT}/conn.c ${PLAT}/checksum.c ${PLAT}/isn.c)
target_include_directories(lwip_hosted PUBLIC ${PLAT}/lwip ${CORE_INCLUDES})
target_include_directories(lwip_hosted SYSTEM PUBLIC ${LWIP}/include)
set_source_files_properties(${LWIP_SOURCES} PROPERTIES COMPILE_OPTIONS -w)

if(COH_FUZZ)
  coh_fuzz(net ${RT}/fuzz/sel4/fuzz_net.c $<TARGET_OBJECTS:lwip_hosted>)
  target_include_directories(fuzz_net PRIVATE ${PLAT}/lwip)
  target_include_directories(fuzz_net SYSTEM PRIVATE ${LWIP}/include)
  return()
endif()
coh_test(sel4_net ${RT}/tests/sel4/test_sel4_net.c $<TARGET_OBJECTS:lwip_hosted>)
target_include_directories(test_sel4_net PRIVATE ${PLAT}/lwip ${RT}/tests/sel4)
target_include_directories(test_sel4_net SYSTEM PRIVATE ${LWIP}/include)
