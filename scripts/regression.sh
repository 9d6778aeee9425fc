#!/usr/bin/env bash
# Runs every script of the pack, each against a hive that was started for it, and compares the transcripts byte for byte.
# Usage: scripts/regression.sh [--platform posix|qemu|all] [SCRIPT...]
# The pack is scripts/cohsh/*.coh and resources/proc_tests/*.coh. Transcripts are masked by the runner alone
# (cohsh --record-transcript) and lie in out/regression/<platform>/. The last line is "regression: N passed, M failed".
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

platform=all
scripts=()
while [ $# -gt 0 ]; do
    case $1 in
        --platform) platform=${2:-}; shift ;;
        -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
        -*) echo "regression: unknown argument '$1' (see --help)" >&2; exit 2 ;;
        *) [ -f "$1" ] || { echo "regression: no script $1" >&2; exit 2; }; scripts+=("$(readlink -f "$1")") ;;
    esac
    shift || true
done
case $platform in
    posix | qemu) platforms=("$platform") ;;
    all) platforms=(posix qemu) ;;
    *) echo "regression: --platform is posix, qemu or all, not '$platform'" >&2; exit 2 ;;
esac

tools=$out/host-tools
image=$out/image
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"
trap hive_stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

passed=0
failed=0
good() { passed=$((passed + 1)); printf '%-6s%s\n' "$1" "$2"; }
bad() { failed=$((failed + 1)); printf '%-6s%s\n' FAIL "$1"; }

cd "$root"
step build "building what the pack needs"
if [[ " ${platforms[*]} " == *" qemu "* ]]; then quietly "$out/log/regression-build.log" "$root/scripts/cohesix-build-run.sh" --no-run; fi
if [[ " ${platforms[*]} " == *" posix "* ]]; then
    quietly "$out/log/regression-build.log" "$root/scripts/cohesix-build-run.sh" --no-run --transport local
fi
step_end

if [ ${#scripts[@]} -eq 0 ]; then mapfile -t scripts < <(ls "$root"/scripts/cohsh/*.coh "$root"/resources/proc_tests/*.coh 2>/dev/null); fi
[ ${#scripts[@]} -gt 0 ] || die "the pack is empty: no *.coh in scripts/cohsh or resources/proc_tests"

for script in "${scripts[@]}"; do
    name=$(basename "$script" .coh)
    ran=()
    for platform in "${platforms[@]}"; do
        folder=$root/out/regression/$platform
        mkdir -p "$folder"
        rm -f "$folder/$name.transcript"
        # In a subshell: a hive that does not come up fails this script, not the pack.
        if (
            trap hive_stop EXIT
            hive_start "$([ "$platform" = posix ] && echo local || echo tcp)" 0
            hive_cohsh --script "$script" --record-transcript "$folder/$name.transcript"
        ) >"$folder/$name.log" 2>&1; then
            good ok "$platform $name"
            ran+=("$folder/$name.transcript")
        else
            tail -n 15 "$folder/$name.log"
            bad "$platform $name (log: ${folder#"$root"/}/$name.log)"
        fi
    done
    if [ ${#ran[@]} -eq 2 ]; then
        if diff -u "${ran[@]}" >"$root/out/regression/$name.diff"; then
            good same "$name on ${platforms[*]}"
        else
            head -n 30 "$root/out/regression/$name.diff"
            bad "transcripts of $name differ (out/regression/$name.diff)"
        fi
    fi
done
echo "regression: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
