#!/usr/bin/env bash
# Boots the disk of `coh-rtc image aws` under QEMU with UEFI firmware to the prompt and runs scripts/cohsh/boot_v0.coh over TCP:
# with firmware's device tree, with ACPI and the image's own tree, and on a machine with EL2.
# Usage: scripts/uefi/esp-boot-smoke.sh [--short] [--manifest FILE] [--sel4-build DIR] [--logs DIR]
# --short: one boot, with ACPI; --manifest and --sel4-build as scripts/uefi/esp-build.sh has them, but for the kernel: the
# simulation kernel when none is named; --logs keeps the boot logs.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

short=0
sel4_build=sim
manifest=$root/configs/root_task.toml
logs=
need() { [ -n "${2:-}" ] || { echo "esp-boot-smoke: $1 needs a value (see --help)" >&2; exit 2; }; }
while [ $# -gt 0 ]; do
    case $1 in
        --short) short=1 ;;
        --manifest) need "$@"; manifest=$2; shift ;;
        --sel4-build) need "$@"; sel4_build=$2; shift ;;
        --logs) need "$@"; logs=$2; shift ;;
        -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "esp-boot-smoke: unknown argument '$1' (see --help)" >&2; exit 2 ;;
    esac
    shift
done

tools=$out/host-tools
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"
work=$(mktemp -d)
image=$work/image
# shellcheck disable=SC2317 # called by the trap
clean_up() {
    hive_stop
    if [ -n "$logs" ]; then mkdir -p "$logs" && cp "$work"/*.log "$logs" 2>/dev/null; fi
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

step build "building what is booted (kernel: $sel4_build)"
quietly "$out/log/esp-tools.log" "$root/scripts/cohesix-build-run.sh" --no-run --transport local
quietly "$out/log/esp-build.log" "$root/scripts/uefi/esp-build.sh" --manifest "$manifest" --sel4-build "$sel4_build" --image "$image"
if [ ! -f "$manifest" ]; then manifest=$root/$manifest; fi
use_manifest "$(cd "$(dirname "$manifest")" && pwd)/$(basename "$manifest")"

# A kernel at EL2 has a machine that has it in every case.
level=1
case $("$root/scripts/uefi/qemu-esp.sh" --disk "$image/cohesix-aws.img" --dry-run) in *virtualization=on*) level=2 ;; esac

# boots NAME TREE LEVEL ARGUMENT...: a machine of that kind comes to its prompt, having said which tree and which exception
# level it started with, and serves a session.
boots() {
    local name=$1 tree=$2 el=$3 line
    shift 3
    step "$name" "booting: $name"
    hive_log=$work/$name.log
    hive_port=$(free_port)
    setsid "$root/scripts/uefi/qemu-esp.sh" --disk "$image/cohesix-aws.img" --port "$hive_port" "$@" >"$hive_log" 2>&1 </dev/null &
    hive_pid=$!
    for line in "loader: cohesix, started by UEFI [0-9.]+ of .* at 0x[0-9a-f]+, EL$el" "loader: device tree of the $tree" \
        'loader: 0x[0-9a-f]+ to 0x[0-9a-f]+ is free; leaving the firmware' "loader: cohesix .* el=$el->[12] " \
        '\[kernel:entry\] root-task entry reached' 'net-console: listening port=[0-9]+' 'cohesix> '; do
        wait_for_line "$hive_log" "$line" "${COHESIX_BOOT_SECONDS:-120}" "$hive_pid" ||
            { tail -n 30 "$hive_log" >&2; die "$name: no line '$line' in the log above"; }
    done
    hive_cohsh --script "$boot_script" >"$work/$name.session.log" 2>&1 ||
        { tail -n 30 "$work/$name.session.log" >&2; die "$name: ${boot_script#"$root"/} failed, see above"; }
    hive_stop
    step_end
}

boots acpi image $level --acpi
if [ "$short" -eq 0 ]; then
    boots device-tree firmware $level
    boots el2 firmware 2 --el2
fi
say "esp-boot-smoke: passed"
