#!/usr/bin/env bash
# Runs every fuzzer of the authority's parsers, each from its committed corpus, under ASan and UBSan.
# Usage: scripts/fuzz.sh [--jobs N] [--seed N] [SECONDS] [NAME...]
#   --jobs N  how many at once (1)    --seed N  the same order of inputs each time (0: another one each time)
#   SECONDS  time for each fuzzer (60)    NAME  only these, such as fuzz_frames
# New inputs that reach new code are kept in out/fuzz/<name>; a finding is kept in out/fuzz/findings and fails the run.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

seconds=60 jobs=1 seed=0
while :; do
    case ${1:-} in
        -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
        --jobs | --seed) [ $# -gt 1 ] || { echo "fuzz: $1 wants a number" >&2; exit 2; }; declare "${1#--}=$2"; shift 2 ;;
        *) break ;;
    esac
done
case ${1:-} in [0-9]*) seconds=$1; shift ;; esac
for number in "$seconds" "$jobs"; do
    case $number in '' | *[!0-9]* | 0) echo "fuzz: '$number' is no number of seconds or jobs (1 or more)" >&2; exit 2 ;; esac
done
case $seed in '' | *[!0-9]*) echo "fuzz: '$seed' is no seed: a number, 0 or more" >&2; exit 2 ;; esac

for name in "$@"; do
    if [ ! -d "$root/seL4/root-task/fuzz/corpus/${name#fuzz_}" ]; then
        echo "fuzz: no fuzzer '$name'; there are: $(cd "$root/seL4/root-task/fuzz/corpus" && printf 'fuzz_%s ' *)" >&2
        exit 2
    fi
done
build=$root/seL4/build/fuzz
finds=$root/out/fuzz
build_c fuzz
mapfile -t fuzzers < <(find "$build" -type f -name 'fuzz_*' -perm -u+x | LC_ALL=C sort)
if [ $# -gt 0 ]; then
    wanted=()
    for name in "$@"; do
        match=$(printf '%s\n' "${fuzzers[@]}" | grep -E "/$name\$") || die "no fuzzer '$name'; there are: $(printf '%s\n' "${fuzzers[@]}" | sed 's|.*/||' | tr '\n' ' ')"
        wanted+=("$match")
    done
    fuzzers=("${wanted[@]}")
fi
[ ${#fuzzers[@]} -gt 0 ] || die "the fuzz preset built no fuzzer"

# Runs one; says how it went.
run() {
    local fuzzer=$1 name=${1##*/}
    local corpus=$root/seL4/root-task/fuzz/corpus/${name#fuzz_} log=$finds/$name.log
    mkdir -p "$finds/$name"
    if "$fuzzer" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 -seed="$seed" \
        -artifact_prefix="$finds/findings/$name-" "$finds/$name" "$corpus" >"$log" 2>&1; then
        say "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in ${seconds} s, nothing found"
        return 0
    fi
    tail -n 40 "$log" >&2
    say "$name: FINDING, the input is in out/fuzz/findings; replay: ${fuzzer#"$root"/} <input>"
    return 1
}

failed=0 running=0
mkdir -p "$finds/findings"
trap 'kill $(jobs -p) 2>/dev/null || true' INT TERM
for fuzzer in "${fuzzers[@]}"; do
    name=${fuzzer##*/}
    [ -d "$root/seL4/root-task/fuzz/corpus/${name#fuzz_}" ] || die "$name has no corpus: commit at least one input in seL4/root-task/fuzz/corpus/${name#fuzz_}"
    if [ "$running" -eq "$jobs" ]; then
        wait -n || failed=$((failed + 1))
        running=$((running - 1))
    fi
    run "$fuzzer" &
    running=$((running + 1))
done
for ((; running > 0; running--)); do
    wait -n || failed=$((failed + 1))
done
say "fuzzers: $((${#fuzzers[@]} - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
