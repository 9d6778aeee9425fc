#!/usr/bin/env bash
# Has netd misbehave in every way that its hook knows (seL4/netd/hook.c), and judges what the serial console, the workers, the
# log and the next TCP session say. The image is built for that in trees of its own, and no other image has the hook.
# Usage: scripts/ci/isolation.sh [--sel4-build DIR] [--smp-build DIR] [--only MODE] [--keep DIR] [--tell] [--strict]
#   --sel4-build DIR  on this seL4 as well (default: the one that is at hand; sim: on none)
#   --smp-build DIR   on this seL4 for several cores as well, once with all tasks on one core and once with netd on its own
#   --only MODE       one mode alone: read, loop, flood-signals, ...
#   --keep DIR        leaves the images there, DIR/sim/cohesix-qemu.img and so on, to try by hand (docs/ISOLATION.md)
#   --tell            every mode's figures, not only what is wrong
#   --strict          for an unloaded machine: one try a mode, the worst answer of the serial line within 50 ms and a session back
#                     within 2 s of the order (3 s where the timer is off or the kernel exports no counter; and as much later as
#                     a way lasts). Without it a mode has five tries, time in which this machine ran something else does not
#                     count, the median is held to 50 ms, and once an answer may take ten times as long, a session's return
#                     twice
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"
tools=$out/host-tools
export tools
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"

usage() { echo "isolation: $1 (see --help)" >&2; exit 2; }
sel4_build=
smp_build=
only=
keep=
options=()
need() { [ -n "${2:-}" ] || usage "$1 needs a value"; }
while [ $# -gt 0 ]; do
    case $1 in
        --sel4-build) need "$@"; sel4_build=$2; shift ;;
        --smp-build) need "$@"; smp_build=$2; shift ;;
        --only) need "$@"; only=$2; options+=(--only "$only"); shift ;;
        --keep) need "$@"; keep=$(realpath -m "$2"); shift ;;
        --tell | --strict) options+=("$1") ;;
        -h | --help) sed -n '2,15s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) usage "unknown argument '$1'" ;;
    esac
    shift
done
[ -z "$keep" ] || [ ! -e "$keep" ] || [ -d "$keep" ] || usage "--keep $keep is not a folder"
sel4_build=$(sel4_build_given "$sel4_build")
[ -z "$smp_build" ] || smp_build=$(smp_build_given "$smp_build")
isolation() { exec "$(java_home)/bin/java" -XX:TieredStopAtLevel=1 "$root/scripts/ci/Isolation.java" "$@"; }
if [ -n "$only" ]; then
    modes=$(isolation --modes)
    grep -qxF -- "${only%% *}" <<<"$modes" || usage "there is no mode '$only'; there are: $(paste -sd ' ' - <<<"$modes")"
fi

own_folder
images=${keep:-$work}
cd "$root"
build_java

# has_hook FILE
has_hook() { grep -qaF '!netd ' "$1"; }

# misbehave NAME SEL4-BUILD [MANIFEST]: builds, boots, judges. Empty SEL4-BUILD: the simulation kernel.
misbehave() {
    local name=$1 build=$2 tree=isolation-$1 kernel=()
    use_manifest "${3:-$root/configs/root_task.toml}"
    compile_manifest
    local targets=(--target loader.elf --target rootserver.elf)
    [ -n "$build" ] || targets+=(--target sim-kernel.elf)
    build_c aarch64 --tree "$tree" "${targets[@]}" "-DSEL4_BUILD_DIR=$build" -DCOH_NETD_HOOK=ON "$(tables)"
    local built=$root/seL4/build/$tree
    has_hook "$built/rootserver.elf" || die "the build for this test has no hook"
    if [ -n "$build" ]; then kernel=(--sel4-build "$build"); else kernel=(--kernel "$built/sim-kernel.elf"); fi
    quietly "$out/log/isolation-$name-image.log" rtc image qemu --out "$images/$name" --loader "$built/loader.elf" \
        --rootserver "$built/rootserver.elf" --manifest-json "$policies/manifests/root_task_resolved.json" "${kernel[@]}"
    isolation "$root/scripts/qemu-run.sh" "$images/$name/cohesix-qemu.img" "$(free_port)" \
        "$(sed -n 's/^auth_token *= *"\(.*\)".*/\1/p' "$hive_manifest" | head -n 1)" "$out/log/isolation-$name.log" "${options[@]}" &
    pid=$!
    wait "$pid"
    pid=
}

for image in "$root"/seL4/build/aarch64*/netd.bin; do
    if [ -f "$image" ] && has_hook "$image"; then die "$image has the hook, which is for this test alone"; fi
done
misbehave sim ""
[ -z "$sel4_build" ] || misbehave sel4 "$sel4_build"
if [ -n "$smp_build" ]; then
    misbehave smp-one "$smp_build"
    # netd beside the authority on a core of its own; the first worker on the authority's.
    {
        cat "$root/configs/root_task.toml"
        printf '\n[affinity]\nenabled = true\nauthority_core = 0\nnet_core = 1\nworker_cores = [0, 2, 3]\n'
    } >"$work/isolation_smp.toml"
    misbehave smp "$smp_build" "$work/isolation_smp.toml"
fi
say "isolation: the hive is unharmed"
