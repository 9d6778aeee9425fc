#!/usr/bin/env bash
# What the loader does with images and machines that are wrong: each case boots in QEMU and must end in the loader's own line,
# and the rootserver must not have been entered. Also the ways to boot that only the loader sees: other addresses, plain SHA-256.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${COH_BOARD_BUILD:-$root/seL4/build/aarch64}
manifest=${COH_MANIFEST_JSON:-$root/out/manifests/root_task_resolved.json}
kernel=${COH_KERNEL:-$build/sim-kernel.elf}
qemu=${COHESIX_QEMU:-qemu-system-aarch64}
entered='root-task entry reached'
seconds=${COH_LOADER_SECONDS:-20}

java=java
[ -z "${JAVA_HOME:-}" ] || java=$JAVA_HOME/bin/java
work=$(mktemp -d)
pid=
pids=()
cleanup() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done
    rm -rf "$work"
}
trap cleanup EXIT

for file in "$build/loader.elf" "$build/loader-plain-sha.elf" "$kernel" "$build/rootserver.elf" "$manifest" "$root/tools/coh-rtc/target/coh-rtc.jar"; do
    [ -f "$file" ] || { echo "loader-negative: no $file: run scripts/cohesix-build-run.sh --no-run first" >&2; exit 2; }
done

# image NAME LOADER ARG...: a new image in $work/NAME.
image() {
    local name=$1 loader=$2
    shift 2
    "$java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -jar "$root/tools/coh-rtc/target/coh-rtc.jar" image qemu --loader "$build/$loader" --kernel "$kernel" \
        --rootserver "$build/rootserver.elf" --manifest-json "$manifest" --out "$work/$name.d" "$@" >"$work/$name.log" 2>&1 || { cat "$work/$name.log" >&2; exit 1; }
    cp "$work/$name.d/cohesix-qemu.img" "$work/$name"
}
# shellcheck source=scripts/lib/payload.sh
. "$root/scripts/lib/payload.sh"

failed=0
cases=0
# boots TEXT WANTED FORBIDDEN QEMU-ARGUMENT...: the log shows WANTED and never FORBIDDEN.
boots() {
    local text=$1 wanted=$2 forbidden=$3 log i
    shift 3
    cases=$((cases + 1))
    log=$work/uart.$cases
    : >"$log"
    "$qemu" -cpu cortex-a57 -m 1024 -nographic -nic none "$@" </dev/null >"$log" 2>&1 &
    pid=$!
    for ((i = 0; i < seconds * 20; i++)); do
        if grep -qF -e "$wanted" -e "$forbidden" "$log" || ! kill -0 "$pid" 2>/dev/null; then break; fi
        sleep 0.05
    done
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    pid=
    if grep -qF -e "$wanted" "$log" && ! grep -qF -e "$forbidden" "$log"; then
        echo "ok   $text"
    else
        failed=$((failed + 1))
        echo "FAIL $text: wanted '$wanted', the log is:"
        sed 's/^/     /' "$log"
    fi
}
plain=(-machine 'virt,gic-version=2')
halts() { boots "$1" "loader: halted: $2" "$entered" "${@:3}"; }
starts() { boots "$1" "$entered" 'loader: halted' "${@:2}"; }

"$qemu" -machine "virt,gic-version=2,dumpdtb=$work/virt.dtb" -cpu cortex-a57 -m 1024 -nographic -nic none >/dev/null 2>&1
image good loader.elf
image tree loader.elf --dtb "$work/virt.dtb"
image software loader-plain-sha.elf
table=$(number good 4 4)
first=$((table + $(number good $((table + 224)) 8)))   # kernel
second=$((table + $(number good $((table + 304)) 8)))  # rootserver
copy() { cp "$work/good" "$work/$1"; }

starts 'an untouched image boots' "${plain[@]}" -kernel "$work/good"
starts 'an untouched image boots from EL2' -machine virt,gic-version=2,virtualization=on -kernel "$work/good"
starts 'software SHA-256 accepts the same image' "${plain[@]}" -kernel "$work/software"
for address in 0x40200000 0x47ffe000 0x7f000000; do
    starts "an image that was put at $address and started with go finds its own device tree and makes room" "${plain[@]}" \
        -device "loader,file=$work/tree,addr=$address,force-raw=on" -device "loader,addr=$address,cpu-num=0"
done

copy kernel && flip kernel $((first + 4096))
halts 'a flipped bit in the kernel is found' 'payload kernel: SHA-256 is ' "${plain[@]}" -kernel "$work/kernel"
copy rootserver && flip rootserver $((second + 70000))
halts 'a flipped bit in the rootserver is found' 'payload rootserver: SHA-256 is ' "${plain[@]}" -kernel "$work/rootserver"
cp "$work/software" "$work/soft" && flip soft $((second + 70000))
halts 'software SHA-256 finds a flipped bit' 'payload rootserver: SHA-256 is ' "${plain[@]}" -kernel "$work/soft"
copy stamp && flip stamp $((table + 105))
halts 'a flipped bit in the payload table is found' 'payload table: SHA-256 differs' "${plain[@]}" -kernel "$work/stamp"
copy entry && flip entry $((table + 232))
halts 'a payload of another length is found' 'payload table: SHA-256 differs' "${plain[@]}" -kernel "$work/entry"
head -c $((second + 5000)) "$work/good" >"$work/short"
halts 'an image that was cut short is found' 'payload rootserver: SHA-256 is ' "${plain[@]}" -kernel "$work/short"
head -c "$table" "$work/good" >"$work/bare"
halts 'a loader without payloads says so' 'payload table: not found behind the loader' "${plain[@]}" -kernel "$work/bare"
halts 'without a device tree it stops' 'no device tree: x0 holds 0x0' "${plain[@]}" -device "loader,file=$work/good,addr=0x50000000,force-raw=on" \
    -device loader,addr=0x50000000,cpu-num=0
copy hyp && poke hyp $((table + 12)) 01000000 && seal hyp
halts 'a kernel for EL2 on a machine without it is refused' 'the kernel needs EL2 and this is EL1' "${plain[@]}" -kernel "$work/hyp"
copy bits && poke bits $((table + 68)) 28000000 && seal bits
halts 'a kernel for another size of physical addresses is refused' 'the kernel was built for processors with physical addresses of 40 bits, this one has 44' "${plain[@]}" -kernel "$work/bits"
copy cores && poke cores $((table + 64)) 04000000 && seal cores
halts 'a kernel for four cores on a machine with two is refused' 'the kernel was built for 4 cores, the machine has 2' "${plain[@]}" -smp 2 -kernel "$work/cores"
copy room && poke room $((table + 320)) 0000004000000000 && seal room
halts 'a rootserver that is too large for the memory is refused' 'no room: the rootserver would end at' "${plain[@]}" -kernel "$work/room"
copy outside && poke outside $((table + 248)) 0000008000000000 && seal outside
halts 'a kernel outside of the memory is refused' 'kernel ends at' "${plain[@]}" -kernel "$work/outside"
halts 'a machine with less memory than the kernel was compiled for is refused' 'the kernel was compiled for memory up to 0x80000000, this machine has none at 0x60000000' \
    "${plain[@]}" -m 512 -kernel "$work/good"
halts 'a machine with another interrupt controller is refused' 'the image is for qemu-virt, and this machine'"'"'s device tree has nothing compatible with arm,cortex-a15-gic' \
    -machine virt,gic-version=3 -kernel "$work/good"
sed 's/linux,dummy-virt/linux,other-virt/g' "$work/virt.dtb" >"$work/other.dtb"
halts 'another machine is refused by its device tree' 'the image is for qemu-virt, and this machine'"'"'s device tree has nothing compatible with linux,dummy-virt' \
    "${plain[@]}" -dtb "$work/other.dtb" -kernel "$work/good"
copy gap && poke gap $((first - 1)) 01
halts 'a byte between payloads is found' 'payload table: bytes between payloads are not zero' "${plain[@]}" -kernel "$work/gap"

# One byte changed anywhere from the payload table on: positions and values come from a seed.
# spoil NUMBER POSITION XOR: prints what the loader says of it.
spoil() {
    local name=flip.$1 line answer='no line of the loader' from
    cp "$work/good" "$work/$name"
    poke "$name" "$2" "$(printf '%02x' $(($(number "$name" "$2" 1) ^ $3)))"
    exec {from}< <(exec timeout "$seconds" "$qemu" "${plain[@]}" -cpu cortex-a57 -m 1024 -nographic -nic none -kernel "$work/$name" </dev/null 2>&1)
    local process=$!
    while IFS= read -r line <&"$from"; do
        case $line in *'loader: halted: payload '* | *"$entered"*) answer=${line%$'\r'} && break ;; esac
    done
    kill "$process" 2>/dev/null || true
    exec {from}<&-
    rm -f "$work/$name"
    echo "$2 $answer"
}
flips=${COH_LOADER_FLIPS:-200}
seed=${COH_LOADER_SEED:-1}
bytes=$(stat -c %s "$work/good")
awk -v n="$flips" -v seed="$seed" -v from="$table" -v to="$bytes" \
    'BEGIN { srand(seed); for (i = 0; i < n; i++) print i, from + int(rand() * (to - from)), 1 + int(rand() * 255) }' >"$work/positions"
workers=$(nproc)
pids=()
for ((w = 0; w < workers; w++)); do
    (awk -v w="$w" -v of="$workers" 'NR % of == w' "$work/positions" | while read -r n at xor; do spoil "$n" "$at" "$xor"; done >"$work/said.$w") &
    pids+=($!)
done
for p in "${pids[@]}"; do wait "$p"; done
pids=()
refused=$(cat "$work"/said.* | grep -c 'loader: halted: payload' || true)
cases=$((cases + 1))
if [ "$refused" -eq "$flips" ]; then
    echo "ok   one changed byte at each of $flips places (seed $seed) is found"
else
    failed=$((failed + 1))
    echo "FAIL $refused of $flips images with one changed byte (seed $seed) were refused; these were not:"
    cat "$work"/said.* | grep -v 'loader: halted: payload' | sed 's/^/     at /'
fi

echo "loader-negative: $((cases - failed)) of $cases passed"
[ "$failed" -eq 0 ]
