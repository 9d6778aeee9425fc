# Tests of what the development manifest does not choose. Included by checks.cmake.

# coh_variant(<name> TABLES <define>=<value>… SOURCES <source>…): program test_<name> from tests/variant/test_<name>.c. It and
# the sources, of the core, see the generated tables with those defines changed, none of which may shape struct hive; all
# other sources are the core's own.
function(coh_variant name)
  cmake_parse_arguments(V "" "" "TABLES;SOURCES" ${ARGN})
  set(header ${COH_GENERATED_ROOT}/generated/manifest.h)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
  file(READ ${header} text)
  foreach(pair ${V_TABLES})
    string(REGEX MATCH "^([A-Z0-9_]+)=(.*)$" _ ${pair})
    set(define "#define ${CMAKE_MATCH_1}")
    set(value "${CMAKE_MATCH_2}")
    if(NOT text MATCHES "\n${define} ")
      message(FATAL_ERROR "coh_variant ${name}: the tables have no ${define}")
    endif()
    string(REGEX REPLACE "\n${define} [^\n]*" "\n${define} ${value}" text "${text}")
  endforeach()
  set(root ${CMAKE_BINARY_DIR}/variant/${name})
  file(CONFIGURE OUTPUT ${root}/generated/manifest.h CONTENT "${text}" @ONLY)
  list(TRANSFORM V_SOURCES PREPEND ${RT}/)
  coh_test(${name} ${RT}/tests/variant/test_${name}.c ${RT}/tests/support/invariants.c ${RT}/tests/support/invariants_governance.c ${RT}/tests/support/invariants_serve.c ${V_SOURCES})
  target_include_directories(test_${name} BEFORE PRIVATE ${root})
endfunction()

coh_variant(telemetry_frames
  TABLES COH_TELEMETRY_FRAME_SCHEMA="telemetry-frame/v1" COH_TELEMETRY_FRAME_SCHEMA_IS_LEGACY_PLAINTEXT=0
    COH_TELEMETRY_FRAME_SCHEMA_IS_TELEMETRY_FRAME_V1=1
  SOURCES hive/workers.c hive/proc.c)
coh_variant(telemetry_refuse
  TABLES COH_TELEMETRY_INGEST_EVICTION_POLICY_IS_REFUSE=1 COH_TELEMETRY_INGEST_EVICTION_POLICY_IS_EVICT_OLDEST=0
    COH_TELEMETRY_INGEST_MAX_TOTAL_BYTES_PER_DEVICE=40000u
  SOURCES hive/telemetry.c)
coh_variant(telemetry_evict
  TABLES COH_TELEMETRY_INGEST_MAX_TOTAL_BYTES_PER_DEVICE=40000u COH_TELEMETRY_INGEST_MAX_REFS_PER_MANIFEST=3u
  SOURCES hive/telemetry.c hive/telemetry_record.c)
coh_variant(telemetry_off
  TABLES COH_TELEMETRY_INGEST_ENABLE=0
  SOURCES hive/telemetry.c)
coh_variant(observe_off
  TABLES COH_OBSERVABILITY_PROC_INGEST_P50_MS=0 COH_OBSERVABILITY_PROC_INGEST_WATCH=0 COH_UI_PROVIDERS_PROC_INGEST_P95_MS=0
    COH_SHARDING_ENABLED=0
  SOURCES hive/ingest.c hive/proc.c hive/trace.c hive/workers.c)
coh_variant(ticket_limits_off
  TABLES COH_TICKET_LIMITS_MAX_SCOPE_RATE_PER_S=0u
  SOURCES hive/sessions.c)
coh_variant(provisioned
  TABLES COH_KEYS_EMBEDDED=0
  SOURCES hive/tickets.c)
coh_variant(cas_unsigned
  TABLES COH_CAS_SIGNING_REQUIRED=0
  SOURCES hive/cas.c)
coh_variant(cas_no_delta
  TABLES COH_CAS_DELTA_ENABLE=0
  SOURCES hive/cas.c)
coh_variant(host_off
  TABLES COH_ECOSYSTEM_HOST_ENABLE=0
  SOURCES hive/host.c hive/host_tickets.c)
# netd where addresses are found by DHCP, with lwIP (sel4-checks.cmake).
list(TRANSFORM NETD_SOURCES REPLACE "^${CMAKE_SOURCE_DIR}" ".." OUTPUT_VARIABLE netd_sources)
coh_variant(netd_dhcp
  TABLES COH_HW_NET_MODE_IS_DHCP=1 COH_HW_NET_MODE_IS_STATIC=0 COH_HW_NET_DHCP_TIMEOUT_MS=400u COH_HW_NET_DHCP_RETRIES=2u
  SOURCES ${netd_sources})
target_sources(test_netd_dhcp PRIVATE $<TARGET_OBJECTS:lwip_hosted>)
target_include_directories(test_netd_dhcp PRIVATE ${NETD}/lwip)
target_include_directories(test_netd_dhcp SYSTEM PRIVATE ${LWIP}/include)
coh_variant(attested
  TABLES COH_HW_ATTESTATION_ENABLED=1 COH_HW_ATTESTATION_KIND="dice" COH_HW_ATTESTATION_KIND_INDEX=2u COH_HW_ATTESTATION_KIND_IS_NONE=0
    COH_HW_ATTESTATION_KIND_IS_DICE=1 COH_KEYS_EMBEDDED=0
  SOURCES hive/attest.c hive/tickets.c)
target_sources(test_attested PRIVATE ${CMAKE_SOURCE_DIR}/attest/measure.c)
