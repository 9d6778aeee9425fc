#!/usr/bin/env bash
# Boots Cohesix in QEMU behind Debian's U-Boot: makes the disk, boots it by its boot.scr (or by commands typed at U-Boot's
# prompt), looks for each stage's line in turn, and asks the hive something. docs/HARDWARE_BRINGUP.md shows what is seen.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"
tools=$out/host-tools
image=${COHESIX_UBOOT_IMAGE_DIR:-$out/image}
export tools image
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"

usage() {
    cat <<'TEXT'
Usage: scripts/uboot/qemu-uboot-smoke.sh [options]
  --net user        a virtio NIC; its console port leads to a free port of 127.0.0.1, and scripts/cohsh/boot_v0.coh is run there
  --typed           types fatls, fatload and the start at U-Boot's prompt instead of leaving it to boot.scr
  --start booti|go  how U-Boot starts the image (default: booti; go of U-Boot 2023.01 hangs on a PL011)
  --port N          the port of 127.0.0.1 with --net user (default: a free one)
  --dry-run         print QEMU's command instead
  --interactive     U-Boot on this terminal: press a key while it counts down, Ctrl-A x leaves
  --disk FILE       boot this disk; build nothing
  --sel4-build DIR  build for this seL4 build (default: the project's simulation kernel)
  --u-boot FILE     default: /usr/lib/u-boot/qemu_arm64/u-boot.bin (Debian's u-boot-qemu)
  --log FILE        where the serial console goes (default: out/cohesix/log/uboot.log)
  -h, --help        this text
Exit: 0 all stages seen, 1 a stage is missing, 2 wrong usage.
TEXT
}
wrong() { echo "qemu-uboot-smoke: $* (see --help)" >&2; exit 2; }
value() {
    if [ $# -lt 2 ] || [ -z "$2" ]; then wrong "$1 needs a value"; fi
    printf '%s' "$2"
}

net=none
mode=script
start=booti
disk=
sel4_build=
port=
dry=
u_boot=${COHESIX_U_BOOT:-/usr/lib/u-boot/qemu_arm64/u-boot.bin}
log=$out/log/uboot.log
while [ $# -gt 0 ]; do
    case $1 in
        --net) net=$(value "$@"); shift ;;
        --typed) mode=typed ;;
        --start) start=$(value "$@"); shift ;;
        --interactive) mode=interactive ;;
        --port) port=$(value "$@"); shift ;;
        --dry-run) dry=1 ;;
        --disk) disk=$(value "$@"); shift ;;
        --sel4-build) sel4_build=$(value "$@"); shift ;;
        --u-boot) u_boot=$(value "$@"); shift ;;
        --log) log=$(value "$@"); shift ;;
        -h | --help) usage; exit 0 ;;
        *) wrong "unknown argument '$1'" ;;
    esac
    shift
done
case $net in none | user) ;; *) wrong "--net is user, not '$net'" ;; esac
case $start in booti | go) ;; *) wrong "--start is booti or go, not '$start'" ;; esac
[ -f "$u_boot" ] || wrong "no U-Boot at $u_boot: install u-boot-qemu, or name one with --u-boot"
if [ "$sel4_build" = sim ]; then sel4_build=; fi
if [ -n "$sel4_build" ]; then
    [ -f "$sel4_build/libsel4/include/sel4/sel4.h" ] || wrong "--sel4-build $sel4_build is no installed seL4 build"
    sel4_build=$(cd "$sel4_build" && pwd)
fi

if [ -z "$disk" ]; then
    step build "building loader and rootserver"
    build_java
    build_board "$sel4_build"
    step disk "making the disk"
    make_disk "$sel4_build"
    disk=$image/cohesix-uboot.img
fi
[ -f "$disk" ] || wrong "no disk at $disk: make one with coh-rtc image qemu-uboot"

# What the image asks of the machine stands in its payload table (seL4/loader/payload.h); the partition's file system is left alone.
offset=$({ LC_ALL=C grep -aobm 1 'COHP' "$disk" || true; } | head -n 1 | cut -d : -f 1)
[ -n "$offset" ] || wrong "$disk holds no Cohesix image: coh-rtc doctor image $disk says what it holds"
field() { od -A n -t "u$1" -N "$1" -j $((offset + $2)) "$disk" | tr -d ' '; }
memory=$((($(field 8 32) - 0x40000000) >> 20))
machine=virt,gic-version=2
cpu=cortex-a57
if [ $(($(field 4 12) & 1)) -eq 1 ]; then machine=$machine,virtualization=on; fi
[ "$(field 4 68)" != 40 ] || cpu=cortex-a53
smp=${COHESIX_QEMU_SMP:-4}
# shellcheck disable=SC2054 # commas belong to QEMU
# The NIC lies in the last of QEMU's 32 virtio places, alone in its page of eight; the disk in the first.
qemu=("${COHESIX_QEMU:-qemu-system-aarch64}" -machine "$machine" -cpu "$cpu" -smp "$smp,${COHESIX_QEMU_SMP_TOPO:-cores=$smp,threads=1,sockets=1}"
    -m "$memory" -nographic -no-reboot -bios "$u_boot" -global virtio-mmio.force-legacy=false
    -drive "file=$disk,format=raw,if=none,id=disk,readonly=on" -device virtio-blk-device,drive=disk,bus=virtio-mmio-bus.0)
if [ "$net" = user ]; then
    port=${port:-$(free_port)}
    # shellcheck disable=SC2054
    qemu+=(-netdev "user,id=net0,hostfwd=tcp:127.0.0.1:$port-10.0.2.15:31337" -device virtio-net-device,netdev=net0)
else
    qemu+=(-nic none)
fi
if [ -n "$dry" ]; then
    printf '%q ' "${qemu[@]}" && echo
    exit 0
fi
if [ "$mode" = interactive ]; then
    step_end
    say "press a key while U-Boot counts down; Ctrl-A x leaves. To boot by hand:"
    say "    fatls virtio 0:1; fatload virtio 0:1 \${loadaddr} cohesix-qemu.img; booti \${loadaddr} - \${fdtcontroladdr}"
    [ "$net" = none ] || say "the console's port will be 127.0.0.1:$port; at the prompt: setenv autoload no; dhcp; ping 10.0.2.2"
    exec "${qemu[@]}"
fi

own_folder

seconds=${COHESIX_BOOT_SECONDS:-60}
# seen STAGE PATTERN: waits for the next stage's line.
seen() {
    if wait_for_line "$log" "$2" "$seconds" "$pid"; then
        echo "ok      $1"
        return 0
    fi
    echo "FAILED  $1: no line '$2' within $seconds s; the console so far ($log):"
    tr -d '\r' <"$log" | tail -n 30 | sed 's/^/        /'
    exit 1
}
# typed COMMAND PATTERN: a command at the prompt that comes last, and a line that it must print.
typed() {
    printf '%s\r' "$1" >&3
    seen "U-Boot: ${1:-its prompt}" "$2"
}

step boot "booting $(basename "$disk") behind U-Boot ($mode)"
mkdir -p "$(dirname "$log")"
: >"$log"
mkfifo "$work/keys"
"${qemu[@]}" <"$work/keys" >"$log" 2>&1 &
pid=$!
exec 3>"$work/keys"
seen "U-Boot speaks" '^U-Boot 20[0-9][0-9]\.'
if [ "$mode" = typed ]; then
    seen "U-Boot counts down" 'Hit any key to stop autoboot'
    typed '' '=> ' # any key
    if [ "$net" = user ]; then
        typed 'setenv autoload no; dhcp' 'DHCP client bound to address 10\.0\.2\.15'
        # shellcheck disable=SC2016 # U-Boot's variables
        typed 'setenv serverip 10.0.2.2; ping ${serverip}' 'host 10\.0\.2\.2 is alive'
    fi
    typed 'fatls virtio 0:1' '[0-9]+ +cohesix-qemu\.img'
    # shellcheck disable=SC2016
    typed 'fatload virtio 0:1 ${loadaddr} cohesix-qemu.img' '^[0-9]+ bytes read in '
    # shellcheck disable=SC2016
    if [ "$start" = go ]; then
        typed 'go ${loadaddr}' '^## Starting application at '
    else
        typed 'booti ${loadaddr} - ${fdtcontroladdr}' '^Starting kernel \.\.\.'
    fi
else
    if [ "$start" = go ]; then
        seen "U-Boot counts down" 'Hit any key to stop autoboot'
        typed '' '=> ' # any key
        typed 'setenv cohesix_start go; run bootcmd' '## Executing script at'
    fi
    seen "boot.scr is run" '^cohesix: boot script for QEMU virt, .* manifest [0-9a-f]{12}'
    seen "boot.scr shows the files" '^cohesix: 1 of 3: files on virtio 0:1'
    seen "boot.scr loads the image" '^cohesix: 2 of 3: loading cohesix-qemu\.img to 0x'
    seen "boot.scr starts it" "^cohesix: 3 of 3: $start 0x"
fi
seen "loader" '^loader: cohesix [0-9.]+ kernel='
seen "root task entered" '^\[kernel:entry\] root-task entry reached'
seen "bootinfo" '^bootinfo: kernel='
seen "the manifest's sum" '^manifest\.sha256=[0-9a-f]{64}'
seen "prompt" '^cohesix> '
printf 'ping\r' >&3
seen "the serial console answers" '^PONG|^OK PING'
if [ "$net" = user ]; then
    seen "listener" 'net-console: listening port=31337 addr=10\.0\.2\.15'
    hive_port=$port
    if hive_cohsh --script "$boot_script" >"$work/session" 2>&1; then
        echo "ok      scripts/cohsh/boot_v0.coh over TCP"
    else
        echo "FAILED  scripts/cohsh/boot_v0.coh over TCP:"
        tail -n 30 "$work/session"
        exit 1
    fi
fi
step_end
say "all stages seen; the console is in ${log#"$root"/}"
