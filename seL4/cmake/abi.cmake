# Target sel4_abi: the headers of the kernel that a rootserver is for. SEL4_BUILD_DIR (variable or environment) names an
# installed seL4 build, whose libsel4 is then used; without it our own headers for 16.0.0 are.
if(NOT DEFINED SEL4_BUILD_DIR AND DEFINED ENV{SEL4_BUILD_DIR})
  set(SEL4_BUILD_DIR "$ENV{SEL4_BUILD_DIR}")
endif()
add_library(sel4_abi INTERFACE)
if(SEL4_BUILD_DIR)
  if(NOT EXISTS "${SEL4_BUILD_DIR}/libsel4/include/sel4/sel4.h")
    message(FATAL_ERROR "SEL4_BUILD_DIR=${SEL4_BUILD_DIR} holds no libsel4/include/sel4/sel4.h: give the folder of an installed seL4 build")
  endif()
  # The build's headers come first; ours then only add coh_sim.h.
  target_include_directories(sel4_abi SYSTEM INTERFACE ${SEL4_BUILD_DIR}/libsel4/include)
  target_include_directories(sel4_abi SYSTEM INTERFACE ${CMAKE_SOURCE_DIR}/abi/include)
else()
  target_include_directories(sel4_abi INTERFACE ${CMAKE_SOURCE_DIR}/abi/include)
endif()
