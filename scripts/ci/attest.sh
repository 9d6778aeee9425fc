#!/usr/bin/env bash
# Measured boot in QEMU: what an image is measured to is what coh-rtc foretold; keys that are sealed by DICE or by a TPM 2.0
# (swtpm) open for that image on that device and for nothing else; nothing of the secrets stays in memory; and whatever is
# wrong halts by name before tickets.
# Usage: scripts/ci/attest.sh [--sel4-build DIR] [--only dice|tpm2]
#   --sel4-build DIR  on this seL4 (default: the simulation kernel)
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"
tools=$out/host-tools
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"
# shellcheck source=scripts/lib/tpm.sh
. "$root/scripts/lib/tpm.sh"

usage() { echo "attest: $1 (see --help)" >&2; exit 2; }
build=
only=all
while [ $# -gt 0 ]; do
    case $1 in
        --sel4-build) [ -n "${2:-}" ] || usage "$1 wants a folder"; build=$(sel4_build_given "$2"); shift ;;
        --only) only=${2:-}; shift ;;
        -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) usage "unknown argument '$1'" ;;
    esac
    shift
done
case $only in all | dice | tpm2) ;; *) usage "--only is dice or tpm2, not '$only'" ;; esac

work=$(mktemp -d)
cleanup() {
    hive_stop
    tpm_stop
    rm -rf "$work"
}
trap cleanup EXIT
cd "$root"
build_java

failed=0
cases=0
ok() { cases=$((cases + 1)); echo "ok   $kind: $1"; }
bad() { cases=$((cases + 1)); failed=$((failed + 1)); echo "FAIL $kind: $1"; [ -z "${2:-}" ] || sed 's/^/     /' "$2"; }

# begin KIND: tables, rootserver and loader of the project's manifest with attestation of that kind.
begin() {
    kind=$1
    local from=$root/configs/root_task.toml manifest=$work/attest_$1.toml
    { cat "$from"; printf '\n[hw.attestation]\nenabled = true\nkind = "%s"\n' "$kind"; } >"$manifest"
    use_manifest "$manifest"
    compile_manifest
    local targets=(--target loader.elf --target rootserver.elf)
    [ -n "$build" ] || targets+=(--target sim-kernel.elf)
    build_c aarch64 --tree "attest-$kind${build:+-sel4}" "${targets[@]}" "-DSEL4_BUILD_DIR=$build" "$(tables)"
    built=$root/seL4/build/attest-$kind${build:+-sel4}
}

# make NAME ARG...: an image in $work/NAME.
make() {
    local name=$1 kernel=(--kernel "$built/sim-kernel.elf")
    shift
    [ -z "$build" ] || kernel=(--sel4-build "$build")
    quietly "$work/$name.log" rtc image qemu --out "$work/$name" --loader "$built/loader.elf" --rootserver "$built/rootserver.elf" \
        --manifest-json "$policies/manifests/root_task_resolved.json" "${kernel[@]}" "$@"
}
# json NAME KEY: a text of its measurements.json.
json() { grep -o "\"$2\":\"[^\"]*\"" "$work/$1/measurements.json" | head -n 1 | cut -d '"' -f 4; }
# seal NAME FILE ARG...: the manifest's keys, sealed to image NAME.
seal() {
    local name=$1 to=$2
    shift 2
    quietly "$work/seal.log" rtc provision "$hive_manifest" -o "$to" --seal "$work/$name/measurements.json" "$@"
}

# start NAME PATTERN ARG...: boots it until the log shows PATTERN; $log is the log.
start() {
    local name=$1 pattern=$2
    shift 2
    log=$work/$name.uart
    port=$(free_port)
    : >"$log"
    setsid "$root/scripts/qemu-run.sh" --image "$work/$name/cohesix-qemu.img" --port "$port" -- "$@" >"$log" 2>&1 </dev/null &
    hive_pid=$!
    wait_for_line "$log" "$pattern" "${COHESIX_BOOT_SECONDS:-60}" "$hive_pid"
}
# halts TEXT NAME REASON ARG...: it must end in `boot halted: attestation: REASON`, before tickets.
halts() {
    local text=$1 name=$2 reason=$3
    shift 3
    if start "$name" "boot halted|tickets: registered" "$@" && grep -qF "boot halted: attestation: $reason" "$log" &&
        ! grep -q "tickets: registered" "$log"; then ok "$text"; else bad "$text: wanted '$reason'" "$log"; fi
    hive_stop
}
# ask FILE: what /proc/attest and /proc/boot say, over a session.
ask() {
    printf '%s\n' 'attach queen' 'cat /proc/attest/summary' 'cat /proc/attest/evidence' 'cat /proc/boot' 'quit' >"$work/ask.coh"
    hive_port=$port
    quietly "$1" "$tools/bin/cohsh" --transport tcp --tcp-host 127.0.0.1 --tcp-port "$port" \
        --policy "$policies/cohsh_policy.toml" --script "$work/ask.coh"
}
# told FILE KEY: the value of `key=value`.
told() { sed -n "s/^$2=//p" "$1" | head -n 1; }

# boots NAME ARG...: it boots, and says of itself what was foretold. Leaves it running.
boots() {
    local name=$1 answers=$work/$1.answers
    shift
    if ! start "$name" 'net-console: listening' "$@"; then
        bad "an image whose keys are sealed to it boots" "$log"
        return 0
    fi
    ok "an image whose keys are sealed to it boots"
    ask "$answers"
    if [ "$(told "$answers" state)" = attested ] && [ "$(told "$answers" sealed)" = yes ] &&
        [ "$(told "$answers" measurement)" = "$(json "$name" measurement)" ] &&
        [ "$(told "$answers" attestation.measurement)" = "$(json "$name" measurement)" ]; then
        ok "it tells the measurement that was foretold, and that it attested"
    else
        bad "it tells the measurement that was foretold ($(json "$name" measurement)), and that it attested" "$answers"
    fi
    local part
    for part in loader table kernel rootserver manifest provision; do
        [ "$(told "$answers" "$part")" = "$(json "$name" "$part")" ] || bad "digest of $part: $(told "$answers" "$part"), foretold $(json "$name" "$part")"
    done
    sed -n '/^record=1/,/^manifest.sha256=/p' "$answers" >"$work/evidence"
    if [ "$(sha256sum <"$work/evidence" | cut -d ' ' -f 1)" = "$(told "$answers" attestation.evidence)" ]; then
        ok "/proc/boot has the hash of /proc/attest/evidence"
    else
        bad "/proc/boot has the hash of /proc/attest/evidence" "$answers"
    fi
}

# in_memory HEX: its longest run without a newline's byte, which grep can't look for, stands in $work/memory.
in_memory() {
    local run
    run=$(fold -w 2 <<<"$1" | awk '$1 == "0a" { r = ""; next } { r = r "\\x" $1 } length(r) > length(best) { best = r } END { print best }')
    LC_ALL=C grep -qaP "$run" "$work/memory"
}
# forgotten NAME HEX...: none of these bytes is anywhere in the memory of the machine that runs image NAME.
forgotten() {
    local fd secret base=0x40000000 size
    size=$((1024 * 1024 * 1024))
    exec {fd}<>"/dev/tcp/127.0.0.1/$monitor"
    printf 'pmemsave %s %d "%s"\nquit\n' "$base" "$size" "$work/memory" >&"$fd"
    cat <&"$fd" >/dev/null # until QEMU has done it and closes
    exec {fd}>&-
    [ "$(stat -c %s "$work/memory")" -eq "$size" ] || bad "the machine's memory can be read"
    in_memory "$(json "$1" measurement)" || bad "what is in memory is found there: the measurement is not"
    for secret in "${@:2}"; do
        if in_memory "$secret"; then bad "nothing of the secrets stays in memory: $secret does"; else ok "nothing of the secrets stays in memory"; fi
    done
    rm -f "$work/memory"
}
hex() { od -A n -v -t x1 "$1" | tr -d ' \n'; }

dice() {
    begin dice
    head -c 32 /dev/urandom >"$work/secret"
    head -c 32 /dev/urandom >"$work/other-secret"
    make bare
    halts 'without a device secret it halts' bare 'the loader found no device secret'
    make first --device-secret "$work/secret"
    seal first "$work/keys" --device-secret "$work/secret"
    seal first "$work/again" --device-secret "$work/secret"
    if cmp -s "$work/keys" "$work/again"; then ok 'the same keys are sealed to the same bytes'; else bad 'the same keys are sealed to the same bytes'; fi
    make good --device-secret "$work/secret" --provision "$work/keys"
    if [ "$(json good measurement)" = "$(json bare measurement)" ]; then ok 'keys and secret do not change the measurement'; else bad 'keys and secret do not change the measurement'; fi
    monitor=$(free_port)
    boots good -monitor "tcp:127.0.0.1:$monitor,server,nowait"
    forgotten good "$(hex "$work/secret")" "$(printf '%s' "$(json good measurement)" | xxd -r -p | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(hex "$work/secret")" -r | cut -d ' ' -f 1)"
    hive_stop
    halts 'without keys it halts' first 'the provisioning blob is missing or not sealed'
    make stolen --device-secret "$work/other-secret" --provision "$work/keys"
    halts 'on another device its keys do not open' stolen "the provisioning blob can't be unsealed"
    cp "$work/keys" "$work/flipped-keys"
    printf '\x5a' | dd of="$work/flipped-keys" bs=1 seek=120 conv=notrunc status=none
    make flipped --device-secret "$work/secret" --provision "$work/flipped-keys"
    halts 'damaged keys do not open' flipped "the provisioning blob can't be unsealed"
    quietly "$work/seal.log" rtc provision "$root/configs/root_task.toml" -o "$work/plain-keys"
    make plain --device-secret "$work/secret" --provision "$work/plain-keys"
    halts 'keys that are not sealed are refused' plain 'the provisioning blob is missing or not sealed'
    "$qemu" -machine "virt,gic-version=2,dumpdtb=$work/virt.dtb" -cpu cortex-a57 -m 1024 -nographic -nic none >/dev/null 2>&1
    make changed --device-secret "$work/secret" --provision "$work/keys" --dtb "$work/virt.dtb"
    halts 'another image does not open them' changed 'the provisioning blob is sealed to another image'
}

tpm2() {
    begin tpm2
    tpm_start "$work/tpm"
    make first
    tpm_provision "$(json first measurement)"
    seal first "$work/keys" --tpm-secret "$work/tpm/secret" --tpm-public "$work/tpm/sealed.pub" --tpm-private "$work/tpm/sealed.priv"
    make good --provision "$work/keys"
    tpm_boot
    monitor=$(free_port)
    boots good "${tpm_device[@]}" -monitor "tcp:127.0.0.1:$monitor,server,nowait"
    forgotten good "$(hex "$work/tpm/secret")"
    hive_stop
    sed -n 's/^quote=//p' "$work/evidence" | tr -d '\n' | xxd -r -p >"$work/quote"
    sed -n 's/^signature=//p' "$work/evidence" | tr -d '\n' | xxd -r -p >"$work/signature"
    tpm_start_again
    if quietly "$work/checkquote.log" tpm2_checkquote -u "$work/tpm/ak.pem" -m "$work/quote" -s "$work/signature" -g sha256 \
        -q "$(told "$work/good.answers" manifest.sha256)" &&
        [ "$(tail -c 32 "$work/quote" | od -A n -v -t x1 | tr -d ' \n')" = "$(printf '%s' "$(json good measurement)" | xxd -r -p | sha256sum | cut -d ' ' -f 1)" ]; then
        ok "tpm2_checkquote holds the quote for the TPM's, over the measurement and the manifest"
    else
        bad "tpm2_checkquote holds the quote for the TPM's, over the measurement and the manifest" "$work/checkquote.log"
    fi
    halts 'without a TPM it halts' good 'the machine has no TPM 2.0'
    "$qemu" -machine "virt,gic-version=2,dumpdtb=$work/virt.dtb" -cpu cortex-a57 -m 1024 -nographic -nic none >/dev/null 2>&1
    make changed --provision "$work/keys" --dtb "$work/virt.dtb"
    tpm_boot
    halts 'another image can not unseal on the same TPM' changed 'the TPM refused to unseal' "${tpm_device[@]}"
    tpm_start_again
    tpm_tool tpm2_evictcontrol -C o -c 0x81000001
    tpm_boot
    halts 'a TPM without the storage key is named' good 'the TPM has no storage key' "${tpm_device[@]}"
    tpm_start_again
    tpm_tool tpm2_clear
    tpm_provision "$(json first measurement)"
    tpm_boot
    halts 'a TPM that was cleared can not open what it sealed before' good 'the TPM refused to unseal' "${tpm_device[@]}"
}

qemu=${COHESIX_QEMU:-qemu-system-aarch64}
[ "$only" = tpm2 ] || dice
[ "$only" = dice ] || tpm2
echo "attest: $((cases - failed)) of $cases passed"
[ "$failed" -eq 0 ]
