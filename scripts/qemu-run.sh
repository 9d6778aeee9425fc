#!/usr/bin/env bash
# Boots a Cohesix image in QEMU with its serial console on this terminal (Ctrl-A x leaves). What the image needs of the machine
# (memory, EL2, processor) stands in the image. Becomes QEMU, so whoever starts it ends QEMU by its process id.
# A release has this script as qemu/run.sh: it needs bash, QEMU and, for --provision, the release's own coh-rtc.
set -euo pipefail

usage() {
    cat <<EOF
usage: ${called} [--image FILE] [--port N] [--provision FILE] [--net OPTIONS] [--el2] [--seat] [--dry-run] [-- QEMU-ARGUMENT...]
  --image FILE      image made by 'coh-rtc image qemu' (default: ${image#"$root"/})
  --port N          host port, on 127.0.0.1 only, that leads to the console (default: 31337)
  --provision FILE  the keys for an image that holds none, made by 'coh-rtc provision'; no copy of them stays behind
  --net OPTIONS     options of QEMU's user network, for example net=10.9.0.0/24,dhcpstart=10.9.0.77; the port then leads to
                    the first address that its DHCP server gives; none: a cable with nobody at its other end
  --el2             give the machine EL2 even where the kernel does not ask for it
  --seat            give the machine a keyboard and a display (hw.local_seat in the manifest), in a window where there is a desktop
  --dry-run         print the command instead
environment: COHESIX_QEMU_SMP (default 4), COHESIX_QEMU_SMP_TOPO (default cores=<that>,threads=1,sockets=1),
             COHESIX_QEMU (default qemu-system-aarch64)
EOF
}
wrong() {
    printf '%s: %s\n' "${called##*/}" "$1" >&2
    exit 2
}

need() { [ -n "${2:-}" ] || wrong "$1 needs a value"; }

called=$0
root=$(cd "$(dirname "$0")/.." && pwd)
image=$root/out/cohesix/image/cohesix-qemu.img
make="make one with scripts/cohesix-build-run.sh --no-run"
if [ -f "$root/SHA256SUMS" ]; then # a release, unpacked
    image=$root/image/cohesix-qemu.img
    make="unpack the release again"
fi
provision=
port=31337
net=
el2=
seat=
dry=
while [ $# -gt 0 ]; do
    case $1 in
        --image) need "$@" && image=$2 && shift ;;
        --port) need "$@" && port=$2 && shift ;;
        --net) need "$@" && net=$2 && shift ;;
        --provision) need "$@" && provision=$2 && shift ;;
        --el2) el2=1 ;;
        --seat) seat=1 ;;
        --dry-run) dry=1 ;;
        -h | --help) usage && exit 0 ;;
        --) shift && break ;;
        *) usage >&2 && wrong "unknown argument '$1'" ;;
    esac
    shift
done
case $port in '' | *[!0-9]*) wrong "--port is a number, not '$port'" ;; esac
if [ "$port" -lt 1 ] || [ "$port" -gt 65535 ]; then wrong "--port is 1 to 65535, not $port"; fi
[ -f "$image" ] || wrong "no image at $image: $make"

# field TYPE BYTES OFFSET: one number of the image. seL4/loader/payload.h has the table's layout; the header's second word says where it is.
field() { od -A n -t "u$1" -N "$1" -j "$2" "$image" | tr -d ' '; }
[ "$(wc -c <"$image")" -gt 4096 ] || wrong "$image is not a Cohesix image: $make"
table=$(field 4 4)
if [ "$(field 4 56)" != 1682788929 ] || [ "$(field 4 "$table")" != 1346916163 ]; then # "ARM" 0x64, "COHP"
    wrong "$image is not a Cohesix image: $make"
fi
flags=$(field 4 $((table + 12)))
ram_end=$(field 8 $((table + 32)))
memory=$(((ram_end - 0x40000000) >> 20))
[ $((flags & 1)) -eq 0 ] || el2=1
# A kernel at EL2 starts only on processors whose physical addresses have its own size.
cpu=cortex-a57
[ "$(field 4 $((table + 68)))" != 40 ] || cpu=cortex-a53

# The console's port inside the guest is the manifest's, which lies beside the image.
manifest=
if [ -f "$(dirname "$image")/manifest.json" ]; then manifest=$(tr -d ' \n' <"$(dirname "$image")/manifest.json"); fi
guest_port=$(grep -o '"console":{[^{}]*}' <<<"$manifest" | grep -o '"port":[0-9]*' | cut -d : -f 2 || true)

# The keys of a release come from its operator: the image alone would halt before the prompt.
keys=
for ((entry = 0; entry < $(field 4 $((table + 8))); entry++)); do
    [ "$(field 4 $((table + 216 + entry * 80)))" != 4 ] || keys=1
done
if [ -z "$keys$provision" ] && grep -q '"release":true' <<<"$manifest"; then
    wrong "this image holds no keys: make them with 'coh-rtc provision' (docs/QUICKSTART.md), then name the file with --provision"
fi
if [ -n "$provision" ]; then
    [ -r "$provision" ] || wrong "can't read the provisioning blob $provision"
    rtc=
    for place in "$root/bin/coh-rtc" "$root/out/cohesix/host-tools/bin/coh-rtc" "$(command -v coh-rtc || true)"; do
        if [ -z "$rtc" ] && [ -x "$place" ]; then rtc=$place; fi
    done
    [ -n "$rtc" ] || wrong "no coh-rtc in $root/bin or PATH to put the keys into the image"
    whole=$(umask 077 && mktemp "${TMPDIR:-/tmp}/cohesix-image.XXXXXX")
    trap 'rm -f "$whole"' EXIT
    "$rtc" image provision "$image" --provision "$provision" -o "$whole" >/dev/null
    # QEMU reads it from here; its name is gone before QEMU starts.
    exec 9<"$whole"
    [ -n "$dry" ] || image=/dev/fd/9
fi

# The local seat: the keyboard in a page of its own (the NIC is on the last bus). QEMU opens a window only where it was built with one.
console=(-nographic)
devices=()
if [ -n "$seat" ]; then
    if [ -n "$manifest" ] && ! grep -o '"local_seat":{[^{}]*}' <<<"$manifest" | grep -q '"enabled":true'; then
        wrong "--seat: $image was made without a local seat: set hw.local_seat.enabled = true in its manifest, with its two devices, and make it again"
    fi
    devices=(-device ramfb -device "virtio-keyboard-device,bus=virtio-mmio-bus.0")
    if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
        window=$("${COHESIX_QEMU:-qemu-system-aarch64}" -display help 2>/dev/null | grep -m 1 -xE 'gtk|sdl' || true)
        [ -z "$window" ] || console=(-display "$window" -serial mon:stdio)
    fi
    [ "${console[0]}" != -nographic ] ||
        printf 'qemu-run: no window: there is no desktop, or QEMU has none (Debian: qemu-system-gui); the monitor (Ctrl-A c) shows the screen: screendump FILE\n' >&2
fi

case $net in
    none) net=hubport,id=net0,hubid=0 ;;
    '') net=user,id=net0,hostfwd=tcp:127.0.0.1:$port-10.0.2.15:${guest_port:-31337} ;;
    *) net=user,id=net0,$net,hostfwd=tcp:127.0.0.1:$port-:${guest_port:-31337} ;;
esac

smp=${COHESIX_QEMU_SMP:-4}
topology=${COHESIX_QEMU_SMP_TOPO:-cores=$smp,threads=1,sockets=1}
machine=virt,gic-version=2${el2:+,virtualization=on}
# shellcheck disable=SC2054
command=("${COHESIX_QEMU:-qemu-system-aarch64}" -machine "$machine" -cpu "$cpu"
    -smp "$smp,$topology" -m "$memory" "${console[@]}" -no-reboot -kernel "$image"
    -global virtio-mmio.force-legacy=false
    -netdev "$net" -device "virtio-net-device,netdev=net0"
    "${devices[@]}"
    "$@")
if [ -n "$dry" ]; then
    printf '%q ' "${command[@]}" && echo
    exit 0
fi
command -v "${command[0]}" >/dev/null ||
    wrong "no ${command[0]} in PATH: install QEMU for Arm (Debian, Ubuntu: apt install qemu-system-arm; macOS: brew install qemu), or name it with COHESIX_QEMU"
if (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then wrong "port $port on 127.0.0.1 is in use: choose another with --port"; fi
if [ -t 1 ]; then echo "${called##*/}: the console is on 127.0.0.1:$port once the hive listens; Ctrl-A x leaves" >&2; fi
if [ -n "$provision" ]; then rm -f "$whole"; fi
exec "${command[@]}"
