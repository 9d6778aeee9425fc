#!/usr/bin/env bash
# Gives netd or nicd what its table does not list, in a copy of the tree, one way after the other (seL4/root-task/tests/tables/*.patch): the
# boot must halt by name.
# Usage: scripts/ci/audit.sh [--sel4-build DIR] [NAME...]
#   --sel4-build DIR  on this seL4 too (default: the one that is at hand; sim: on none); what only kernels for debugging notice
#                     needs one
#   NAME              these ways alone: page, slot, ...
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"
tools=$out/host-tools
export tools
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"

usage() { echo "audit: $1 (see --help)" >&2; exit 2; }
build=
patches=$root/seL4/root-task/tests/tables
mapfile -t there < <(cd "$patches" && printf '%s\n' *.patch | sed 's/\.patch$//')
names=()
while [ $# -gt 0 ]; do
    case $1 in
        --sel4-build) [ $# -gt 1 ] || usage "$1 wants a folder"; build=$2; shift ;;
        -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
        -*) usage "unknown argument '$1'" ;;
        *) [ -f "$patches/$1.patch" ] || usage "there is no way '$1'; there are: ${there[*]}"; names+=("$1") ;;
    esac
    shift
done
[ ${#names[@]} -gt 0 ] || names=("${there[@]}")
build_given=$(sel4_build_given "$build")

own_folder
cd "$root"
build_java
mkdir "$work/seL4"
(cd seL4 && tar -cf - --exclude=./build .) | tar -xf - -C "$work/seL4"

# boot NAME: builds what lies in the copy and boots it, until it halts or stands; the console is in $work/NAME.console.
boot() {
    local built=$work/seL4/build/$kind kernel=() console=$work/$1.console targets=(--target loader.elf --target rootserver.elf)
    [ -n "$build" ] || targets+=(--target sim-kernel.elf)
    (root=$work build_c aarch64 --tree "$kind" "${targets[@]}" "-DSEL4_BUILD_DIR=$build" "-DCOH_GENERATED_ROOT=$work/seL4/root-task") || return 1
    if [ -n "$build" ]; then kernel=(--sel4-build "$build"); else kernel=(--kernel "$built/sim-kernel.elf"); fi
    quietly "$out/log/audit-image.log" rtc image qemu --out "$work/image" --loader "$built/loader.elf" --rootserver "$built/rootserver.elf" \
        --manifest-json "$root/out/manifests/root_task_resolved.json" "${kernel[@]}"
    : >"$console"
    "$root/scripts/qemu-run.sh" --image "$work/image/cohesix-qemu.img" --port "$(free_port)" >"$console" 2>&1 </dev/null &
    pid=$!
    wait_for_line "$console" 'halted: |Root console ready' 60 "$pid" || true
    end_process "$pid"
    pid=
}

# wanted NAME: does this kernel notice it? Those that print what they refuse are not asked for what is listed (audit.c), and no
# other tells kinds apart.
wanted() {
    case $(sed -n 's/^kernels: //p' "$patches/$1.patch") in
        quiet) [ "$kind" != debug ] ;;
        debug) [ "$kind" = debug ] ;;
    esac
}

# on_kernel BUILD: every way on this seL4; empty: on the simulation kernel.
on_kernel() {
    local name says
    build=$1
    kind=sim
    if [ -n "$build" ]; then
        kind=release
        ! grep -rqsE 'define CONFIG_DEBUG_BUILD +1' "$build/libsel4" || kind=debug
    fi
    boot unharmed
    grep -q 'Root console ready' "$work/unharmed.console" ||
        { tail -n 30 "$work/unharmed.console" >&2; die "the unharmed tree does not boot on ${build:-the simulation kernel}"; }
    for name in "${names[@]}"; do
        if ! wanted "$name"; then
            echo "-       $kind: $name: not for such kernels"
            continue
        fi
        says=$(sed -n 's/^says: //p' "$patches/$name.patch")
        (cd "$work" && patch -p1 -s -F2 -N <"$patches/$name.patch") || die "$name: its patch no longer applies"
        boot "$name"
        if grep -qaF "$says" "$work/$name.console"; then
            echo "ok      $kind: $name: $(grep -aF "$says" "$work/$name.console" | tr -d '\r' | head -n 1)"
        else
            echo "FAILED  $kind: $name: the boot does not say '$says'; its end:"
            tail -n 8 "$work/$name.console" | tr -d '\r'
            bad=1
        fi
        (cd "$work" && patch -p1 -s -R -F2 <"$patches/$name.patch")
    done
}

bad=0
on_kernel ""
[ -z "$build_given" ] || on_kernel "$build_given"
[ "$bad" -eq 0 ]
