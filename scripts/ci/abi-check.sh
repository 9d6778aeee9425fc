#!/bin/sh
# Compares seL4/abi with libsel4 of seL4 16.0.0 (AArch64, EL1, one core): every constant and layout must be equal, and
# every call must have the same type. Usage: abi-check.sh [DIR] [--record]
#   DIR       an installed seL4 build, compared directly; without it the values recorded from one are the measure
#   --record  writes DIR's values to resources/fixtures/sel4_abi_values.txt
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
fixture=$here/resources/fixtures/sel4_abi_values.txt
build=${1:-}
if [ -n "$build" ] && [ ! -f "$build/libsel4/include/sel4/sel4.h" ]; then
    echo "abi-check: '$build' holds no libsel4/include/sel4/sel4.h; give the folder of an installed seL4 build" >&2
    exit 2
fi
cc=${CROSS_CC:-aarch64-linux-gnu-gcc}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

list() { # list NAME include-flags...
    out=$1
    shift
    "$cc" -std=gnu11 -O2 -ffreestanding -Wall -Wno-comment "$@" -S -o "$tmp/$out.s" "$here/seL4/abi/check/check.c"
    sed -n 's/^[[:space:]]*#VALUE //p' "$tmp/$out.s" | LC_ALL=C sort >"$tmp/$out.txt"
}

list ours -Werror -I"$here/seL4/abi/include"
# One V( stands in the file's own comment.
expected=$(($(grep -o '\bV(' "$here/seL4/abi/check/values.def" | wc -l) - 1))
count=$(wc -l <"$tmp/ours.txt")
if [ "$count" -ne "$expected" ]; then
    echo "abi-check: listed $count values, values.def names $expected" >&2
    exit 1
fi
if [ -n "$build" ]; then
    list theirs -isystem "$build/libsel4/include"
    [ "${2:-}" != --record ] || cp "$tmp/theirs.txt" "$fixture"
    measure=$build
else
    cp "$fixture" "$tmp/theirs.txt"
    measure=${fixture#"$here"/}
fi
if ! diff "$tmp/ours.txt" "$tmp/theirs.txt" >"$tmp/diff.txt"; then
    echo "abi-check: differences (< ours, > $measure):" >&2
    cat "$tmp/diff.txt" >&2
    exit 1
fi
echo "abi-check: $count values equal: $measure"
