# POSIX: hive-hosted, unit tests, fuzzers.
enable_testing()
if(COH_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

# The core, and whatever tables coh-rtc generated for it. A main or a test adds coh_panic.
file(GLOB GENERATED_SOURCES CONFIGURE_DEPENDS ${COH_GENERATED_ROOT}/generated/*.c)
add_library(core STATIC ${CORE_SOURCES} ${RT}/tests/support/invariants.c ${RT}/tests/support/invariants_governance.c ${RT}/tests/support/invariants_serve.c ${GENERATED_SOURCES} $<TARGET_OBJECTS:sodium>)
target_include_directories(core PUBLIC ${CORE_INCLUDES})
target_include_directories(core SYSTEM PRIVATE ${SODIUM_DIR}/src/libsodium/include)

include(cmake/checks.cmake)
if(NOT COH_GOVERNED)
  include(cmake/sim-tests.cmake)
  include(loader/tests.cmake)
  include(board/tests.cmake)
endif()
if(NOT COH_FUZZ)
  include(cmake/sim.cmake)
endif()

# The authority as a POSIX process.
file(GLOB POSIX_SOURCES CONFIGURE_DEPENDS ${RT}/plat/posix/*.c)
add_executable(hive-hosted ${RT}/main_posix.c ${POSIX_SOURCES})
target_link_libraries(hive-hosted PRIVATE core)
