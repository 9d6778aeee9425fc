# The authority's core: everything that is the same on every platform, as an object library.
set(RT ${CMAKE_SOURCE_DIR}/root-task)
file(GLOB CORE_SOURCES CONFIGURE_DEPENDS
  ${RT}/base/*.c ${RT}/wire/*.c ${RT}/auth/*.c ${RT}/ns/*.c ${RT}/hive/*.c ${RT}/serve/*.c ${RT}/pump/*.c)
set(CORE_INCLUDES ${COH_GENERATED_ROOT} ${RT})

# Only what base/hash.c binds; third-party code is not held to our warnings. base/hash.c gives it sodium_memzero.
add_library(sodium OBJECT ${SODIUM_DIR}/src/libsodium/crypto_hash/sha256/cp/hash_sha256_cp.c)
target_include_directories(sodium PRIVATE ${SODIUM_DIR}/src/libsodium/include/sodium)
target_compile_options(sodium PRIVATE -w)
