#!/usr/bin/env bash
# Builds the authority with the tables of configs/root_task_governed.toml, every gate of governance on, and runs
# seL4/root-task/tests/governed under ASan and UBSan.
# Usage: scripts/governed.sh [CTEST-ARGUMENT...]    for example: scripts/governed.sh -R policy
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
case ${1:-} in -h | --help) sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
tools=$out/host-tools
image=$out/image
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"
jar=$root/tools/coh-rtc/target/coh-rtc.jar
if [ ! -f "$jar" ] || [ -n "$(find "$root/pom.xml" "$root/tools/coh-rtc/pom.xml" "$root/tools/coh-rtc/src/main" -newer "$jar" -print -quit)" ]; then
    quietly "$out/log/governed-maven.log" mvn -q -B -ntp -f "$root/pom.xml" -pl tools/coh-rtc -DskipTests package
fi
use_manifest "$root/configs/root_task_governed.toml"
compile_manifest
build_c posix-asan --tree posix-asan-governed -DCOH_GOVERNED=ON "$(tables)"
exec ctest --test-dir "$root/seL4/build/posix-asan-governed" --output-on-failure -j "$(nproc)" --timeout 120 "$@"
