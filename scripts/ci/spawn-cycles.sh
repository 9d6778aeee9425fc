#!/usr/bin/env bash
# Spawns and kills heartbeat workers again and again, and compares /proc/budget, BI (slots) and MEM before and after: nothing may be lost.
# Usage: scripts/ci/spawn-cycles.sh [--hive posix|qemu|sel4|all] [--cycles N] [--seconds S] [--together W] [--sel4-build DIR]
# N cycles (10000), W workers at once (8), and on QEMU as many as S seconds allow (40). qemu is the simulation kernel's image, sel4
# an installed seL4 build, where each worker is a task; all, the default, takes sel4 in when such a build is at hand.
# Compared is from behind a first wave of W workers on: where workers are tasks, the place of each keeps a slot and 32 KiB of untyped
# memory for good once it has been used, and the next worker there uses them again.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

wanted=all
cycles=10000
seconds=40
together=8
sel4_build=
usage() { echo "spawn-cycles: $1 (see --help)" >&2; exit 2; }
while [ $# -gt 0 ]; do
    case $1 in
        --hive) wanted=${2:-} ;;
        --cycles) cycles=${2:-} ;;
        --seconds) seconds=${2:-} ;;
        --together) together=${2:-} ;;
        --sel4-build) sel4_build=${2:-} ;;
        -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) usage "unknown argument '$1'" ;;
    esac
    [ $# -ge 2 ] || usage "$1 wants a value"
    shift 2
done
for number in "$cycles" "$seconds" "$together"; do
    case $number in '' | *[!0-9]* | 0*) usage "'$number' is no number of at least 1" ;; esac
done
tools=$out/host-tools
image=$out/spawn-cycles/image # not the user's own
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"
case $wanted in
    posix | qemu) hives=("$wanted") ;;
    sel4)
        hives=(sel4)
        sel4_build=$(sel4_build_given "$sel4_build")
        [ -n "$sel4_build" ] || usage "no seL4 build at hand: name one with --sel4-build"
        ;;
    all)
        hives=(posix qemu)
        sel4_build=$(sel4_build_given "$sel4_build")
        [ -z "$sel4_build" ] || hives+=(sel4)
        ;;
    *) usage "--hive is posix, qemu, sel4 or all, not '$wanted'" ;;
esac
trap hive_stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
cd "$root"
build_java

token=$(sed -n 's/^auth_token *= *"\(.*\)".*/\1/p' "$hive_manifest" | head -n 1)
for hive in "${hives[@]}"; do
    transport=tcp
    tasks=0
    most=$seconds
    case $hive in
        posix)
            transport=local
            most=3600
            build_hosted
            ;;
        qemu)
            build_board ""
            make_image ""
            tasks=1
            ;;
        sel4)
            image=$out/spawn-cycles/image-sel4
            build_board "$sel4_build"
            make_image "$sel4_build"
            tasks=1
            ;;
    esac
    hive_start "$transport" 0
    "$(java_home)/bin/java" "$root/scripts/ci/SpawnCycles.java" "$hive_port" "${token:-changeme}" "$cycles" "$most" "$together" "$tasks" |
        sed "s/^/$hive./"
    hive_stop
done
say "spawn-cycles: /proc/budget, slots and untyped memory are as before"
