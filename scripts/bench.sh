#!/usr/bin/env bash
# Measures what a user meets and prints it beside the last committed table of docs/BENCHMARKS.md and the bounds:
# boot to prompt, by UEFI firmware too, console round trips, Secure9P beside PING and beside diod, what 1 000 sessions and 10 000 workers cost,
# a PING's instructions, idle CPU, sizes, memory by pool, lines of the trusted part, start-up of the tools.
# Usage: scripts/bench.sh [--write] [--boots N] [--sel4-build DIR] [--smp-build DIR]
# --write puts these figures into docs/BENCHMARKS.md; --sel4-build takes that kernel instead of the simulation kernel.
# --smp-build, a seL4 build for four cores, adds Secure9P with the tasks where configs/root_task_smp.toml has them beside the same
# kernel with all of them on its first core, both running at once and read in turns.
# The Raspberry Pi 4's chain is booted where COHESIX_QEMU_RPI4, COHESIX_UBOOT_RPI4 and COHESIX_SEL4_RPI4 are set, as
# scripts/uboot/raspi4b-smoke.sh has them; else its row keeps its figure.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

write=0
boots=5
sel4_build=sim
smp_build=
command=()
need() { [ -n "${2:-}" ] || { echo "bench: $1 needs a value (see --help)" >&2; exit 2; }; }
while [ $# -gt 0 ]; do
    case $1 in
        --write) write=1 ;;
        --boots) need "$@"; boots=$2; shift ;;
        --sel4-build) need "$@"; sel4_build=$2; shift ;;
        --smp-build) need "$@"; smp_build=$2; shift ;;
        -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "bench: unknown argument '$1' (see --help)" >&2; exit 2 ;;
    esac
    shift
done

tools=$out/host-tools
image=$out/image
committed=$root/docs/BENCHMARKS.md
figures=$root/out/bench.txt
mkdir -p "$root/out"

# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"
[ -z "$smp_build" ] || smp_build=$(smp_build_given "$smp_build")
work=$(mktemp -d)
diod=
beside=
# shellcheck disable=SC2317 # called by the trap
clean_up() {
    hive_stop
    [ -z "$diod" ] || end_process "$diod"
    [ -z "$beside" ] || end_process "$beside"
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

step build "building what is measured"
"$root/scripts/cohesix-build-run.sh" --no-run --sel4-build "$sel4_build" 2>/dev/null || die "scripts/cohesix-build-run.sh --no-run --sel4-build $sel4_build fails: run it to see why"
build_hosted

token=$(sed -n 's/^auth_token *= *"\(.*\)".*/\1/p' "$root/configs/root_task.toml" | head -n 1)
token=${token:-changeme}
: >"$figures"
bench() { "$(java_home)/bin/java" "$root/scripts/bench/HiveBench.java" "$@" >>"$figures"; }

step qemu "booting QEMU $boots times, then one session and 10 s of rest"
port=$(free_port)
eval "command=($("$root/scripts/qemu-run.sh" --dry-run --image "$image/cohesix-qemu.img" --port "$port"))"
bench "$boots" 1000 10 "$port" "$token" qemu "$work" "${command[@]}" -monitor "unix:$work/monitor,server=on,wait=off" -D "$work/log"
rm -f "$work/log"

step uboot "booting the same behind U-Boot $boots times"
make_disk "$(sel4_build_given "$sel4_build")"
port=$(free_port)
eval "command=($("$root/scripts/uboot/qemu-uboot-smoke.sh" --dry-run --net user --disk "$image/cohesix-uboot.img" --port "$port"))"
bench "$boots" 0 0 "$port" "$token" uboot "$work" "${command[@]}"

step uefi "booting the same by UEFI firmware $boots times"
make_image "$(sel4_build_given "$sel4_build")" '' aws
port=$(free_port)
eval "command=($("$root/scripts/uefi/qemu-esp.sh" --dry-run --disk "$image/cohesix-aws.img" --port "$port"))"
bench "$boots" 0 0 "$port" "$token" uefi "$work" "${command[@]}"

if [ -n "${COHESIX_QEMU_RPI4:-}" ] && [ -n "${COHESIX_UBOOT_RPI4:-}" ] && [ -n "${COHESIX_SEL4_RPI4:-}" ]; then
    step raspi4b "booting the Raspberry Pi 4's card in raspi4b $boots times"
    made=$("$root/scripts/uboot/raspi4b-smoke.sh" --dry-run "$work/raspi4b")
    case $made in SKIP*) die "${made#SKIP }" ;; esac
    eval "command=($made)"
    bench "$boots" 0 0 0 "$token" raspi4b "$work" "${command[@]}"
fi

step reads "reads over Secure9P: in QEMU beside PING, on POSIX beside diod"
reads() { "$(java_home)/bin/java" -cp "$root/host/secure9p/target/classes" "$root/scripts/bench/ReadBench.java" "$@" >>"$figures"; }
hive_start tcp 0
reads qemu.p9 "$hive_port" "$token" 15 500
hive_stop
# A file of 4096 bytes behind diod, for one user: root needs no mapping of users, others may only be themselves.
PATH=$PATH:/usr/sbin
command -v diod >/dev/null || die "no diod here: run scripts/setup_environment.sh"
head -c 4096 /dev/zero >"$work/zero"
chmod 755 "$work"
users=(-u "$(id -u)")
[ "$(id -u)" -ne 0 ] || users=(-S -U root)
diod_port=$(free_port)
diod -f -n -N -l "127.0.0.1:$diod_port" -e "$work" -L stderr "${users[@]}" 2>"$work/diod.log" &
diod=$!
hive_start local 0
for _ in $(seq 100); do
    if (: <"/dev/tcp/127.0.0.1/$diod_port") 2>/dev/null; then break; fi
    sleep 0.05
done
reads posix.p9 "$hive_port" "$token" 25 3000 "$diod_port" "$work" "$(id -un)" "$(id -u)"
hive_stop
end_process "$diod"
diod=

if [ -n "$smp_build" ]; then
    step cores "Secure9P on four cores: tasks on cores of their own beside all on the first"
    image=$out/image-one-core
    build_board "$smp_build" smp
    make_image "$smp_build" smp
    use_manifest "$root/configs/root_task_smp.toml"
    compile_manifest
    build_board "$smp_build" smp
    image=$out/image-cores make_image "$smp_build" smp
    hive_start tcp 0
    beside=$hive_pid beside_port=$hive_port
    image=$out/image-cores
    hive_start tcp 0
    reads qemu.smp "$hive_port" "$token" 15 200 "$beside_port"
    hive_stop
    end_process "$beside"
    beside=
    image=$out/image
    use_manifest "$root/configs/root_task.toml"
fi

step scale "1 000 sessions and 10 000 workers on POSIX"
use_manifest "$root/configs/root_task_scale.toml"
compile_manifest
build_hosted
hive_start local 0
beside=$hive_pid beside_port=$hive_port
hive_start local 0
# All on one processor: to wake a hive on another costs twice what it does then, and which one shares the client's would be chance.
processor=$(taskset -cp $$ | sed -E 's/.*: *([0-9]+).*/\1/')
for pid in "$hive_pid" "$beside"; do taskset -acp "$processor" "$pid" >/dev/null; done
taskset -c "$processor" "$(java_home)/bin/java" "$root/scripts/bench/ScaleBench.java" "$token" posix.scale 1000 "$hive_port" "$hive_pid" "$beside_port" "$beside" >>"$figures"
hive_stop
end_process "$beside"
beside=
use_manifest "$root/configs/root_task.toml"
# What one session more reserves: of every pool that grows with them as many elements as there are for each port.
awk -F ' *[|] *' '
    $2 ~ /^(conns|streams|sessions|session_order|fids|ports|net_(conns|pcbs|segments|pbufs|headers))$/ { count[$2] = $6; bytes[$2] = $7 }
    END { for (pool in count) sum += bytes[pool] * (count[pool] > count["ports"] ? int(count[pool] / count["ports"]) : 1)
          printf "session_bytes=%d\n", sum }' "$root/out/manifests/capacity.md" >>"$figures"

step sizes "sizes and lines"
{
    printf 'image_kib=%s\n' "$(awk -v n="$(stat -c %s "$image/cohesix-qemu.img")" 'BEGIN { printf "%.1f", n / 1024 }')"
    printf 'rootserver_kib=%s\n' "$(awk -v n="$(stat -c %s "$root/seL4/build/$([ "$sel4_build" = sim ] && echo aarch64 || echo aarch64-sel4)/rootserver.elf")" 'BEGIN { printf "%.1f", n / 1024 }')"
    printf 'trusted_lines=%s\n' "$("$root/scripts/ci/sizes.sh" | sed -n 's/^trusted: the authority: \([0-9]*\).*/\1/p')"
} >>"$figures"

step tools "start-up of the host tools, 21 runs each"
for tool in coh-rtc cohsh; do
    for _ in $(seq 21); do
        began=$(date +%s%N)
        "$tools/bin/$tool" --help >/dev/null
        echo $((($(date +%s%N) - began) / 1000))
    done | sort -n | sed -n 11p | awk -v tool="$tool" '{ printf "%s.help_ms=%.1f\n", tool, $1 / 1000 }' >>"$figures"
done
step_end

# key, what a reader calls it, the bound that the project keeps
table='qemu.entry_ms|QEMU start to root-task entry (ms)|
qemu.prompt_ms|QEMU start to prompt (ms)|
qemu.prompt_per_entry|prompt / entry|2
uboot.prompt_ms|U-Boot start to prompt, its countdown of two seconds included (ms)|
uefi.prompt_ms|UEFI start to prompt (ms)|
raspi4b.prompt_ms|Raspberry Pi 4 card in QEMU raspi4b: U-Boot start to prompt, its countdown of two seconds included (ms)|
qemu.ping_ms|PING over TCP, median (ms)|0.405
qemu.ping_p95_ms|PING over TCP, p95 (ms)|
qemu.ping_kinsn|a PING in instructions of the machine (thousands)|25
qemu.cat_ms|CAT /proc/boot, median (ms)|0.735
qemu.cat_p95_ms|CAT /proc/boot, p95 (ms)|
qemu.ls_ms|LS /, median (ms)|1.35
qemu.ls_p95_ms|LS /, p95 (ms)|
qemu.p9.small.plain1_ms|9P read of 64 bytes in QEMU, plain socket, median (ms)|
qemu.p9.small.read1_by_ping|that / PING by a plain socket beside it|1.2
qemu.p9.small.read1_ms|the same read with the library (ms)|
qemu.p9.small.read16_by_read1|9P reads of 64 bytes in QEMU: 16 in flight / one|>=4
qemu.p9.4k.read1_ms|9P read of 4 KiB in QEMU, one in flight, median (ms)|
qemu.p9.4k.read16_by_read1|9P reads of 4 KiB in QEMU: 16 in flight / one|
posix.p9.read1_per_s|9P reads of 4 KiB a second on POSIX, one in flight|
posix.p9.read1_by_diod|one in flight on POSIX / diod beside it|>=1.5
posix.p9.read16_per_s|9P reads of 4 KiB a second on POSIX, 16 in flight|
posix.p9.read16_by_diod|16 in flight on POSIX / diod beside it|>=1.5
posix.scale.attach_ms|connect and attach among 1 000 sessions and workers, median (ms)|
posix.scale.attach_p95_ms|connect and attach among 1 000 sessions and workers, p95 (ms)|
session_bytes|memory that is kept for a session (bytes)|
posix.scale.session_resident_bytes|memory that a session touches (bytes)|
posix.scale.walk_cpu_us.10|walk and clunk with 10 workers, CPU of the hive (µs)|
posix.scale.walk_cpu_us.100|walk and clunk with 100 workers|
posix.scale.walk_cpu_us.1000|walk and clunk with 1 000 workers|
posix.scale.walk_cpu_us.10000|walk and clunk with 10 000 workers|
posix.scale.walk_cpu_growth|walk with 10 000 workers / with 10|1.5
posix.scale.control_cpu_us.few|control write with 10 workers and approvals, CPU of the hive (µs)|
posix.scale.control_cpu_us.many|control write with 10 000 workers, approvals and entries of the journal|
posix.scale.control_cpu_growth.nothing|control write in two hives alike|
posix.scale.control_cpu_growth.journal|control write after 10 000 entries of the journal / beside it, at its start|1.5
posix.scale.control_cpu_growth.queue|and with 10 000 waiting approvals / with 10|1.5
posix.scale.control_cpu_growth.workers|and with 10 000 workers / with 10|1.5
qemu.smp.read1_by_one_core|9P reads of 4 KiB a second, one in flight, four cores: tasks on their own / all on the first|
qemu.smp.read16_by_one_core|the same, 16 in flight|
qemu.idle_cpu_percent|idle QEMU CPU over 10 s (%)|5
image_kib|image (KiB)|700
rootserver_kib|rootserver (KiB)|400
trusted_lines|own lines of the authority|
coh-rtc.help_ms|coh-rtc --help, median (ms)|150
cohsh.help_ms|cohsh --help, median (ms)|150'

# committed_value NAME: what docs/BENCHMARKS.md has for it.
committed_value() { awk -F ' *[|] *' -v name="$1" '$2 == name { print $3; exit }' "$committed" 2>/dev/null; }
print_table() {
    local key name bound now before verdict sign
    echo "| figure | now | last committed | bound |"
    echo "| --- | ---: | ---: | ---: |"
    while IFS='|' read -r key name bound; do
        now=$(sed -n "s/^$key=//p" "$figures")
        before=$(committed_value "$name")
        verdict=
        case $bound in '>='*) sign='≥' bound=${bound#>=} ;; *) sign='≤' ;; esac
        if [ -n "$bound" ] && [ -n "$now" ]; then
            verdict=$(awk -v n="$now" -v b="$bound" -v s="$sign" 'BEGIN { print (s == "≤" ? n <= b : n >= b) ? " (kept)" : " (MISSED)" }')
        fi
        echo "| $name | ${now:--} | ${before:--} | ${bound:+$sign $bound$verdict} |"
    done <<<"$table"
}
echo "kernel: $sel4_build"
print_table
pools=$root/out/manifests/capacity.md
if [ -f "$pools" ]; then
    echo
    echo "Memory by pool (out/manifests/capacity.md):"
    grep '^|' "$pools" || true
fi

if [ "$write" -eq 1 ]; then
    fresh=$(mktemp)
    {
        echo "| figure | value |"
        echo "| --- | ---: |"
        # What was not measured this time keeps its figure.
        while IFS='|' read -r key name _; do
            now=$(sed -n "s/^$key=//p" "$figures")
            echo "| $name | ${now:-$(committed_value "$name")} |"
        done <<<"$table"
    } >"$fresh"
    awk -v file="$fresh" '
        /<!-- bench:start -->/ { print; while ((getline line < file) > 0) print line; skip = 1; next }
        /<!-- bench:end -->/ { skip = 0 }
        !skip { print }' "$committed" >"$fresh.new"
    cat "$fresh.new" >"$committed"
    rm -f "$fresh" "$fresh.new"
    say "wrote these figures into docs/BENCHMARKS.md"
fi
