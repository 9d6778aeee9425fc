#!/usr/bin/env bash
# Asks the simulation kernel some 470 questions and compares the answers with those of seL4 16.0.0, line by line; then
# again with faults injected. The answers of seL4 are in resources/fixtures/kernel_probe.txt.
# Usage: scripts/ci/probe.sh [--sel4-build DIR] [--record]
#   --sel4-build DIR  ask this seL4 16.0.0 (EL1, one core) as well; --record then writes its answers to the fixture
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"
tools=$out/host-tools
export tools
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"

fixture=$root/resources/fixtures/kernel_probe.txt
board=$root/seL4/build/aarch64
sel4_build=
record=0
while [ $# -gt 0 ]; do
    case $1 in
        --sel4-build)
            [ $# -gt 1 ] || die "--sel4-build needs a folder"
            sel4_build=$(sel4_build_given "$2")
            shift
            ;;
        --record) record=1 ;;
        -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) die "unknown argument '$1': there are --sel4-build DIR and --record" ;;
    esac
    shift
done
[ "$record" -eq 0 ] || [ -n "$sel4_build" ] || die "--record needs --sel4-build DIR: only seL4's answers are recorded"

bad=0
own_folder

build_java
build_c aarch64 || die "the board build failed"

# image NAME ARG...: an image whose rootserver is the probe.
image() {
    local name=$1
    shift
    quietly "$out/log/probe-$name.log" rtc image qemu --loader "$board/loader.elf" --rootserver "$board/sim-probe.elf" \
        --manifest-json "$root/seL4/sim-kernel/probe/manifest.json" --out "$work/$name" "$@"
}

# idle: the guest sleeps when all its threads wait: the emulator uses under 5 % of a processor for two seconds.
idle() {
    local before after
    before=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
    sleep 2
    after=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
    if [ $((after - before)) -le $((2 * $(getconf CLK_TCK) / 20)) ]; then
        echo "ok      the idle guest sleeps: $((after - before)) of $((2 * $(getconf CLK_TCK))) ticks"
    else
        echo "FAILED  the idle guest does not sleep: $((after - before)) of $((2 * $(getconf CLK_TCK))) ticks"
        bad=1
    fi
}

# ask IMAGE ANSWERS [BOOT-ARGUMENTS]: boots and keeps the probe's lines; the whole console is in ANSWERS.console.
ask() {
    local console=$2.console arguments=()
    [ $# -lt 3 ] || arguments=(-append "$3")
    : >"$console"
    "${COHESIX_QEMU:-qemu-system-aarch64}" -machine virt,gic-version=2 -cpu cortex-a57 -smp 1 -m 1024 -display none \
        -monitor none -nic none -serial "file:$console" -kernel "$work/$1/cohesix-qemu.img" "${arguments[@]}" 2>>"$console.qemu" &
    pid=$!
    if ! wait_for_line "$console" '^probe: (done: all questions asked|stopped: [a-z]+)' 180 "$pid"; then
        tail -n 30 "$console" >&2
        die "the probe did not end on '$1' within 180 s; its console is above"
    fi
    [ "$2" != "$work/plain.txt" ] || idle
    end_process "$pid"
    pid=
    tr -d '\r' <"$console" | grep '^probe: ' >"$2"
}

# same NAME FILE: FILE holds the fixture's answers.
same() {
    if diff -u "$fixture" "$2" >"$work/diff"; then
        echo "ok      $1: $(wc -l <"$2") answers as in the fixture"
    else
        echo "FAILED  $1: answers differ (- seL4, + here):"
        cat "$work/diff"
        bad=1
    fi
}
# changed NAME FILE LINE: exactly one answer differs from the fixture, and it is now LINE.
changed() {
    if [ "$(diff "$fixture" "$2" | grep '^[<>]' | sed 1d)" = "> $3" ]; then
        echo "ok      $1: one answer changed: $3"
    else
        echo "FAILED  $1: expected one changed answer '$3', got:"
        diff "$fixture" "$2" | head -n 20 || true
        bad=1
    fi
}
# console NAME FILE PATTERN: the console shows a line of the kernel's own.
console() {
    if grep -qE "$3" "$2.console"; then
        echo "ok      $1"
    else
        echo "FAILED  $1: no line '$3' on the console"
        bad=1
    fi
}

if [ -n "$sel4_build" ]; then
    image sel4 --sel4-build "$sel4_build"
    ask sel4 "$work/sel4.txt"
    [ "$record" -eq 0 ] || cp "$work/sel4.txt" "$fixture"
    same "seL4 in $sel4_build" "$work/sel4.txt"
fi

image sim --kernel "$board/sim-kernel.elf"
ask sim "$work/plain.txt"
same "simulation kernel" "$work/plain.txt"
console "the kernel says what it is" "$work/plain.txt" '^sim-kernel: .*Not seL4: it verifies nothing'
console "a faulting thread is stopped with its cause" "$work/plain.txt" \
    '^sim-kernel: thread stopped: instruction abort, address 0x0, pc 0x0'
ask sim "$work/map.txt" 'sim.seed=7 sim.fault=map:3'
changed "third map fails" "$work/map.txt" 'probe: map again at the same address: FailedLookup 0 2 21'
ask sim "$work/retype.txt" 'sim.seed=7 sim.fault=retype:5'
changed "fifth retype fails" "$work/retype.txt" 'probe: retype node by lookup: NotEnoughMemory 65536'
ask sim "$work/late.txt" 'sim.seed=7 sim.fault=lost:500,late:1000,late_ms:50'
same "lost and late interrupts" "$work/late.txt"
console "injected faults are announced" "$work/late.txt" \
    '^sim-kernel: faults injected: seed=7 lost_permille=500 late_permille=1000 late_ms=50'
console "the first task can tell what it runs on" "$work/late.txt" '^kernel=sim seed=7 faults=12'
lines=$(cat "$root"/seL4/sim-kernel/*.[chS] "$root"/seL4/sim-kernel/*.ld | wc -l)
if [ "$lines" -lt 3000 ]; then
    echo "ok      the kernel stays small: $lines lines"
else
    echo "FAILED  the kernel has $lines lines, the bound is 3000: it is a stand-in, not a product"
    bad=1
fi
exit "$bad"
