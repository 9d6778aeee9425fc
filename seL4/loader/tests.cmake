# Hosted tests of the loader's parts that need no machine.
if(NOT COH_FUZZ)
  coh_test(loader_fdt ${CMAKE_SOURCE_DIR}/loader/tests/test_fdt.c ${CMAKE_SOURCE_DIR}/loader/fdt.c)
  coh_test(loader_efi ${CMAKE_SOURCE_DIR}/loader/tests/test_efi.c ${CMAKE_SOURCE_DIR}/loader/efi_memory.c)
  target_include_directories(test_loader_fdt PRIVATE ${CMAKE_SOURCE_DIR}/loader)
  target_include_directories(test_loader_efi PRIVATE ${CMAKE_SOURCE_DIR}/loader)
  coh_test(loader_given ${CMAKE_SOURCE_DIR}/loader/tests/test_given.c ${CMAKE_SOURCE_DIR}/loader/given.c)
  target_include_directories(test_loader_given PRIVATE ${CMAKE_SOURCE_DIR}/loader)
endif()
