#!/usr/bin/env bash
# Runs the whole regression pack: the base batch on the development profile and the gated one on the governed profile, on POSIX
# (console and Secure9P), in QEMU with the simulation kernel and, where a seL4 build is at hand, on seL4; compares transcripts byte
# for byte and archives them. Usage: scripts/cohsh/run_regression_batch.sh [--platform …] [--sel4-build DIR] [--smp-build DIR]
# --platform smp --sel4-build ONE --smp-build FOUR runs it on a kernel for one core and on one for four, and compares those.
# The transcripts go to out/regression/transcripts.tar.gz, the same bytes for the same transcripts. The last line is
# "regression: N passed, M failed"; exit 1 when M is not 0, 2 on wrong usage.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
case ${1:-} in -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
cd "$root" || exit 1
mkdir -p out/regression
passed=0
failed=0
for profile in base governed; do
    echo "== $profile batch"
    log=out/regression/$profile.log
    scripts/regression.sh --profile "$profile" "$@" 2>&1 | tee "$log"
    if [ "${PIPESTATUS[0]}" -eq 2 ]; then exit 2; fi
    read -r good bad < <(sed -nE 's/^regression: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$log" | tail -n 1) || { good=0; bad=1; }
    passed=$((passed + good))
    failed=$((failed + bad))
done
(cd out/regression && find . -name '*.transcript' -o -name '*.txt' | LC_ALL=C sort |
    tar --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - -T - | gzip -n >transcripts.tar.gz)
echo "transcripts: out/regression/transcripts.tar.gz"
echo "regression: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
