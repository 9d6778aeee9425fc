#!/usr/bin/env bash
# Puts what the Linux guest of the stock-client test is made of into a cache outside git: the kernel of Debian's
# linux-image-amd64 with the modules of 9P and virtio, and busybox. Whatever this machine is, the guest is amd64 and emulated.
# Usage: scripts/stock/fetch-guest.sh        LINUX_GUEST_DIR names a folder to use instead of the cache.
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/cohesix
target=$cache/linux-guest
wanted=(virtio_pci virtio_net 9pnet_fd 9p)

say() { printf 'fetch-guest: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

case ${1:-} in
    '') ;;
    -h | --help) sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) say "unknown argument '$1': this script takes none (see --help)"; exit 2 ;;
esac

complete() { [ -f "$1/.cohesix-source" ] && [ -f "$1/kernel" ] && [ -f "$1/busybox" ] && [ -n "$(ls "$1/modules" 2>/dev/null)" ]; }
if [ -n "${LINUX_GUEST_DIR:-}" ]; then
    complete "$LINUX_GUEST_DIR" || die "LINUX_GUEST_DIR=$LINUX_GUEST_DIR is not what this script makes"
    exit 0
fi
mkdir -p "$cache"
exec 9>"$cache/.lock-guest"
flock 9
if complete "$target"; then exit 0; fi
command -v apt-get >/dev/null || die "no apt-get here: make the guest's folder on a Debian machine and set LINUX_GUEST_DIR"

work=$(mktemp -d "${TMPDIR:-/tmp}/cohesix-guest.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# shellcheck source=scripts/lib/debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/debian.sh"

# One package of the guest's architecture, unpacked as far as the patterns go.
unpack() {
    local package=$1 into=$2
    shift 2
    (cd "$work/get" && private_apt apt-get download "$package" >"$work/$package.log" 2>&1) ||
        { tail -n 20 "$work/$package.log" >&2; die "apt-get download $package failed, see above"; }
    mkdir -p "$into"
    dpkg-deb --fsys-tarfile "$work/get/${package}"_*.deb | tar -x -C "$into" --wildcards "$@"
}
number() { od -A n -t "u$2" -N "$2" -j "$3" "$1" | tr -d ' '; }

# A bzImage holds the kernel's ELF, which QEMU starts directly: nothing is left to decompress for an emulated processor.
unwrap_kernel() {
    local image=$1 offset length
    offset=$((($(number "$image" 1 497) + 1) * 512 + $(number "$image" 4 584)))
    length=$(number "$image" 4 588)
    if ! dd if="$image" iflag=skip_bytes,count_bytes skip="$offset" count="$length" bs=1M status=none | xz -dc --single-stream >"$work/guest/kernel" 2>/dev/null; then
        cp "$image" "$work/guest/kernel"
    fi
}

# place MODULE: that module behind all that it needs, numbered in the order of loading.
placed=
count=0
place() {
    local name=${1//-/_} file needs need
    case " $placed " in *" $name "*) return 0 ;; esac
    placed="$placed $name"
    file=$(find "$work/linux/lib/modules" -name '*.ko*' | awk -v want="$name" '{ n = $0; sub(/.*\//, "", n); sub(/\.ko.*/, "", n)
        gsub(/-/, "_", n); if (n == want) print }')
    if [ -z "$file" ]; then
        tr - _ <"$(find "$work/linux" -name modules.builtin)" | grep -q "/$name\.ko" && return 0
        die "the kernel package has no module $name"
    fi
    case $file in *.xz) xz -d "$file" && file=${file%.xz} ;; esac
    needs=$(tr '\0' '\n' <"$file" | sed -n 's/^depends=//p' | tr , ' ')
    for need in $needs; do place "$need"; done
    count=$((count + 1))
    cp "$file" "$work/guest/modules/$(printf '%02d-%s.ko' "$count" "$name")"
}

private_index deb "make the guest's folder on a Debian machine and set LINUX_GUEST_DIR" -o APT::Architecture=amd64 -o APT::Architectures=amd64
package=$(private_apt apt-cache depends linux-image-amd64 | sed -nE 's/^ *Depends: (linux-image-[0-9].*)/\1/p')
[ -n "$package" ] || die "linux-image-amd64 names no kernel package: is it in this machine's Debian sources?"
say "downloading $package, some 70 MB, and busybox-static"
unpack "$package" "$work/linux" './boot/vmlinuz-*' '*/modules.builtin' '*/kernel/drivers/virtio/*' '*/kernel/drivers/net/virtio_net.ko*' \
    '*/kernel/drivers/net/net_failover.ko*' '*/kernel/net/*' '*/kernel/fs/*'
unpack busybox-static "$work/busybox" '*/bin/busybox'
mkdir -p "$work/guest/modules"
unwrap_kernel "$(find "$work/linux/boot" -name 'vmlinuz-*')"
for module in "${wanted[@]}"; do place "$module"; done
cp "$(find "$work/busybox" -path '*/bin/busybox' -type f)" "$work/guest/busybox"
(cd "$work/get" && for file in *.deb; do printf '%s\n' "${file%.deb}"; done) >"$work/guest/.cohesix-source"
put_in_place "$work/guest" "$target"
say "the guest is in $target: $(tr '\n' ' ' <"$target/.cohesix-source")"
