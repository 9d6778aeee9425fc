#!/usr/bin/env bash
# Puts the sources of lwIP and libsodium into a cache outside git, from Debian's own source packages.
# They come from the mirrors that this machine already uses, checked by apt's signatures and dpkg-source's hashes.
# Usage: scripts/fetch-sources.sh        LWIP_DIR / SODIUM_DIR name folders to use instead of the cache.
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/cohesix
# name, Debian source package, upstream version, a file that the build needs
libraries=(
    "lwip lwip 2.1.3 src/core/init.c LWIP_DIR"
    "libsodium libsodium 1.0.18 src/libsodium/crypto_hash/sha256/cp/hash_sha256_cp.c SODIUM_DIR"
)

say() { printf 'fetch-sources: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

case ${1:-} in
    '') ;;
    -h | --help) sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) say "unknown argument '$1': this script takes none (see --help)"; exit 2 ;;
esac

work=
cleanup() { if [ -n "$work" ]; then rm -rf "$work"; fi; }
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# shellcheck source=scripts/lib/debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/debian.sh"

# One library: download by its signed hash, unpack, and move it into place at once.
fetch() {
    local name=$1 package=$2 upstream=$3 probe=$4 version target=$cache/$1
    version=$(private_apt apt-cache showsrc --only-source "$package" |
        awk -v want="$upstream" '$1 == "Version:" { v = $2; sub(/^[0-9]+:/, "", v); if (index(v, want) == 1 &&
            substr(v, length(want) + 1, 1) ~ /[-+~]/) print $2 }' | sort -V | tail -n 1)
    [ -n "$version" ] || die "the Debian sources of this machine hold no $package $upstream: set ${5} to unpacked sources"
    say "downloading $package $version"
    (cd "$work/get" && private_apt apt-get source --download-only "$package=$version" >"$work/$name.log" 2>&1) ||
        { tail -n 20 "$work/$name.log" >&2; die "apt-get source $package=$version failed, see above"; }
    dpkg-source -x "$work/get/${package}_${version#*:}.dsc" "$work/$name" >"$work/$name.log" 2>&1 ||
        { tail -n 20 "$work/$name.log" >&2; die "dpkg-source could not unpack $package $version, see above"; }
    [ -f "$work/$name/$probe" ] || die "$package $version lacks $probe: not the sources that the build expects"
    printf '%s %s\n' "$package" "$version" >"$work/$name/.cohesix-source"
    put_in_place "$work/$name" "$target"
    say "$name $version is in $target"
}

mkdir -p "$cache"
exec 9>"$cache/.lock"
flock 9

missing=()
for entry in "${libraries[@]}"; do
    read -r name _ upstream probe variable <<<"$entry"
    if [ -n "${!variable:-}" ]; then
        [ -f "${!variable}/$probe" ] || die "$variable=${!variable} has no $probe: not the unpacked sources of $name"
    elif ! grep -qs "^[^ ]* ${upstream//./\\.}[-+~]" "$cache/$name/.cohesix-source" || [ ! -f "$cache/$name/$probe" ]; then
        missing+=("$entry")
    fi
done
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null || die "no apt-get here: unpack lwIP 2.1.3 and libsodium 1.0.18 yourself and set LWIP_DIR and SODIUM_DIR"
command -v dpkg-source >/dev/null || die "dpkg-source is missing: run 'apt-get install dpkg-dev' as root"
work=$(mktemp -d "${TMPDIR:-/tmp}/cohesix-sources.XXXXXX")
private_index deb-src "set LWIP_DIR and SODIUM_DIR to unpacked sources"
for entry in "${missing[@]}"; do
    read -r -a fields <<<"$entry"
    fetch "${fields[@]}"
done
