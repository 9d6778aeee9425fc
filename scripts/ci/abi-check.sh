#!/bin/sh
# Compares seL4/abi with the libsel4 of an installed seL4 build: every constant and layout must be equal and every call
# must have the same type. Usage: abi-check.sh DIR   (DIR holds libsel4/include; 16.0.0, AArch64, EL1, one core)
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:-}
if [ -z "$build" ] || [ ! -f "$build/libsel4/include/sel4/sel4.h" ]; then
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
    sed -n 's/^[[:space:]]*#VALUE //p' "$tmp/$out.s" | sort >"$tmp/$out.txt"
}

list ours -Werror -I"$here/seL4/abi/include"
list theirs -isystem "$build/libsel4/include"
expected=$(grep -o '\bV(' "$here/seL4/abi/check/values.def" | wc -l)
count=$(wc -l <"$tmp/ours.txt")
# One V( stands in the file's own comment.
if [ "$count" -ne $((expected - 1)) ]; then
    echo "abi-check: listed $count values, values.def names $((expected - 1))" >&2
    exit 1
fi
if ! diff "$tmp/ours.txt" "$tmp/theirs.txt" >"$tmp/diff.txt"; then
    echo "abi-check: differences (< ours, > $build):" >&2
    cat "$tmp/diff.txt" >&2
    exit 1
fi
echo "abi-check: $count values equal, all calls have the same types: $build"
