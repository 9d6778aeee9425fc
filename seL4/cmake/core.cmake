# The authority's core: everything that is the same on every platform, as an object library.
set(RT ${CMAKE_SOURCE_DIR}/root-task)
file(GLOB CORE_SOURCES CONFIGURE_DEPENDS
  ${RT}/base/*.c ${RT}/wire/*.c ${RT}/auth/*.c ${RT}/ns/*.c ${RT}/hive/*.c ${RT}/serve/*.c ${RT}/pump/*.c)
set(CORE_INCLUDES ${COH_GENERATED_ROOT} ${RT} ${CMAKE_SOURCE_DIR}) # the last for task/, which all programs of the board share

# Only what base/hash.c and base/ed25519.c bind, which give it the little that it calls besides: no signing, no key generation,
# no random numbers. Third-party code is not held to our warnings.
set(SODIUM ${SODIUM_DIR}/src/libsodium)
set(SODIUM_SOURCES ${SODIUM}/crypto_hash/sha256/cp/hash_sha256_cp.c ${SODIUM}/crypto_hash/sha512/cp/hash_sha512_cp.c
  ${SODIUM}/crypto_core/ed25519/ref10/ed25519_ref10.c ${SODIUM}/crypto_sign/ed25519/ref10/open.c)
set(SODIUM_OPTIONS -w -DHAVE_TI_MODE=1) # 64-bit machines: field elements of five words
add_library(sodium OBJECT EXCLUDE_FROM_ALL ${SODIUM_SOURCES})
target_include_directories(sodium PRIVATE ${SODIUM}/include/sodium)
target_compile_options(sodium PRIVATE ${SODIUM_OPTIONS})
