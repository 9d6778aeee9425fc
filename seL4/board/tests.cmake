# Tests of the board's drivers, with models of the devices in place of task/mmio.h.
if(COH_FUZZ)
  return()
endif()
foreach(name board_uart board_timer)
  coh_test(${name} ${CMAKE_SOURCE_DIR}/board/tests/test_${name}.c)
  target_include_directories(test_${name} BEFORE PRIVATE ${CMAKE_SOURCE_DIR}/board/tests/model)
endforeach()
