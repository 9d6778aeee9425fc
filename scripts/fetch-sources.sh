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

# Debian entries of this machine's sources, as deb-src: a suite of this release and the component main.
# Third parties' entries (their suites are named otherwise) are left out.
private_sources() {
    local out=$1 codename file
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
    [ -n "$codename" ] || die "/etc/os-release names no VERSION_CODENAME: set LWIP_DIR and SODIUM_DIR to unpacked sources"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -r "$file" ] || continue
        awk -v code="$codename" '
            $1 == "deb" {
                at = 2
                if ($2 ~ /^\[/) { while (at <= NF && $at !~ /\]$/) at++; at++ }
                suite = $(at + 1); main = 0
                for (i = at + 2; i <= NF && $i !~ /^#/; i++) if ($i == "main") main = 1
                if (main && (suite == code || suite == code "-updates" || suite == code "-security")) {
                    sub(/^[ \t]*deb[ \t]/, "deb-src "); print
                }
            }' "$file"
    done >"$out/debian.list"
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -r "$file" ] || continue
        awk -v code="$codename" '
            function field(name,   i, v, on) {
                v = ""; on = 0
                for (i = 1; i <= n; i++) {
                    if (tolower(line[i]) ~ "^" tolower(name) ":") { v = line[i]; sub(/^[^:]*:/, "", v); on = 1 }
                    else if (on && line[i] ~ /^[ \t]/) v = v " " line[i]
                    else on = 0
                }
                return " " v " "
            }
            function flush(   i) {
                if (n > 0 && field("Types") ~ /[ \t]deb(-src)?[ \t]/ && tolower(field("Enabled")) !~ /[ \t]no[ \t]/ &&
                    field("Suites") ~ "[ \t]" code "(-updates|-security)?[ \t]" && field("Components") ~ /[ \t]main[ \t]/) {
                    for (i = 1; i <= n; i++) print tolower(line[i]) ~ /^types:/ ? "Types: deb-src" : line[i]
                    print ""
                }
                n = 0
            }
            /^#/ { next }
            /^[ \t]*$/ { flush(); next }
            { line[++n] = $0 }
            END { flush() }' "$file"
    done >"$out/debian.sources"
    [ -s "$out/debian.list" ] || [ -s "$out/debian.sources" ] ||
        die "no entry for Debian $codename main in /etc/apt: add one, or set LWIP_DIR and SODIUM_DIR to unpacked sources"
}

# apt with lists, state and cache of its own: nothing of the machine's is read but keys, proxies and mirrors, nothing is written.
private_apt() {
    local tool=$1
    shift
    "$tool" -q -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$work/sources" \
        -o "Dir::State=$work/state" -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" \
        -o APT::Get::List-Cleanup=0 -o Acquire::Languages=none -o Acquire::Retries=3 "$@"
}

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
    rm -rf "$cache/.$name.new.$$"
    cp -R "$work/$name" "$cache/.$name.new.$$"
    if [ -e "$target" ]; then mv "$target" "$cache/.$name.old.$$"; fi
    mv "$cache/.$name.new.$$" "$target"
    rm -rf "$cache/.$name.old.$$"
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
chmod 755 "$work"
mkdir -p "$work"/{sources,state,lists/partial,cache/archives/partial,get}
if [ "$(id -u)" -eq 0 ] && id _apt >/dev/null 2>&1; then chown _apt "$work/get" "$work/lists/partial"; fi
private_sources "$work/sources"
say "reading the source index of this machine's Debian mirrors"
private_apt apt-get update -o APT::Update::Error-Mode=any >"$work/update.log" 2>&1 ||
    { tail -n 20 "$work/update.log" >&2; die "apt-get update failed on a private list of Debian's sources, see above"; }
for entry in "${missing[@]}"; do
    read -r -a fields <<<"$entry"
    fetch "${fields[@]}"
done
