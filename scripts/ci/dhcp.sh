#!/usr/bin/env bash
# Boots an image that finds its address by DHCP: against QEMU's own server, against one that gives another address, and against
# nobody, where the manifest's address must be used after the exchanges that the manifest allows. The console is asked over TCP.
# Usage: scripts/ci/dhcp.sh [--sel4-build DIR]
#   --sel4-build DIR  on this seL4 as well (default: the one that is at hand; sim: on none)
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"
tools=$out/host-tools
export tools
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"

usage() { echo "dhcp: $1 (see --help)" >&2; exit 2; }
sel4_build=
while [ $# -gt 0 ]; do
    case $1 in
        --sel4-build) sel4_build=${2:-}; [ -n "$sel4_build" ] || usage "--sel4-build needs a value"; shift ;;
        -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) usage "unknown argument '$1'" ;;
    esac
    shift
done
sel4_build=$(sel4_build_given "$sel4_build")

own_folder
cd "$root"
build_java

# The project's manifest, with the address of its machine as what is used when nobody answers.
{
    cat configs/root_task.toml
    printf '\n[hw.net]\nmode = "dhcp"\naddress = "10.0.2.99"\ndhcp = { timeout_ms = 2000, retries = 3 }\n'
} >"$work/dhcp.toml"
token=$(sed -n 's/^auth_token *= *"\(.*\)".*/\1/p' "$work/dhcp.toml" | head -n 1)
use_manifest "$work/dhcp.toml"
compile_manifest

# frame TEXT: one frame of the console protocol.
frame() {
    local n=$((${#1} + 4))
    [ "$n" -lt 256 ] || die "a frame of $n bytes"
    # shellcheck disable=SC2059
    printf "\\x$(printf %02x "$n")\\0\\0\\0"
    printf %s "$1"
}
# ask PORT LINE...: what the console says to these lines.
ask() {
    local port=$1
    shift
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    {
        frame "AUTH ${token:-changeme}"
        frame "ATTACH queen "
        for line in "$@" QUIT; do frame "$line"; done
    } >&3
    # Each frame's size becomes the end of the line before it.
    timeout 30 cat <&3 | tr '\n' '\1' | LC_ALL=C sed 's/.\x00\x00\x00/\n/g; s/..\x00\x00/\n/g'
    exec 3>&-
}

# boot NAME NET: starts the image there; sets $pid, $port and $log.
boot() {
    log=$out/log/dhcp-$1.log
    port=$(free_port)
    : >"$log"
    "$root/scripts/qemu-run.sh" --image "$image/cohesix-qemu.img" --port "$port" ${2:+--net "$2"} >"$log" 2>&1 </dev/null &
    pid=$!
}
# shows PATTERN: the serial line says it within the time.
shows() {
    if ! wait_for_line "$log" "$1" 60 "$pid"; then
        tail -n 40 "$log" >&2
        die "$log: no line matches: $1"
    fi
}
# before FIRST SECOND: both stand in the log, in this order.
before() {
    local first second
    first=$(grep -nE -m 1 "$1" "$log" | cut -d : -f 1)
    second=$(grep -nE -m 1 "$2" "$log" | cut -d : -f 1)
    if [ -z "$first" ] || [ -z "$second" ] || [ "$first" -ge "$second" ]; then
        tail -n 40 "$log" >&2
        die "$log: '$1' does not come before '$2'"
    fi
}
stop() {
    end_process "$pid"
    pid=
}
says() { grep -qE "$2" <<<"$1" || die "the console says no '$2': $1"; }

# leased NAME NET ADDRESS SERVER: an address is given, told everywhere, and answers.
leased() {
    local name=$1 answer
    boot "$name" "$2"
    shows "^net-console: listening port=31337 addr=$3"
    shows '^\[Cohesix\] Root console ready'
    before "^net: address=$3/24 gateway=$4 source=dhcp server=$4 lease_s=86400" '^net-console: listening'
    answer=$(ask "$port" NETSTATS "CAT /proc/boot" "CAT /kmesg" LOG)
    says "$answer" "^OK NETSTATS .* address=$3$"
    says "$answer" "^net=dhcp address=$3$"
    says "$answer" "^net-console: listening port=31337 addr=$3$"
    says "$answer" "^[0-9]+ net address=$3/24 gateway=$4 source=dhcp server=$4 lease_s=86400$"
    stop
    say "$name: $3 by DHCP, and it answers"
}

# try NAME SEL4-BUILD: all cases on this kernel; empty: the simulation kernel.
try() {
    image=$work/$1
    build_board "$2"
    make_image "$2"
    leased "$1-default" '' 10.0.2.15 10.0.2.2
    leased "$1-other" net=10.9.0.0/24,dhcpstart=10.9.0.77 10.9.0.77 10.9.0.2
    boot "$1-nobody" none
    shows '^net-console: listening port=31337 addr=10\.0\.2\.99'
    before '^net-console: waiting for an address' '^\[Cohesix\] Root console ready'
    before '^\[Cohesix\] Root console ready' '^(cohesix> )?net: address=10\.0\.2\.99/24 gateway=10\.0\.2\.2 source=manifest reason=no-answer'
    stop
    say "$1-nobody: a prompt first, then the manifest's address"
}
try sim ""
[ -z "$sel4_build" ] || try sel4 "$sel4_build"
say "dhcp: all as expected"
