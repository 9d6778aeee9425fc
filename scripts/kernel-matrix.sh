#!/usr/bin/env bash
# Which kernels serve: takes installed seL4 builds that you have, links the rootserver for each, boots it in QEMU at the build's
# exception level and with its cores, and runs the regression pack there. Writes what it saw as JSON, which docs/KERNELS.md shows.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
    cat <<'TEXT'
Usage: scripts/kernel-matrix.sh [--out FILE] [--update] [--quick] [--boots N] DIR...
  DIR          an installed seL4 build (what ninja install leaves, and the sources' VERSION file): qemu-arm-virt or bcm2711
  --out FILE   where the JSON goes (default: out/kernels/kernels.json); docs/kernels.json is what docs/KERNELS.md is made from,
               by scripts/cohesix-build-run.sh --no-run or `coh-rtc compile configs/root_task.toml`
  --update     rows of FILE whose builds are not named here stay as they are; the first DIR is its first row's
  --quick      one script of the pack, scripts/cohsh/boot_v0.coh, instead of all
  --boots N    boots that are timed, of which the fastest counts (default: 3)
  -h, --help   this text
A row fails when the kernel does not reach the prompt, a script fails, or the transcripts differ from those of the first row.
Time to the prompt is given as a ratio to the first row. A build for bcm2711 boots on no machine here: its rootserver is linked,
and what it needs is compared with what the build gives. Logs and transcripts: out/kernels/<name of DIR>/.
Exit: 0 every row is good, 1 one is not, 2 wrong usage.
TEXT
}
wrong() { echo "kernel-matrix: $* (see --help)" >&2; exit 2; }
need() { [ -n "${2:-}" ] || wrong "$1 needs a value"; }

results=$root/out/kernels
to=$results/kernels.json
quick=false
update=false
boots=3
dirs=()
while [ $# -gt 0 ]; do
    case $1 in
        --out) need "$@"; [ -d "$(dirname "$2")" ] || wrong "--out $2: there is no folder $(dirname "$2")"; to=$2; shift ;;
        --boots) need "$@"; boots=$2; shift ;;
        --quick) quick=true ;;
        --update) update=true ;;
        -h | --help) usage; exit 0 ;;
        -*) wrong "unknown argument '$1'" ;;
        *) dirs+=("$1") ;;
    esac
    shift
done
[ ${#dirs[@]} -gt 0 ] || wrong "name at least one seL4 build"
case $boots in '' | *[!0-9]* | 0) wrong "--boots is a number from 1 on, not '$boots'" ;; esac
case $to in /*) ;; *) to=$PWD/$to ;; esac
[ ! -e "$to" ] || [ -f "$to" ] || wrong "--out $to is not a file: name one that is, or a new one"

tools=$out/host-tools
image=$root/out/regression/image-sel4
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"
trap hive_stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# ---- what a build says of itself ----

config=
kernel=
# read_build DIR: its configuration and its kernel's file; says what DIR is not.
read_build() {
    local header
    config=
    for header in kernel sel4; do
        [ -f "$1/libsel4/include/$header/gen_config.h" ] ||
            wrong "$1 is no installed seL4 build: it holds no libsel4/include/$header/gen_config.h"
        config+=$(cat "$1/libsel4/include/$header/gen_config.h")$'\n'
    done
    for kernel in "$1/bin/kernel.elf" "$1/kernel.elf" "$1/kernel/kernel.elf" ''; do [ ! -f "$kernel" ] || break; done
    [ -n "$kernel" ] || wrong "$1 is no installed seL4 build: it holds no bin/kernel.elf"
    [ -f "$1/VERSION" ] || wrong "$1 holds no VERSION: copy the VERSION of the kernel's sources there, which ninja install leaves out"
    has ARCH_AARCH64 || wrong "$1 is not for AArch64: configure it with -DKernelSel4Arch=aarch64"
    ! has KERNEL_MCS || wrong "$1 has the MCS scheduler, which is not served: configure it with -DKernelIsMCS=OFF"
    [ -n "$(platform)" ] || wrong "$1 is for the platform $(text ARM_PLAT), not qemu-arm-virt or bcm2711: configure it with -DKernelPlatform=…"
}
has() { grep -qE "^#define CONFIG_$1( |\$)" <<<"$config"; }
is() { if has "$1"; then echo true; else echo false; fi; }
text() { sed -nE "s/^#define CONFIG_$1 +//p" <<<"$config" | tail -n 1 | tr -d ' "'; }
platform() { if has PLAT_QEMU_ARM_VIRT; then echo qemu-arm-virt; elif has PLAT_BCM2711; then echo bcm2711; fi; }
exports() {
    local name list=
    for name in PCNT PTMR VCNT VTMR; do ! has "EXPORT_${name}_USER" || list+=",\"${name,,}\""; done
    echo "[${list#,}]"
}
configuration() {
    printf '{"debug":%s,"domains":%s,"exports":%s,"fan_out":%s,"hypervisor":%s,"nodes":%s,"physical_bits":%s,"platform":"%s","printing":%s,"root_cnode_bits":%s,"untypeds":%s,"verification":%s,"version":"%s"}' \
        "$(is DEBUG_BUILD)" "$(text NUM_DOMAINS)" "$(exports)" "$(text RETYPE_FAN_OUT_LIMIT)" "$(is ARM_HYPERVISOR_SUPPORT)" \
        "$(text MAX_NUM_NODES)" "$(if has ARM_PA_SIZE_BITS_40; then echo 40; else echo 44; fi)" "$(platform)" "$(is PRINTING)" \
        "$(text ROOT_CNODE_SIZE_BITS)" "$(text MAX_NUM_BOOTINFO_UNTYPED_CAPS)" "$(is VERIFICATION_BUILD)" "$(head -n 1 "$1/VERSION" | tr -cd '0-9.')"
}

# Pages of the rootserver in memory: the kernel makes a capability for each.
image_pages() {
    aarch64-linux-gnu-readelf -lW "$root/seL4/build/aarch64-sel4/rootserver.elf" | awk '
        function hex(s,   i, v) { v = 0; for (i = 3; i <= length(s); i++) v = v * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1; return v }
        $1 == "LOAD" { if (!n++) first = hex($3); last = hex($3) + hex($6) }
        END { print int((last - first + 4095) / 4096) }'
}
# Slots of the root CNode that a boot can need, as the image tool counts them: the kernel's own, the image, untypeds, objects.
image_tool=$root/tools/coh-rtc/src/main/java/io/cohesix/rtc/image/BootImage.java
java_number() { sed -nE "s/.* int $1 = ([0-9]+);/\1/p" "$image_tool" | grep . || die "$image_tool has no number $1: this script reads it there"; }
slots_needed() { echo $(($(java_number INITIAL_SLOTS) + $(image_pages) + $(text MAX_NUM_BOOTINFO_UNTYPED_CAPS) + $(java_number OWN_SLOTS))); }

# ---- one row ----

bad=0
first_ms=
first_sum=
first_name=
rows=()
boot_json=
batch_json=
sum=
row_ok=
complain() {
    row_ok=false
    say "FAIL  $name: $*"
}

# pack_run DIR: links, makes the image and runs the pack; sets batch_json and sum.
pack_run() {
    local passed=0 failed=0 scripts=()
    ! "$quick" || scripts=("$root/scripts/cohsh/boot_v0.coh")
    rm -rf "$root/out/regression/sel4"
    "$root/scripts/regression.sh" --platform sel4 --sel4-build "$1" "${scripts[@]}" >"$folder/regression.log" 2>&1 || true
    read -r passed failed < <(sed -nE 's/^regression: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$folder/regression.log") || true
    batch_json="{\"failed\":${failed:-0},\"passed\":${passed:-0}}"
    sum=
    if [ "${passed:-0}" -eq 0 ]; then
        tail -n 15 "$folder/regression.log" >&2
        complain "the pack did not run (log: ${folder#"$root"/}/regression.log)"
        return 0
    fi
    [ "$failed" -eq 0 ] || complain "$failed scripts failed (log: ${folder#"$root"/}/regression.log)"
    cp "$root/out/regression/sel4"/*.transcript "$folder/"
    sum=$(cd "$folder" && LC_ALL=C sha256sum -- *.transcript | sha256sum | cut -d ' ' -f 1)
}

# boot_once: in a subshell, since a hive that does not come up ends it; leaves the milliseconds to the prompt, the serial
# console's text and what the kernel left free.
boot_once() (
    trap hive_stop EXIT
    began=$(now_ms)
    hive_start tcp 0
    wait_for_line "$hive_log" '^cohesix>' 10 "$hive_pid" || die "the hive listens and shows no prompt"
    echo $(($(now_ms) - began)) >>"$folder/prompt_ms"
    cp "$hive_log" "$folder/boot.log"
    [ ! -f "$folder/bi.log" ] || exit 0
    printf 'attach queen\nbi\n' >"$folder/bi.coh"
    hive_cohsh --script "$folder/bi.coh" >"$folder/bi.log"
)

# boot_run: times some boots, of which the fastest counts; sets boot_json.
boot_run() {
    local i least untyped ram empty
    boot_json='{"result":"no prompt"}'
    [ -f "$image/cohesix-qemu.img" ] || return 0
    for ((i = 0; i < boots; i++)); do
        if ! boot_once >"$folder/boot-errors.log" 2>&1; then
            tail -n 15 "$folder/boot-errors.log" >&2
            complain "no prompt (log: ${folder#"$root"/}/boot-errors.log)"
            return 0
        fi
    done
    least=$(sort -n "$folder/prompt_ms" | head -n 1)
    [ -n "$first_ms" ] || first_ms=$least
    read -r untyped ram < <(sed -nE 's/^bootinfo: .* untyped=([0-9]+) ram=([0-9]+).*/\1 \2/p' "$folder/boot.log" | tr -d '\r')
    empty=$(sed -nE 's/.*OK BOOTINFO .*empty=\[(0x[0-9a-f]+),.*/\1/p' "$folder/bi.log" | head -n 1)
    boot_json=$(printf '{"cores":%s,"el":%s,"ram_bytes":%s,"ratio":%s,"result":"prompt","slots_taken":%s,"timer":"%s","untypeds":%s}' \
        "$(text MAX_NUM_NODES)" "$(if has ARM_HYPERVISOR_SUPPORT; then echo 2; else echo 1; fi)" "$ram" \
        "$(awk -v a="$least" -v b="$first_ms" 'BEGIN { printf "%.2f", a / b }')" "$((empty))" \
        "$(if grep -q 'timer: polling' "$folder/boot.log"; then echo polling; else echo exported; fi)" "$untyped")
}

qemu_row() {
    COHESIX_QEMU_SMP=$(text MAX_NUM_NODES)
    export COHESIX_QEMU_SMP
    pack_run "$1"
    boot_run
    [ -n "$sum" ] || return 0
    if [ -z "$first_sum" ]; then first_sum=$sum first_name=$name; fi
    if [ "$sum" != "$first_sum" ]; then
        complain "its transcripts are not those of $first_name: diff -ru out/kernels/$first_name out/kernels/$name"
    fi
}

# A build for a board: what can be known without it.
board_row() {
    build_board "$1" >"$folder/build.log" 2>&1 || { complain "the rootserver can't be linked (log: ${folder#"$root"/}/build.log)"; return 0; }
    boot_json='{"result":"no board here"}'
    batch_json=null
    sum=
}

row() {
    local dir=$1 needed room
    name=$(basename "$dir")
    folder=$results/$name
    read_build "$dir"
    rm -rf "$folder" && mkdir -p "$folder"
    row_ok=true
    say "$name: seL4 $(head -n 1 "$dir/VERSION"), $(platform)"
    if [ "$(platform)" = qemu-arm-virt ]; then qemu_row "$dir"; else board_row "$dir"; fi
    needed=$(slots_needed)
    room=$((1 << $(text ROOT_CNODE_SIZE_BITS)))
    [ "$needed" -le "$room" ] || complain "the root CNode has $room slots, $needed are needed: configure it with a larger -DKernelRootCNodeSizeBits"
    rows+=("$(printf '{"batch":%s,"boot":%s,"configuration":%s,"kernel_sha256":"%s","name":"%s","ok":%s,"slots":{"needed":%s,"root_cnode":%s},"transcript_sha256":%s}' \
        "$batch_json" "$boot_json" "$(configuration "$dir")" "$(sha256sum <"$kernel" | cut -d ' ' -f 1)" "$name" "$row_ok" \
        "$needed" "$room" "$(if [ -n "$sum" ]; then echo "\"$sum\""; else echo null; fi)")")
    if "$row_ok"; then say "ok    $name: $boot_json batch $batch_json"; else bad=$((bad + 1)); fi
}

# The rows of the table as it was, one a line: write_json has them so.
kept=()
name_of() { sed -nE 's/.*"name":"([^"]*)".*/\1/p' <<<"$1"; }
read_kept() {
    [ -f "$to" ] || wrong "--update: there is no $to"
    grep -qF "\"quick\":$quick," "$to" || wrong "--update: $to is of a run $("$quick" && echo without || echo with) --quick"
    mapfile -t kept < <(sed -nE 's/^(\{"batch":.*\}),?$/\1/p' "$to")
    [ "$(name_of "${kept[0]:-}")" = "$(basename "${dirs[0]}")" ] ||
        wrong "--update: the first DIR has to be $(name_of "${kept[0]:-}"), the first row of $to, with which the others are compared"
}
# merged: the rows of this run, each in the place of the kept one of its name or behind all, and the other kept ones.
merged() {
    local row old name
    for old in "${kept[@]}"; do
        name=$(name_of "$old")
        for row in "${rows[@]}"; do [ "$(name_of "$row")" != "$name" ] || old=$row; done
        printf '%s\n' "$old"
    done
    for row in "${rows[@]}"; do
        name=$(name_of "$row")
        grep -qF "\"name\":\"$name\"" <<<"${kept[*]}" || printf '%s\n' "$row"
    done
}

write_json() {
    {
        printf '{"quick":%s,"rows":[\n' "$quick"
        merged | sed '$!s/$/,/'
        printf ']}\n'
    } >"$to.part"
    mv "$to.part" "$to"
}

names=
for i in "${!dirs[@]}"; do
    [ -d "${dirs[$i]}" ] || wrong "no folder ${dirs[$i]}"
    dirs[i]=$(cd "${dirs[$i]}" && pwd)
    read_build "${dirs[$i]}"
    case " $names " in *" $(basename "${dirs[$i]}") "*) wrong "two builds are named $(basename "${dirs[$i]}"): rows are told apart by their folders' names" ;; esac
    names+=" $(basename "${dirs[$i]}")"
done
! "$update" || read_kept
cd "$root"
mkdir -p "$results"
say "building what all rows share"
quietly "$out/log/kernel-matrix-build.log" "$root/scripts/cohesix-build-run.sh" --no-run --sel4-build sim
for dir in "${dirs[@]}"; do
    row "$dir"
    write_json
done
say "$((${#rows[@]} - bad)) of ${#rows[@]} kernels are good; the table is $to"
[ "$bad" -eq 0 ]
