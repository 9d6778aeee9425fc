#!/usr/bin/env bash
# Builds a hive and makes the disk that UEFI firmware boots, cohesix-aws.img with manifest.json and manifest.sha256 beside it.
# Usage: scripts/uefi/esp-build.sh [--manifest FILE] [--sel4-build DIR] [--image DIR] [--dtb FILE]
# --manifest: default configs/root_task.toml; --sel4-build DIR: as scripts/cohesix-build-run.sh has it, 'sim' the simulation
# kernel; --image DIR: where the disk goes (default out/cohesix/image); --dtb FILE: the device tree that the image carries
# (default: the seL4 build's; for the simulation kernel QEMU's own).
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

wrong() { echo "esp-build: $* (see --help)" >&2; exit 2; }
need() { [ -n "${2:-}" ] || wrong "$1 needs a value"; }
manifest=$root/configs/root_task.toml
sel4_build=
image=$out/image
dtb=
while [ $# -gt 0 ]; do
    case $1 in
        --manifest) need "$@"; manifest=$2; shift ;;
        --sel4-build) need "$@"; sel4_build=$2; shift ;;
        --image) need "$@"; image=$2; shift ;;
        --dtb) need "$@"; dtb=$2; shift ;;
        -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) wrong "unknown argument '$1'" ;;
    esac
    shift
done
if [ ! -f "$manifest" ] && [ -f "$root/$manifest" ]; then manifest=$root/$manifest; fi
[ -f "$manifest" ] || wrong "no manifest at $manifest"
manifest=$(cd "$(dirname "$manifest")" && pwd)/$(basename "$manifest")
[ -z "$dtb" ] || [ -f "$dtb" ] || wrong "no device tree at $dtb"
if [ -n "$sel4_build" ] && [ "$sel4_build" != sim ] && [ ! -f "$sel4_build/libsel4/include/sel4/sel4.h" ]; then
    wrong "$sel4_build is no installed seL4 build: it has no libsel4/include/sel4/sel4.h"
fi
case $image in /*) ;; *) image=$PWD/$image ;; esac
tools=$out/host-tools
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"
sel4_build=$(sel4_build_given "$sel4_build")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out/log"
cd "$root"

"$root/scripts/setup_environment.sh"
step java "building the image tool (Java)"
build_java
use_manifest "$manifest"
step manifest "compiling ${manifest#"$root"/}"
compile_manifest
build_java
if [ "$(sed -n 's/^ *release *= *\([a-z]*\).*/\1/p' "$manifest" | head -n 1)" = true ]; then provision; fi
step board "building rootserver and loader for ${sel4_build:-the simulation kernel} (C, aarch64)"
build_board "$sel4_build"
step image "making the disk"
if [ -z "$dtb" ] && [ -z "$sel4_build" ]; then
    dtb=$work/virt.dtb
    qemu_tree "$dtb"
fi
make_image "$sel4_build" '' aws ${dtb:+--dtb "$dtb"}
step_end
say "the disk is ${image#"$root"/}/cohesix-aws.img; scripts/uefi/qemu-esp.sh boots it"
