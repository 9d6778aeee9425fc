# hive-sim: the seeded simulation, optimised, with assertions on. It is test code and may look into the hive.
file(GLOB SIM_SOURCES CONFIGURE_DEPENDS ${RT}/sim/*.c)
add_executable(hive-sim ${SIM_SOURCES})
target_include_directories(hive-sim PRIVATE ${RT}/tests)
target_link_libraries(hive-sim PRIVATE core)
# sim/record.c stands between the hive's face and whoever calls it, the pump too.
foreach(call accept input output wants_close closed lost fault cuts tick worker_change worker_beat worker_lost)
  target_link_options(hive-sim PRIVATE -Wl,--wrap=hive_${call})
endforeach()
