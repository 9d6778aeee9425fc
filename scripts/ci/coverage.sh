#!/usr/bin/env bash
# Branch coverage of the rooms that face strangers: wire, auth and ns must have 95 % of their branches taken by the C unit tests
# and a short simulation. The failing side of COH_ASSERT does not count: the macro contributes no branch here.
# Usage: scripts/ci/coverage.sh [--all]     --all: a table of every room's files; the bound stays on wire, auth and ns
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

rooms=(wire auth ns)
shown=("${rooms[@]}")
case ${1:-} in
    '') ;;
    -h | --help) sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 0 ;;
    --all) shown=(base wire auth ns hive serve pump) ;;
    *) echo "coverage: no option '$1'; see scripts/ci/coverage.sh --help" >&2; exit 2 ;;
esac
bound=95
dir=$root/seL4/build/coverage
llvm=$(clang -print-prog-name=llvm-cov) # beside the compiler, so that both speak of the same format
[ -x "$llvm" ] || llvm=$(command -v llvm-cov) || die "no llvm-cov: run scripts/setup_environment.sh"
prof=${llvm%llvm-cov}llvm-profdata

build_c posix-debug --tree coverage -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug \
    "-DCMAKE_C_FLAGS=-fprofile-instr-generate -fcoverage-mapping -DCOH_COVERAGE -w" || die "the instrumented tree does not build"
rm -rf "$dir/profiles"
mkdir -p "$dir/profiles"
export LLVM_PROFILE_FILE=$dir/profiles/%p.profraw
(cd "$dir" && quietly "$out/log/coverage-ctest.log" ctest -E '^(sel4|sim|loader|nicd)' -j "$(nproc)" --timeout 120) || die "a test fails in the instrumented tree"
quietly "$out/log/coverage-sim.log" "$dir/hive-sim" --seeds 150 --twice 0 || die "the simulation fails in the instrumented tree"
find "$dir/profiles" -name '*.profraw' >"$dir/profiles/list"
"$prof" merge -sparse --input-files="$dir/profiles/list" -o "$dir/merged.profdata"

objects=()
while IFS= read -r program; do objects+=(-object "$program"); done < <(find "$dir" -maxdepth 1 -type f -perm -u+x \( -name 'test_*' -o -name hive-sim \) | LC_ALL=C sort)
"$llvm" report -show-branch-summary -instr-profile="$dir/merged.profdata" "${objects[@]}" >"$dir/report.txt" 2>"$dir/llvm-cov.log"

# Columns: file, then count, missed and share of regions, functions, lines and branches.
awk -v bound="$bound" -v rooms="${rooms[*]}" -v shown="${shown[*]}" '
    BEGIN {
        split(rooms, r, " "); for (i in r) must[r[i]] = 1
        n = split(shown, s, " "); for (i in s) show[s[i]] = 1
        printf "%-34s %9s %9s %8s %8s\n", "file", "branches", "missed", "taken", "lines"
    }
    NF == 13 && $1 ~ /[.][ch]$/ {
        name = $1; sub(/^.*root-task\//, "", name)
        room = name; sub(/\/.*/, "", room)
        if (!(room in show) || $11 == 0) next
        count[room] += $11; missed[room] += $12
        printf "%-34s %9d %9d %8s %8s\n", name, $11, $12, $13, $10
    }
    END {
        for (i = 1; i <= n; i++) {
            share = count[s[i]] ? 100 * (count[s[i]] - missed[s[i]]) / count[s[i]] : 0
            low = (s[i] in must) && share < bound
            bad += low
            printf "%-34s %9d %9d %7.2f%%%s\n", s[i] "/", count[s[i]], missed[s[i]], share, low ? "  below " bound "%" : ""
        }
        exit bad > 0
    }' "$dir/report.txt"
