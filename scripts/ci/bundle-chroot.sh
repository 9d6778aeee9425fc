#!/usr/bin/env bash
# A release on a machine that has nothing: a bare Debian 12 in a folder, with the package and the archive installed as their users
# do. Takes minutes and needs root, so that scripts/test.sh leaves it out.
# Usage: scripts/ci/bundle-chroot.sh ARCHIVE.tar.gz PACKAGE.deb      (as scripts/release_bundle.sh --deb makes them)
# Environment: DEBIAN_MIRROR (default: this machine's, else http://deb.debian.org/debian), COH_CHROOT_CACHE (a folder for packages
# between runs, default none). It unmounts and removes what it made on every way out.
set -euo pipefail

say() { printf 'bundle-chroot: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }
case ${1:-} in -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
[ $# -eq 2 ] || { say "name the archive and the package (see --help)"; exit 2; }
[ "$(id -u)" -eq 0 ] || die "a chroot needs root"
archive=$(readlink -f "$1")
deb=$(readlink -f "$2")
for file in "$archive" "$deb"; do [ -f "$file" ] || die "no file $file"; done
command -v debootstrap >/dev/null || die "debootstrap is missing: apt-get install debootstrap"
mirror=${DEBIAN_MIRROR:-$(sed -n 's/^URIs: *\(http[^ ]*\/debian\)\/\{0,1\}$/\1/p' /etc/apt/sources.list.d/*.sources 2>/dev/null | head -n 1)}
mirror=${mirror:-http://deb.debian.org/debian}

work=$(mktemp -d "${TMPDIR:-/tmp}/cohesix-chroot.XXXXXX")
place=$work/debian
mounted=()
pid=
cleanup() {
    local rc=$? i
    trap - EXIT
    if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
    for ((i = ${#mounted[@]} - 1; i >= 0; i--)); do
        umount "${mounted[i]}" || umount --lazy "${mounted[i]}" || true
    done
    if grep -qF " $work/" /proc/mounts; then
        say "something is still mounted below $work: nothing there is removed"
    else
        rm -rf --one-file-system "$work"
    fi
    exit "$rc"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

say "bare Debian 12 from $mirror"
options=(--variant=minbase --include=ca-certificates)
if [ -n "${COH_CHROOT_CACHE:-}" ]; then mkdir -p "$COH_CHROOT_CACHE"; options+=(--cache-dir="$(readlink -f "$COH_CHROOT_CACHE")"); fi
debootstrap "${options[@]}" bookworm "$place" "$mirror" >"$work/debootstrap.log" 2>&1 ||
    { tail -n 20 "$work/debootstrap.log" >&2; die "debootstrap failed, see above"; }
mkdir -p "$place/proc" "$place/dev"
mount -t proc proc "$place/proc"
mounted+=("$place/proc")
mount -t tmpfs -o mode=755,size=1m tmpfs "$place/dev"
mounted+=("$place/dev")
for node in null zero urandom random; do
    touch "$place/dev/$node"
    mount --bind "/dev/$node" "$place/dev/$node"
    mounted+=("$place/dev/$node")
done
ln -s /proc/self/fd "$place/dev/fd"
printf '#!/bin/sh\nexit 101\n' >"$place/usr/sbin/policy-rc.d"
chmod 755 "$place/usr/sbin/policy-rc.d"
cp "$deb" "$place/root/cohesix-host.deb"
if [ -f /etc/resolv.conf ]; then cp --dereference /etc/resolv.conf "$place/etc/resolv.conf"; fi
if [ -n "$(apt-config shell proxy Acquire::http::Proxy)" ]; then
    apt-config dump Acquire::http::Proxy >"$place/etc/apt/apt.conf.d/90proxy"
fi

# within COMMAND...: in the bare system, as root there, with nothing of this shell's environment.
within() { chroot "$place" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
# user COMMAND: as somebody who is not root, in the unpacked release.
user() { within setpriv --reuid 1000 --regid 1000 --clear-groups /usr/bin/env HOME=/home/you /bin/bash -c "cd /home/you/release && $1"; }
quiet() { "$@" >"$work/step.log" 2>&1 || { tail -n 40 "$work/step.log" >&2; die "'$*' failed, see above"; }; }

say "the package, with what it depends on, QEMU and man"
quiet within apt-get -q update
quiet within apt-get -q -y install --no-install-recommends /root/cohesix-host.deb qemu-system-arm man-db lintian
[ "$(find "$place/var/cache/cohesix" -name '*.jsa' | wc -l)" -eq 3 ] || die "the package made no class-data archives"
say "lintian: $(within lintian --allow-root --fail-on error,warning --tag-display-limit 0 /root/cohesix-host.deb 2>&1 | tail -n 20 | sed 's/^$/nothing to say/')"
within lintian --allow-root --fail-on error,warning /root/cohesix-host.deb >/dev/null 2>&1 || die "lintian has something to say about the package"

within useradd --create-home --uid 1000 you 2>/dev/null || die "no user could be made"
mkdir "$place/home/you/release"
tar -xzf "$archive" -C "$place/home/you/release" --strip-components=1
chown -R 1000:1000 "$place/home/you"

say "as a user: the programs of the package"
user 'cd / && cohsh --help' | head -n 2
user 'man cohsh | head -n 5' # a page as the system shows it
for tool in cohsh coh-rtc cas-tool; do user "man -w $tool >/dev/null && $tool --version"; done
user 'mkdir -p ~/mine && cp configs/root_task.toml ~/mine/ && cd ~/mine && coh-rtc compile root_task.toml --project-root ~/release --build-only --generated generated --out out' | tail -n 1

say "as a user: the archive"
user 'sha256sum --check --quiet SHA256SUMS && echo "SHA256SUMS: all files are as they were released"'
user 'bin/setup >/dev/null && bin/cohsh --version'
kind=$(sed -n 's/^kind=//p' "$place/home/you/release/VERSION")
if [ "$kind" = release ]; then
    user 'qemu/run.sh 2>&1' | grep -F 'holds no keys' || die "a release without its keys does not say so"
else
    # QEMU is this shell's child, so that it ends with it.
    chroot "$place" /usr/bin/env -i PATH=/usr/bin:/bin setpriv --reuid 1000 --regid 1000 --clear-groups \
        /usr/bin/env HOME=/home/you /bin/bash -c 'cd /home/you/release && exec qemu/run.sh --port 31999' >"$work/boot.log" 2>&1 </dev/null &
    pid=$!
    for _ in $(seq 600); do
        if grep -q '^cohesix>' "$work/boot.log"; then break; fi
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    grep -q '^cohesix>' "$work/boot.log" || { cat "$work/boot.log" >&2; die "qemu/run.sh did not come to the prompt"; }
    head -n 3 "$work/boot.log"
    user 'bin/cohsh --port 31999 --script scripts/cohsh/boot_v0.coh' >"$work/session.log" 2>&1 ||
        { cat "$work/session.log" >&2; die "boot_v0.coh failed"; }
    say "boot_v0.coh: $(tail -n 1 "$work/session.log")"
fi

say "removed again"
quiet within apt-get -q -y purge cohesix-host
left=$(find "$place/usr/bin/cohsh" "$place/usr/share/cohesix" "$place/var/cache/cohesix" 2>/dev/null || true)
[ -z "$left" ] || die "the package left behind: $left"
say "all done: $(basename "$deb") and $(basename "$archive") work in a bare Debian 12"
