#!/usr/bin/env bash
# Boots the Linux guest of the stock-client test and runs one file of checks in it; the guest reaches this machine's loopback
# as 10.0.2.2. What the guest prints is on stdout, line by line. Ends with the guest, or after COHESIX_GUEST_SECONDS (300).
# Usage: scripts/stock/linux-guest.sh CHECKS [NAME=VALUE...]     the checks see each NAME as a variable of the shell
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
case ${1:---help} in -h | --help) sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
checks=$1
shift
guest=${LINUX_GUEST_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/cohesix/linux-guest}
if [ ! -f "$guest/.cohesix-source" ]; then
    echo "linux-guest: no guest in $guest: run scripts/stock/fetch-guest.sh" >&2
    exit 2
fi
for argument in "$@"; do
    case $argument in *[[:space:]\"]* | [!a-z]* ) echo "linux-guest: '$argument' is not NAME=VALUE without blanks and quotes" >&2; exit 2 ;; esac
done

work=$(mktemp -d)
qemu=
# shellcheck disable=SC2317 # called by the trap
clean_up() {
    if [ -n "$qemu" ]; then kill "$qemu" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir -p "$work/root/bin" "$work/root/modules"
cp "$guest/busybox" "$work/root/bin/busybox"
cp "$guest"/modules/*.ko "$work/root/modules/"
cp "$here/guest-init" "$work/root/init"
cp "$here/guest-words" "$work/root/words"
cp "$checks" "$work/root/checks"
printf '%s\n' "$@" | sed "s/'/'\\\\''/g; s/=/='/; s/\$/'/" >"$work/root/arguments"
chmod 755 "$work/root/init" "$work/root/bin/busybox"
(cd "$work/root" && find . | cpio --quiet -o -H newc) >"$work/initramfs"

# The kernel's 9P messages matter more than its boot: quiet, errors only.
timeout "${COHESIX_GUEST_SECONDS:-300}" "${COHESIX_QEMU_X86:-qemu-system-x86_64}" -machine pc -accel tcg -cpu max -m 256 -nodefaults -no-user-config -display none \
    -no-reboot -serial stdio -monitor none -netdev user,id=net0,restrict=off -device virtio-net-pci,netdev=net0,romfile= \
    -kernel "$guest/kernel" -initrd "$work/initramfs" -append 'console=ttyS0 quiet panic=-1 reboot=t nokaslr mitigations=off' \
    </dev/null > >(tr -d '\r') &
qemu=$!
status=0
wait "$qemu" || status=$?
qemu=
[ "$status" -ne 124 ] || echo "linux-guest: ended after ${COHESIX_GUEST_SECONDS:-300} s" >&2
exit "$status"
