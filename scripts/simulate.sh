#!/usr/bin/env bash
# Runs the authority among simulated clients, one world for each seed: split and delayed bytes, small buffers, disconnects, clock
# jumps, full pools. After every step all invariants hold, and every answer is judged. A seed that fails is named and replays.
# Usage: scripts/simulate.sh [--profile development|governed] [--seeds N] [--from S] [--jobs J] [--seed S] [--verbose]
#                            [--pools small|default] [--replay] [--sanitize]
#   --seeds N   how many (1000)          --from S    the first one (1)         --jobs J  processes at once (all cores)
#   --seed S    this one alone, twice    --verbose   tell each step of it      --sanitize  under ASan and UBSan: slower
#   --profile P development: configs/root_task.toml (the default); governed: configs/root_task_governed.toml, every gate on
#   --pools P   small: few sessions, workers, tags, fids, so that they run out (the default); default: the manifest's own
#   --replay    replay every recorded run into a fresh hive: same outputs, log and journal (else one of four)
# Exit status: 0 all seeds passed, 1 a seed failed (or a build did), 2 wrong usage.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

seeds=1000 from=1 jobs=$(nproc) pools=small profile=development one='' verbose='' sanitize='' replay=4
usage() { echo "simulate: $*; see scripts/simulate.sh --help" >&2; exit 2; }
count() { case $2 in '' | *[!0-9]* | 0*) usage "$1 wants a number of at least 1, not '$2'" ;; esac; }
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 0 ;;
        --seeds | --from | --jobs | --seed)
            [ $# -gt 1 ] || usage "$1 wants a number"
            count "$1" "$2"
            case $1 in --seeds) seeds=$2 ;; --from) from=$2 ;; --jobs) jobs=$2 ;; --seed) one=$2 ;; esac
            shift ;;
        --pools)
            case ${2:-} in small | default) pools=$2 ;; *) usage "--pools is small or default" ;; esac
            shift ;;
        --profile)
            case ${2:-} in development | governed) profile=$2 ;; *) usage "--profile is development or governed" ;; esac
            shift ;;
        --verbose) verbose=--verbose ;;
        --replay) replay=1 ;;
        --sanitize) sanitize=1 ;;
        *) usage "no option '$1'" ;;
    esac
    shift
done
[ -z "$verbose" ] || [ -n "$one" ] || usage "--verbose goes with --seed S"

manifest=$root/configs/root_task.toml suffix=
if [ "$profile" = governed ]; then
    manifest=$root/configs/root_task_governed.toml
    suffix=-governed
fi

# Writes the small manifest to $1: the profile's own with little of everything.
small_manifest() {
    sed -e 's/^tags_per_session = .*/tags_per_session = 4\nfids_per_session = 8/' -e 's/^msize = .*/msize = 4120/' \
        -e 's/^batch_frames = .*/batch_frames = 3/' -e 's/^ring_bytes_per_worker = .*/ring_bytes_per_worker = 512/' "$manifest" >"$1"
    printf '\n[console]\nmax_sessions = 5\n\n[workers]\nmax = 6\n\n[queen]\ndedupe_entries = 5\n\n[leases]\nmax_entries = 4\n' >>"$1"
    printf '\n[schedule]\nmax_entries = 3\n\n[exports]\nmax_entries = 2\n' >>"$1"
    [ "$profile" = governed ] || return 0
    sed -i -e '/^\[ecosystem.policy\]/,/^$/s/^queue_max_entries = .*/queue_max_entries = 4/' \
        -e '/^\[ecosystem.tickets\]/,/^$/s/^max_entries = .*/max_entries = 3/' \
        -e 's/^window_ms = .*/window_ms = 20000/' -e 's/^replay_max_entries = .*/replay_max_entries = 6/' -e 's/^journal_max_bytes = .*/journal_max_bytes = 4096/' \
        -e '/^\[cas.store\]/a max_bytes = 4096' -e '/^\[cas.signing\]/,/^$/s/^required = .*/required = false/' "$1"
}

# Tables of their own for what is no committed default: the small pools, and the governed profile.
make_tables() {
    local jar=$root/tools/coh-rtc/target/coh-rtc.jar work=$out/sim/$pools$suffix
    if [ ! -f "$jar" ] || [ -n "$(find "$root/pom.xml" "$root/tools/coh-rtc/pom.xml" "$root/tools/coh-rtc/src/main" -newer "$jar" -print -quit)" ]; then
        quietly "$out/log/sim-maven.log" mvn -q -B -ntp -f "$root/pom.xml" -pl tools/coh-rtc -DskipTests package
    fi
    mkdir -p "$work"
    if [ "$pools" = small ]; then small_manifest "$work/manifest.toml"; else cp "$manifest" "$work/manifest.toml"; fi
    tables=$work/tables
    quietly "$out/log/sim-tables.log" "$(java_home)/bin/java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -jar "$jar" compile \
        --build-only --project-root="$root" --generated="$tables/generated" --out="$work/out" "$work/manifest.toml"
}

tree=sim-$pools$suffix${sanitize:+-asan}
arguments=(-DCMAKE_BUILD_TYPE=RelWithDebInfo)
[ -z "$sanitize" ] || arguments=(-DCMAKE_BUILD_TYPE=RelWithDebInfo -DCOH_SANITIZE=ON)
if [ "$pools$profile" != defaultdevelopment ]; then
    make_tables || die "coh-rtc refused the manifest (log: out/cohesix/log/sim-tables.log)"
    arguments+=("-DCOH_GENERATED_ROOT=$tables")
fi
COH_JOBS=$jobs build_c posix-debug --tree "$tree" --target hive-sim "${arguments[@]}" || die "hive-sim does not build"
sim=$root/seL4/build/$tree/hive-sim

if [ -n "$one" ]; then
    exec "$sim" --seed "$one" $verbose
fi
say "simulating $seeds seeds of the $profile profile from $from with $pools pools in $jobs processes"
logs=$out/sim/logs-$tree
mkdir -p "$logs"
pids=()
for ((k = 0; k < jobs; k++)); do
    share=$(((seeds - k + jobs - 1) / jobs))
    [ "$share" -gt 0 ] || continue
    progress=()
    [ "$k" -gt 0 ] || progress=(--progress)
    "$sim" --from $((from + k)) --stride "$jobs" --seeds "$share" --replay "$replay" "${progress[@]}" >"$logs/$k.log" 2> >(tee "$logs/$k.err" >&2) &
    pids+=($!)
done
trap 'kill "${pids[@]}" 2>/dev/null || true' INT TERM
failed=0
for pid in "${pids[@]}"; do
    wait "$pid" || failed=$((failed + 1))
done
[ "$failed" -eq 0 ] || die "$failed of ${#pids[@]} processes met a seed that fails"
cat "$logs"/[0-9]*.log >&2
say "simulated $seeds seeds: every invariant held, every answer was right"
