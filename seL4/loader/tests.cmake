# Hosted tests of the loader's parts that need no machine.
if(NOT COH_FUZZ)
  coh_test(loader_fdt ${CMAKE_SOURCE_DIR}/loader/tests/test_fdt.c ${CMAKE_SOURCE_DIR}/loader/fdt.c)
  target_include_directories(test_loader_fdt PRIVATE ${CMAKE_SOURCE_DIR}/loader)
  coh_test(loader_given ${CMAKE_SOURCE_DIR}/loader/tests/test_given.c ${CMAKE_SOURCE_DIR}/loader/given.c)
  target_include_directories(test_loader_given PRIVATE ${CMAKE_SOURCE_DIR}/loader)
endif()
