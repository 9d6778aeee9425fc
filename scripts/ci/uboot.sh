#!/usr/bin/env bash
# Cohesix behind Debian's U-Boot in QEMU: booted by boot.scr and by typed commands, to the prompt and a session over TCP; and
# what the boot script says of disks that are wrong.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"
tools=$out/host-tools
own_folder
image=$work
export tools image
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"

smoke=$root/scripts/uboot/qemu-uboot-smoke.sh
for file in "$root/seL4/build/aarch64/sim-kernel.elf" "$root/tools/coh-rtc/target/coh-rtc.jar"; do
    [ -f "$file" ] || die "no $file: run scripts/cohesix-build-run.sh --no-run first"
done

make_disk ''
disk=$work/cohesix-uboot.img
mv "$disk" "$work/first.img"
make_disk ''
cmp "$work/first.img" "$disk" || die "the same disk, made again, has other bytes"
rtc doctor image "$disk" >"$work/doctor.txt" || { cat "$work/doctor.txt"; exit 1; }
tail -n 1 "$work/doctor.txt"
"$smoke" --disk "$disk" --net user --log "$work/script.log"
"$smoke" --disk "$disk" --net user --typed --log "$work/typed.log"

bad=0
# says NAME LINE: the boot script stops with LINE on the disk $work/NAME.img, U-Boot is back at its prompt and nothing was started.
says() {
    local log=$work/$1.log
    : >"$log"
    "${COHESIX_QEMU:-qemu-system-aarch64}" -machine virt,gic-version=2 -cpu cortex-a57 -smp 1 -m 1024 -display none -monitor none \
        -nic none -serial "file:$log" -bios "${COHESIX_U_BOOT:-/usr/lib/u-boot/qemu_arm64/u-boot.bin}" \
        -drive "file=$work/$1.img,format=raw,if=none,id=disk,readonly=on" -device virtio-blk-device,drive=disk </dev/null 2>>"$log.qemu" &
    pid=$!
    if wait_for_line "$log" "^cohesix: stopped: $2" 60 "$pid" && wait_for_line "$log" '^=> ' 60 "$pid" &&
        ! grep -qE '^loader: |^Starting kernel' "$log"; then
        echo "ok      $1: $(grep -m 1 '^cohesix: stopped' "$log" | tr -d '\r')"
    else
        echo "FAILED  $1: no line 'cohesix: stopped: $2' with a prompt after it; the console:"
        tr -d '\r' <"$log" | tail -n 40
        bad=1
    fi
    end_process "$pid"
    pid=
    if rtc doctor image "$work/$1.img" >"$work/doctor.txt"; then
        echo "FAILED  $1: doctor finds nothing wrong with it"
        bad=1
    else
        echo "ok      $1: $(grep -m 1 '^wrong' "$work/doctor.txt")"
    fi
}
cp "$disk" "$work/missing.img"
mdel -i "$work/missing.img@@1M" ::/cohesix-qemu.img
says missing 'cohesix-qemu\.img is not on virtio 0:1'
cp "$disk" "$work/other.img"
mcopy -i "$disk@@1M" ::/cohesix-qemu.img "$work/whole"
head -c 100000 "$work/whole" >"$work/part"
mcopy -o -i "$work/other.img@@1M" "$work/part" ::/cohesix-qemu.img
says other 'cohesix-qemu\.img has 0x186a0 bytes, must have 0x'
# A disk without an image is refused by name, before anything is started.
mkdir "$work/none"
head -c 1048576 /dev/zero >"$work/none/disk.img"
rc=0
"$smoke" --disk "$work/none/disk.img" >"$work/none/said" 2>&1 || rc=$?
if [ "$rc" -eq 2 ] && grep -qF "disk.img holds no Cohesix image: coh-rtc doctor image " "$work/none/said"; then
    echo "ok      a disk without an image is refused by name"
else
    echo "FAILED  a disk without an image: exit $rc, it says: $(cat "$work/none/said")"
    bad=1
fi
exit "$bad"
