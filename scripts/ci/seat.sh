#!/usr/bin/env bash
# Boots images with a local seat in QEMU without a window, types on the virtual keyboard, reads the screen letter by letter, and
# compares it with what a terminal on the serial line shows; then each device is left out, where it is required and where not.
# Usage: scripts/ci/seat.sh [--sel4-build DIR] [--picture FILE]
#   --sel4-build DIR  on this seL4 (default: the simulation kernel alone)
#   --picture FILE    keeps the screen behind help and ping as a PNG (docs/images/local-seat.png is one)
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"
tools=$out/host-tools
export tools
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"

usage() { echo "seat: $1 (see --help)" >&2; exit 2; }
sel4_build=
picture=()
while [ $# -gt 0 ]; do
    case $1 in
        --sel4-build) [ -n "${2:-}" ] || usage "$1 needs a value"; sel4_build=$(sel4_build_given "$2"); shift ;;
        --picture) [ -n "${2:-}" ] || usage "$1 needs a value"; picture=("$(realpath -m "$2")"); shift ;;
        -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) usage "unknown argument '$1'" ;;
    esac
    shift
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"
build_java

# The loader and the simulation kernel are every manifest's.
tree=aarch64${sel4_build:+-seat-kernel}
common=(--target loader.elf)
[ -n "$sel4_build" ] || common+=(--target sim-kernel.elf)
build_c aarch64 --tree "$tree" "${common[@]}" "-DSEL4_BUILD_DIR=$sel4_build" "$(tables)"
if [ -n "$sel4_build" ]; then kernel=(--sel4-build "$sel4_build"); else kernel=(--kernel "$root/seL4/build/$tree/sim-kernel.elf"); fi

# image NAME REQUIRED: an image whose manifest has a seat, in $work/NAME.
image() {
    local name=$1
    { cat "$root/configs/root_task.toml" && printf '\n[hw.local_seat]\nenabled = true\nrequired = %s\nkeyboard = "virtio"\ndisplay = "ramfb"\n' "$2"; } >"$work/$name.toml"
    use_manifest "$work/$name.toml"
    compile_manifest
    build_c aarch64 --tree "aarch64-$name${sel4_build:+-sel4}" --target rootserver.elf "-DSEL4_BUILD_DIR=$sel4_build" "$(tables)"
    rtc capacity "$work/$name.toml" --project-root "$root" --nm aarch64-linux-gnu-nm \
        --compare "$root/seL4/build/aarch64-$name${sel4_build:+-sel4}"/{rootserver,nicd,netd,seatd,worker}.elf >"$work/$name-capacity" ||
        { cat "$work/$name-capacity" >&2; die "the memory report of a manifest with a seat is off"; }
    quietly "$out/log/$name-image.log" rtc image qemu --out "$work/$name" --loader "$root/seL4/build/$tree/loader.elf" \
        --rootserver "$root/seL4/build/aarch64-$name${sel4_build:+-sel4}/rootserver.elf" --manifest-json "$policies/manifests/root_task_resolved.json" "${kernel[@]}"
}
image seat false
image seat-required true

"$(java_home)/bin/java" -XX:TieredStopAtLevel=1 -Djava.awt.headless=true "$root/scripts/ci/Seat.java" "$root/scripts/qemu-run.sh" \
    "$work/seat/cohesix-qemu.img" "$work/seat-required/cohesix-qemu.img" "$root/seL4/seatd/glyphs.c" "$(free_port)" "$work" "${picture[@]}"
