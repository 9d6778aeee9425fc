# Reads and changes single bytes of images: for tests that spoil them on purpose. Layout: seL4/loader/payload.h.
# shellcheck shell=bash disable=SC2154
# Needs $work, the folder of the images that are named.

# number NAME OFFSET BYTES: a little-endian number.
number() { od -A n -t "u$3" -N "$3" -j "$2" "$work/$1" | tr -d ' '; }
# poke NAME OFFSET HEX-BYTES
poke() { fold -w 2 <<<"$3" | sed 's/^/\\x/' | tr -d '\n' | xargs -0 printf '%b' | dd of="$work/$1" bs=1 seek="$2" conv=notrunc status=none; }
flip() {
    local byte
    byte=$(number "$1" "$2" 1)
    poke "$1" "$2" "$(printf '%02x' $((byte ^ 1)))"
}
# seal NAME: makes the table's own sum right again (856 bytes, the sum at 168).
seal() {
    local table
    table=$(number "$1" 4 4)
    poke "$1" $((table + 168)) "$(printf '00%.0s' {1..32})"
    poke "$1" $((table + 168)) "$(tail -c +$((table + 1)) "$work/$1" | head -c 856 | sha256sum | cut -d ' ' -f 1)"
}
