#!/usr/bin/env bash
# Boots a disk of `coh-rtc image aws` by UEFI firmware in QEMU, its serial console on this terminal (Ctrl-A x leaves). What the
# kernel needs of the machine stands in the disk's BOOTAA64.EFI. Neither the disk nor the firmware's variables are written to.
# Becomes QEMU, so whoever starts it ends QEMU by its process id.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: scripts/uefi/qemu-esp.sh [--disk FILE] [--port N] [--acpi] [--el2] [--memory MIB] [--dry-run] [-- QEMU-ARGUMENT...]
  --disk FILE   disk made by `coh-rtc image aws` (default: out/cohesix/image/cohesix-aws.img)
  --port N      host port, on 127.0.0.1 only, that leads to the console (default: 31337)
  --acpi        firmware speaks ACPI, as a server's does, and gives no device tree: the image's own is used
  --el2         give the machine EL2 even where the kernel does not ask for it
  --memory MIB  memory (default: a GiB more than the kernel was compiled for, where firmware keeps what it does not give back)
  --dry-run     print the command instead
environment: COHESIX_QEMU_SMP (default 4), COHESIX_QEMU (default qemu-system-aarch64),
             COHESIX_UEFI_CODE, COHESIX_UEFI_VARS (default /usr/share/AAVMF/AAVMF_CODE.fd, AAVMF_VARS.fd)
TEXT
}
wrong() {
    printf 'qemu-esp: %s\n' "$1" >&2
    exit 2
}
need() { [ -n "${2:-}" ] || wrong "$1 needs a value"; }

root=$(cd "$(dirname "$0")/../.." && pwd)
disk=$root/out/cohesix/image/cohesix-aws.img
port=31337
acpi=off
el2=
memory=
dry=
while [ $# -gt 0 ]; do
    case $1 in
        --disk) need "$@" && disk=$2 && shift ;;
        --port) need "$@" && port=$2 && shift ;;
        --acpi) acpi=on ;;
        --el2) el2=1 ;;
        --memory) need "$@" && memory=$2 && shift ;;
        --dry-run) dry=1 ;;
        -h | --help) usage && exit 0 ;;
        --) shift && break ;;
        *) usage >&2 && wrong "unknown argument '$1'" ;;
    esac
    shift
done
for number in "$port" "${memory:-1}"; do
    case $number in '' | *[!0-9]*) wrong "--port and --memory are numbers, not '$number'" ;; esac
done
if [ "$port" -lt 1 ] || [ "$port" -gt 65535 ]; then wrong "--port is 1 to 65535, not $port"; fi
[ -f "$disk" ] || wrong "no disk at $disk: make one with scripts/uefi/esp-build.sh"
code=${COHESIX_UEFI_CODE:-/usr/share/AAVMF/AAVMF_CODE.fd}
vars=${COHESIX_UEFI_VARS:-/usr/share/AAVMF/AAVMF_VARS.fd}
for file in "$code" "$vars"; do
    [ -f "$file" ] || wrong "no firmware at $file: install qemu-efi-aarch64, or set COHESIX_UEFI_CODE and COHESIX_UEFI_VARS"
done
command -v mtype >/dev/null || wrong "no mtype here: install mtools"

# The application is a page of header, then the flat image: its second word says where the payload table is (payload.h).
application=$(mktemp)
trap 'rm -f "$application"' EXIT
MTOOLS_SKIP_CHECK=1 mtype -i "$disk@@1M" ::/EFI/BOOT/BOOTAA64.EFI >"$application" 2>/dev/null ||
    wrong "$disk has no EFI/BOOT/BOOTAA64.EFI in a partition at 1 MiB: make it again"
field() { od -A n -t "u$1" -N "$1" -j "$2" "$application" | tr -d ' '; }
if [ "$(wc -c <"$application")" -lt 8192 ] || [ "$(field 4 4152)" != 1682788929 ]; then # "ARM" 0x64
    wrong "$disk: its BOOTAA64.EFI is not Cohesix's: make it again"
fi
table=$((4096 + $(field 4 4100)))
[ $(($(field 4 $((table + 12))) & 1)) -eq 0 ] || el2=1
cpu=cortex-a57
[ "$(field 4 $((table + 68)))" != 40 ] || cpu=cortex-a53
memory=${memory:-$(($(field 8 $((table + 32))) >> 20))} # QEMU's memory begins at 1 GiB
rm -f "$application"
trap - EXIT

guest_port=
if [ -f "$(dirname "$disk")/manifest.json" ]; then
    guest_port=$(tr -d ' \n' <"$(dirname "$disk")/manifest.json" | grep -o '"console":{[^{}]*}' | grep -o '"port":[0-9]*' | cut -d : -f 2 || true)
fi
smp=${COHESIX_QEMU_SMP:-4}
# The disk is on PCI: the NIC has its page of virtio-mmio to itself. `snapshot`: what firmware writes is forgotten.
# shellcheck disable=SC2054
command=("${COHESIX_QEMU:-qemu-system-aarch64}" -machine "virt,gic-version=2,acpi=$acpi${el2:+,virtualization=on}" -cpu "$cpu"
    -smp "$smp" -m "$memory" -nographic -no-reboot
    -drive "if=pflash,unit=0,format=raw,readonly=on,file=$code"
    -drive "if=pflash,unit=1,format=raw,snapshot=on,file=$vars"
    -drive "if=none,id=esp,format=raw,readonly=on,file=$disk" -device virtio-blk-pci,drive=esp,bootindex=0
    -global virtio-mmio.force-legacy=false
    -netdev "user,id=net0,hostfwd=tcp:127.0.0.1:$port-10.0.2.15:${guest_port:-31337}" -device "virtio-net-device,netdev=net0"
    "$@")
if [ -n "$dry" ]; then
    printf '%q ' "${command[@]}" && echo
    exit 0
fi
exec "${command[@]}"
