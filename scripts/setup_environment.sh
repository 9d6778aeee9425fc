#!/usr/bin/env bash
# Installs what the build and its tests need and this machine lacks: Debian packages first, then the sources of lwIP and
# libsodium and the Linux guest of the stock-client test.
# It looks before it installs; on a machine that has everything it takes milliseconds and needs no network.
# Usage: scripts/setup_environment.sh [--check]     --check: only say what is missing (exit 1 when something is)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
say() { printf 'setup: %s\n' "$*" >&2; }

check_only=0
case ${1:-} in
    '') ;;
    --check) check_only=1 ;;
    -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) say "unknown argument '$1' (see --help)"; exit 2 ;;
esac

packages=(
    # C: the authority for POSIX and for the board, its tests and fuzzers
    build-essential gcc-aarch64-linux-gnu libc6-dev-arm64-cross clang lld llvm libclang-rt-14-dev clang-format cmake ninja-build libcmocka-dev cppcheck pmccabe
    # Java
    maven openjdk-17-jdk-headless
    # images and the machine that boots them
    qemu-system-arm device-tree-compiler
    # U-Boot for QEMU, and the programs that check what coh-rtc writes for it: FAT volumes, script images
    u-boot-qemu u-boot-tools dosfstools mtools
    # UEFI firmware for QEMU, what signs for it, and what checks partition tables
    qemu-efi-aarch64 sbsigntool openssl gdisk
    # 9P clients that are not ours: diod's, and Linux in a guest
    diod qemu-system-x86 cpio xz-utils
    # a 9P2000.L server of other authors: the Java client is tested against it
    diod
    # a TPM 2.0 for QEMU, and tools of other authors that talk to it
    swtpm tpm2-tools openssl xxd
    # sources of C libraries, scripts
    ca-certificates dpkg-dev git shellcheck
    # releases: their jars are looked into, their manual pages are rendered
    unzip groff-base
)
# Without dpkg (another distribution) the programs themselves are what counts.
programs=(gcc aarch64-linux-gnu-gcc clang llvm-cov pmccabe cmake ninja mvn javac qemu-system-aarch64 dtc git diodls qemu-system-x86_64 cpio xz mkimage mdir sgdisk sbsign swtpm tpm2_quote openssl xxd unzip groff)

if command -v dpkg-query >/dev/null; then
    # dpkg-query fails when it does not know one of them, and still prints the others.
    installed=$({ dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "${packages[@]}" 2>/dev/null || true; } | sed -n 's/^ii *//p')
    missing=()
    for package in "${packages[@]}"; do
        grep -qxF "$package" <<<"$installed" || missing+=("$package")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        if [ "$check_only" -eq 1 ]; then
            say "missing packages: ${missing[*]}"
            exit 1
        fi
        if [ "$(id -u)" -ne 0 ]; then
            say "error: missing packages: ${missing[*]}"
            say "run this as root, then start again:"
            say "    apt-get update && apt-get install --no-install-recommends ${missing[*]}"
            exit 1
        fi
        export DEBIAN_FRONTEND=noninteractive
        say "reading package lists"
        apt-get -q update >/dev/null
        log=$(mktemp "${TMPDIR:-/tmp}/cohesix-setup.XXXXXX")
        say "installing ${missing[*]}"
        say "on a bare system this downloads some hundred megabytes and takes minutes; its output goes to $log"
        if ! apt-get -q -y install --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
            tail -n 40 "$log" >&2
            say "error: apt-get could not install them; its whole output is in $log"
            exit 1
        fi
        rm -f "$log"
    fi
else
    missing=()
    for program in "${programs[@]}"; do
        command -v "$program" >/dev/null || missing+=("$program")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        say "error: missing programs: ${missing[*]}; install them with this system's package manager (names as on Debian 12: ${packages[*]})"
        exit 1
    fi
fi

if [ "$check_only" -eq 0 ]; then
    "$here/fetch-sources.sh"
    "$here/stock/fetch-guest.sh"
fi
