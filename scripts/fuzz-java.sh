#!/usr/bin/env bash
# Fuzzes the Java 9P codec with Jazzer, each target from the shared vectors. Every test run replays the vectors anyway.
# Usage: scripts/fuzz-java.sh [SECONDS]     SECONDS: time for each target (60)
# Jazzer keeps what it learned in .cifuzz-corpus beside the module's pom; a finding fails the run and is kept as crash-*.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

seconds=${1:-60}
case $seconds in
    -h | --help) sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *[!0-9]* | 0 | '') echo "fuzz-java: '$seconds' is no number of seconds (1 or more)" >&2; exit 2 ;;
esac
cd "$root"
# Jazzer fuzzes one target in a JVM.
mapfile -t targets < <(sed -n '/@FuzzTest/{n;s/^  void \([A-Za-z0-9]*\)(.*/\1/p}' host/secure9p/src/test/java/io/cohesix/secure9p/CodecFuzzTest.java)
[ ${#targets[@]} -gt 0 ] || die "no target found"
failed=0
mkdir -p out/fuzz
for target in "${targets[@]}"; do
    log=out/fuzz/java-$target.log
    if JAZZER_FUZZ=1 JAZZER_MAX_DURATION=${seconds}s JAVA_HOME=$(java_home) \
        mvn -B -ntp -pl host/secure9p test -Djacoco.skip=true -Dtest="CodecFuzzTest#$target" >"$log" 2>&1; then
        say "$target: $(sed -n 's/.*Done \([0-9]* runs in [0-9]* second(s)\).*/\1/p' "$log" | tail -n 1), nothing found"
    else
        failed=$((failed + 1))
        tail -n 40 "$log" >&2
        say "$target: FINDING, see $log"
    fi
done
say "Java fuzzers: $((${#targets[@]} - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
