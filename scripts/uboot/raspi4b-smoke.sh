#!/usr/bin/env bash
# Makes the Raspberry Pi 4's card for a kernel of yours and boots it in QEMU's raspi4b, stage by stage, up to a session on the serial
# console. QEMU runs no firmware of the board: it starts U-Boot itself, and hands it a device tree.
# Usage: scripts/uboot/raspi4b-smoke.sh [--sel4-build DIR] [--uart pl011|miniuart] [--chain uboot|kernel|memory]
#   --sel4-build DIR  an installed seL4 for bcm2711 with RPI4_MEMORY=1024, which is what QEMU's device tree has
#                     (default: $COHESIX_SEL4_RPI4)
#   --uart WORD       the serial device (default: pl011). QEMU has no pins: U-Boot is not asked to speak on the mini-UART
#   --chain uboot     U-Boot, boot.scr, the image from the card (default)
#   --chain kernel    the image by itself, started by QEMU as a kernel
#   --chain memory    a kernel for more memory than the machine has, started by U-Boot: the loader refuses it by name
#   --session         prints the whole session, not only the stages
#   --dry-run DIR     makes the card in DIR and prints QEMU's command instead
# Environment: COHESIX_QEMU_RPI4 (a qemu-system-aarch64 that knows raspi4b, from version 9.0 on), COHESIX_UBOOT_RPI4 (u-boot.bin of
# rpi_4, default /usr/lib/u-boot/rpi_4/u-boot.bin). Without them, or without a seL4 build, it says SKIP and what is missing.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"
tools=$out/host-tools
export tools
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"

usage() { echo "raspi4b-smoke: $1 (see --help)" >&2; exit 2; }
build=${COHESIX_SEL4_RPI4:-}
uart=pl011
chain=uboot
session=0
dry=
while [ $# -gt 0 ]; do
    case $1 in
        --sel4-build) build=${2:-}; shift ;;
        --uart) uart=${2:-}; shift ;;
        --chain) chain=${2:-}; shift ;;
        --session) session=1 ;;
        --dry-run) dry=${2:-}; shift; mkdir -p "$dry" || usage "--dry-run needs a folder" ;;
        -h | --help) sed -n '2,15s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) usage "unknown argument '$1'" ;;
    esac
    shift
done
case $uart in pl011 | miniuart) ;; *) usage "--uart is pl011 or miniuart, not '$uart'" ;; esac
case $chain in uboot | kernel | memory) ;; *) usage "--chain is uboot, kernel or memory, not '$chain'" ;; esac
if [ "$uart" = miniuart ] && [ "$chain" != kernel ]; then usage "--uart miniuart goes with --chain kernel: U-Boot speaks on the PL011"; fi

# What is missing ends the test, not CI.
qemu=${COHESIX_QEMU_RPI4:-qemu-system-aarch64}
uboot=${COHESIX_UBOOT_RPI4:-/usr/lib/u-boot/rpi_4/u-boot.bin}
skip() { echo "SKIP raspi4b-smoke: $1"; exit 0; }
command -v "$qemu" >/dev/null || skip "no $qemu: COHESIX_QEMU_RPI4 names a qemu-system-aarch64 of version 9.0 or later"
modules=$(dirname "$(dirname "$(command -v "$qemu")")")/lib/x86_64-linux-gnu/qemu
[ ! -d "$modules" ] || export QEMU_MODULE_DIR=$modules
[ "$("$qemu" -machine help 2>/dev/null | grep -c '^raspi4b ')" -gt 0 ] || skip "$qemu does not know raspi4b: COHESIX_QEMU_RPI4 names one of version 9.0 or later"
[ -f "$uboot" ] || skip "no $uboot: COHESIX_UBOOT_RPI4 names u-boot.bin of rpi_4 (Debian: u-boot-rpi:arm64)"
[ -n "$build" ] || skip "no seL4 build for bcm2711: name it with --sel4-build or COHESIX_SEL4_RPI4"
[ -f "$build/support/kernel.dtb" ] || usage "--sel4-build $build is no installed seL4 build: it has no support/kernel.dtb"
build=$(cd "$build" && pwd)
[ -z "$dry" ] || dry=$(cd "$dry" && pwd)

# Throw-away secrets: the manifest is a release.
own_folder
for name in CONSOLE_TOKEN QUEEN WORKER_HEARTBEAT WORKER_GPU WORKER_BUS WORKER_LORA; do
    export "COHESIX_SECRET_$name=smoke-$name"
done
mkdir -p "$work/configs" "$work/secrets"
printf '%064d\n' 4 >"$work/secrets/cas_signing_key.hex"
sed "s/^uart = .*/uart = \"$uart\"/" "$root/configs/root_task_pi4.toml" >"$work/configs/root_task_pi4.toml"

cd "$root"
build_java
hive_manifest=$work/configs/root_task_pi4.toml
variant=root_task_pi4-$uart
policies=$out/$variant
compile_manifest
provision
build_board "$build" "rpi4-$(basename "$build")"
built=$root/seL4/build/aarch64-rpi4-$(basename "$build")-$variant
place=${dry:-$work} # where the card is, and stays with --dry-run
mkdir -p "$place/firmware"
cp "$build/support/kernel.dtb" "$place/firmware/bcm2711-rpi-4-b.dtb"
quietly "$out/log/raspi4b-image.log" rtc image pi4 --out "$place/image" --loader "$built/loader.elf" --rootserver "$built/rootserver.elf" \
    --sel4-build "$build" --manifest-json "$policies/manifests/root_task_resolved.json" --provision "$policies/provision.bin" \
    --firmware "$place/firmware" --u-boot "$uboot"
chmod 600 "$place/image/cohesix-pi4-sd.img"
truncate -s 64M "$place/image/cohesix-pi4-sd.img" # cards have a power of two

# Interrupts come to the kernel's group only where the interrupt controller has the security extensions that the board's has.
arguments=(-machine raspi4b -display none -monitor none -global arm_gic.has-security-extensions=on -dtb "$place/firmware/bcm2711-rpi-4-b.dtb")
if [ "$uart" = miniuart ]; then arguments+=(-serial null -serial stdio); else arguments+=(-serial stdio); fi
if [ "$chain" = kernel ]; then
    arguments+=(-kernel "$place/image/cohesix-pi4.img")
else
    arguments+=(-kernel "$uboot" -drive "if=sd,format=raw,file=$place/image/cohesix-pi4-sd.img")
fi
if [ -n "$dry" ]; then
    printf '%q ' env ${QEMU_MODULE_DIR:+QEMU_MODULE_DIR="$QEMU_MODULE_DIR"} "$qemu" "${arguments[@]}" && echo
    exit 0
fi
log=$out/log/raspi4b-$chain-$uart.log
: >"$log"
mkfifo "$work/typed"
"$qemu" "${arguments[@]}" <"$work/typed" >"$log" 2>"$out/log/raspi4b-qemu.log" &
pid=$!
exec 3>"$work/typed"

# stage NAME PATTERN: the log comes to show it.
stage() {
    if ! wait_for_line "$log" "$2" "${COHESIX_BOOT_SECONDS:-90}" "$pid"; then
        tail -n 30 "$log" "$out/log/raspi4b-qemu.log" >&2
        die "raspi4b ($chain, $uart): the stage '$1' did not come; the log is above and in $log"
    fi
    say "raspi4b ($chain, $uart): $1"
}
# type LINE: on the serial console.
type() { printf '%s\r' "$1" >&3; }

if [ "$chain" != kernel ]; then
    stage "U-Boot speaks" '^U-Boot 20'
    stage "boot.scr runs" 'cohesix: boot script for Raspberry Pi 4'
    stage "the card is read" 'cohesix: 2 of 3'
    stage "the image is loaded" 'cohesix: 3 of 3'
fi
stage "the loader speaks" '^loader: cohesix .*el=2->2'
if [ "$chain" = memory ]; then
    stage "the loader refuses" '^loader: halted: the kernel was compiled for memory up to 0x[0-9a-f]+, this machine has none at 0x[0-9a-f]+: '
    exit 0
fi
stage "the kernel started the root task" '^\[kernel:entry\] root-task entry reached'
stage "it has memory" '^bootinfo: kernel=seL4 .*backend=bcm2711'
stage "keys are there" '^tickets: registered roles=queen'
stage "time runs" '^event-pump: init timer'
stage "there is no network" '^net: off in the manifest: serial console only'
stage "the console is ready" '^cohesix> '
# What the queen does on a release: token, ticket, and what the hive says of itself.
ticket=$(COHESIX_TICKET_SECRET=$COHESIX_SECRET_QUEEN "$(java_home)/bin/java" -jar "$root/host/cohsh/target/cohsh.jar" --mint-ticket --role queen \
    --policy "$policies/cohsh_policy.toml")
type "AUTH $COHESIX_SECRET_CONSOLE_TOKEN"
stage "the token is taken" '^OK AUTH'
type "ATTACH queen $ticket"
stage "a queen is attached" '^OK ATTACH'
type "CAT /proc/boot"
stage "no network is evidenced" '^net=off reason=profile'
type 'SPAWN {"spawn":"heartbeat","ticks":100}'
stage "a worker is a task of its own" '^OK SPAWN'
for _ in $(seq 30); do # its first beat is some time away
    type "CAT /worker/worker-1/telemetry"
    if wait_for_line "$log" '"tick":1' 2 "$pid"; then break; fi
done
stage "and beats" '"tick":1'
type "PING"
stage "the hive goes on" '^OK PING reply=pong'
if [ "$session" -eq 1 ]; then tr -d '\r' <"$log"; fi
say "raspi4b ($chain, $uart): done; the log is in $log"
