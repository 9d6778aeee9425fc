#!/usr/bin/env bash
# What the UEFI application does with images and machines that are wrong: each case boots by firmware in QEMU and must end in
# the loader's own line, and the rootserver must not have been entered. The damage is done to the file on the disk. Firmware
# with Secure Boot must start a signed file and refuse it unsigned, or signed and changed afterwards.
# Usage: scripts/uefi/esp-negative.sh [--short]      --short: two cases, one before firmware is left and one after
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

short=0
case ${1:-} in
    '') ;;
    --short) short=1 ;;
    -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "esp-negative: unknown argument '$1' (see --help)" >&2; exit 2 ;;
esac
tools=$out/host-tools
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"
own_folder
# shellcheck source=scripts/lib/payload.sh
. "$root/scripts/lib/payload.sh"
trap 'exit 130' INT
trap 'exit 143' TERM HUP
for file in loader.elf rootserver.elf sim-kernel.elf; do
    [ -f "$root/seL4/build/aarch64/$file" ] || die "no seL4/build/aarch64/$file: run scripts/cohesix-build-run.sh --no-run --sel4-build sim"
done

export MTOOLS_SKIP_CHECK=1
qemu_tree "$work/virt.dtb"
image=$work/treeless make_image '' '' aws
image=$work make_image '' '' aws --dtb "$work/virt.dtb"
# The application's page of header, and what follows: the flat image.
mcopy -n -i "$work/cohesix-aws.img@@1M" ::/EFI/BOOT/BOOTAA64.EFI "$work/application"
head -c 4096 "$work/application" >"$work/header"
tail -c +4097 "$work/application" >"$work/flat"
table=$(number flat 4 4)
kernel=$((table + $(number flat $((table + 224)) 8)))

failed=0
cases=0
entered='root-task entry reached'
CR=$(printf '\r')
# boots TEXT WANTED FORBIDDEN DISK ARGUMENT...: the log shows WANTED and never FORBIDDEN.
boots() {
    local text=$1 wanted=$2 forbidden=$3 disk=$4 log=$work/uart
    shift 4
    cases=$((cases + 1))
    : >"$log"
    setsid "$root/scripts/uefi/qemu-esp.sh" --disk "$disk" --port "$(free_port)" "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    # A line that begins is awaited to its end.
    wait_for_line "$log" "(loader: halted|failed to load|$entered).*$CR" "${COHESIX_BOOT_SECONDS:-60}" "$pid" || true
    end_process "$pid"
    pid=
    if grep -qF -e "$wanted" "$log" && ! grep -qF -e "$forbidden" "$log"; then
        echo "ok   $text"
    else
        failed=$((failed + 1))
        echo "FAIL $text: wanted '$wanted', the log is:"
        sed 's/^/     /' "$log"
    fi
}
# spoilt NAME: a disk whose application has $work/NAME for its flat image.
spoilt() {
    cp "$work/cohesix-aws.img" "$work/$1.disk"
    cat "$work/header" "$work/$1" >"$work/$1.efi"
    mcopy -o -i "$work/$1.disk@@1M" "$work/$1.efi" ::/EFI/BOOT/BOOTAA64.EFI
}
halts() { boots "$1" "loader: halted: $2" "$entered" "${@:3}"; }
copy() { cp "$work/flat" "$work/$1"; }

copy damaged && flip damaged $((kernel + 4096)) && spoilt damaged
halts 'a flipped bit in the kernel is found while firmware is there' 'payload kernel: SHA-256 is ' "$work/damaged.disk"
copy room && poke room $((table + 320)) 0000004000000000 && seal room && spoilt room
halts 'a rootserver that is too large for the memory is refused' 'no room: the rootserver would end at' "$work/room.disk"
if [ "$short" -eq 0 ]; then
    copy stamp && flip stamp $((table + 105)) && spoilt stamp
    halts 'a flipped bit in the payload table is found' 'payload table: SHA-256 differs' "$work/stamp.disk"
    copy hyp && poke hyp $((table + 12)) 01020000 && seal hyp && spoilt hyp
    # qemu-esp.sh gives such a kernel EL2; the last -machine counts.
    halts 'a kernel for EL2 on a machine without it is refused' 'the kernel needs EL2 and this is EL1' "$work/hyp.disk" -- \
        -machine virt,gic-version=2,virtualization=off
    copy cores && poke cores $((table + 64)) 04000000 && seal cores && spoilt cores
    COHESIX_QEMU_SMP=2 halts 'a kernel for four cores on a machine with two is refused' \
        'the kernel was built for 4 cores, the machine has 2' "$work/cores.disk"
    halts 'without a device tree it stops' 'no device tree: the firmware has none' "$work/treeless/cohesix-aws.img" --acpi
    halts 'with too little memory it says where that ends' 'too little memory: it ends at 0x60000000' "$work/cohesix-aws.img" --memory 512
    boots 'what firmware keeps of the kernel'\''s memory is named' "is the firmware's: runtime services" "$entered" \
        "$work/cohesix-aws.img" --memory 1024
    head -c 100000 "$work/flat" >"$work/short" && spoilt short
    boots 'firmware itself refuses a file that was cut short' 'failed to load' "$entered" "$work/short.disk"

    # Debian's firmware with a key that is known to all, for tests.
    key=/usr/share/qemu-efi-aarch64/PkKek-1-snakeoil
    export COHESIX_UEFI_CODE=/usr/share/AAVMF/AAVMF_CODE.snakeoil.fd COHESIX_UEFI_VARS=/usr/share/AAVMF/AAVMF_VARS.snakeoil.fd
    openssl rsa -in "$key.key" -passin pass:snakeoil -out "$work/key" 2>"$work/openssl.out" || { cat "$work/openssl.out" >&2; die "can't read $key.key"; }
    sbsign --key "$work/key" --cert "$key.pem" --output "$work/signed.efi" "$work/application" >"$work/sbsign.out" 2>&1 ||
        { cat "$work/sbsign.out" >&2; die "sbsign refuses the application"; }
    head -c 4096 "$work/signed.efi" >"$work/header"
    tail -c +4097 "$work/signed.efi" >"$work/signed" && spoilt signed
    cp "$work/signed" "$work/forged" && flip forged $((kernel + 4096)) && spoilt forged
    boots 'firmware with Secure Boot starts a signed application' "$entered" 'failed to load' "$work/signed.disk"
    boots 'firmware with Secure Boot refuses it unsigned' 'Access Denied' 'loader: cohesix' "$work/cohesix-aws.img"
    boots 'firmware with Secure Boot refuses it changed' 'Access Denied' 'loader: cohesix' "$work/forged.disk"
fi

echo "esp-negative: $((cases - failed)) of $cases passed"
[ "$failed" -eq 0 ]
