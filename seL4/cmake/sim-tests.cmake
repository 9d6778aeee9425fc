# Hosted tests of the simulation kernel's parts that need no machine.
if(NOT COH_FUZZ)
  coh_test(sim_retype ${CMAKE_SOURCE_DIR}/sim-kernel/tests/test_retype.c)
  target_include_directories(test_sim_retype PRIVATE ${CMAKE_SOURCE_DIR}/sim-kernel ${CMAKE_SOURCE_DIR}/abi/include)
  coh_test(sim_cap ${CMAKE_SOURCE_DIR}/sim-kernel/tests/test_cap.c ${CMAKE_SOURCE_DIR}/sim-kernel/cap.c)
  target_include_directories(test_sim_cap PRIVATE ${CMAKE_SOURCE_DIR}/sim-kernel ${CMAKE_SOURCE_DIR}/abi/include)
  target_compile_definitions(test_sim_cap PRIVATE SIM_HOSTED)
endif()
