# hive-sim: the seeded simulation, optimised, with assertions on. It is test code and may look into the hive.
file(GLOB SIM_SOURCES CONFIGURE_DEPENDS ${RT}/sim/*.c)
add_executable(hive-sim ${SIM_SOURCES})
target_include_directories(hive-sim PRIVATE ${RT}/tests)
target_link_libraries(hive-sim PRIVATE core)
