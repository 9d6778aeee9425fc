# Hosted tests of the simulation kernel's parts that need no machine.
if(NOT COH_FUZZ)
  coh_test(sim_retype ${CMAKE_SOURCE_DIR}/sim-kernel/tests/test_retype.c)
  target_include_directories(test_sim_retype PRIVATE ${CMAKE_SOURCE_DIR}/sim-kernel ${CMAKE_SOURCE_DIR}/abi/include)
endif()
