# A TPM 2.0 for tests: swtpm, by turns in the hands of tpm2-tools and in a machine that QEMU runs. The commands are those that an
# operator gives on the device (docs/ATTESTATION.md). Sets tpm_device, QEMU's arguments for it.
# shellcheck shell=bash disable=SC2034,SC2154
# Needs common.sh.

tpm_pid=
tpm_folder=
tpm_device=()

tpm_stop() {
    [ -z "$tpm_pid" ] || end_process "$tpm_pid"
    tpm_pid=
}

# tpm_start FOLDER: a new TPM whose state lies there, for tpm2-tools.
tpm_start() {
    tpm_folder=$1
    mkdir -p "$1/state"
    tpm_start_again
}
# tpm_start_again: the same TPM, for tpm2-tools.
tpm_start_again() {
    local port tries
    tpm_stop
    for tries in 1 2 3 4 5; do # the control channel must be the next port
        port=$(free_port)
        swtpm socket --tpm2 --tpmstate "dir=$tpm_folder/state" --server "type=tcp,port=$port,disconnect" \
            --ctrl "type=tcp,port=$((port + 1))" --flags not-need-init,startup-clear >"$tpm_folder/swtpm.log" 2>&1 </dev/null &
        tpm_pid=$!
        export TPM2TOOLS_TCTI="swtpm:host=127.0.0.1,port=$port"
        if tpm_answers; then return 0; fi
        tpm_stop
    done
    cat "$tpm_folder/swtpm.log" >&2
    die "swtpm does not start, see above; is it installed? run scripts/setup_environment.sh"
}
tpm_answers() {
    local deadline=$(($(now_ms) + 10000))
    while kill -0 "$tpm_pid" 2>/dev/null && [ "$(now_ms)" -lt "$deadline" ]; do
        if tpm2_getrandom -o /dev/null 4 2>/dev/null; then return 0; fi
        sleep 0.05
    done
    return 1
}
# tpm_boot: the same TPM, in a machine; it ends with it.
tpm_boot() {
    local deadline=$(($(now_ms) + 10000))
    tpm_stop
    rm -f "$tpm_folder/socket"
    swtpm socket --tpm2 --tpmstate "dir=$tpm_folder/state" --ctrl "type=unixio,path=$tpm_folder/socket" --terminate \
        >"$tpm_folder/swtpm.log" 2>&1 </dev/null &
    tpm_pid=$!
    until [ -S "$tpm_folder/socket" ]; do
        if ! kill -0 "$tpm_pid" 2>/dev/null || [ "$(now_ms)" -ge "$deadline" ]; then
            cat "$tpm_folder/swtpm.log" >&2
            die "swtpm does not start, see above"
        fi
        sleep 0.02
    done
    # shellcheck disable=SC2054
    tpm_device=(-chardev "socket,id=tpm0,path=$tpm_folder/socket" -tpmdev "emulator,id=tpm0,chardev=tpm0" -device tpm-tis-device,tpmdev=tpm0)
}

# tpm_tool COMMAND...: one of tpm2-tools; transient objects are flushed after it, of which a TPM holds three.
tpm_tool() {
    quietly "$tpm_folder/tools.log" "$@"
    quietly "$tpm_folder/tools.log" tpm2_flushcontext -t
}
# tpm_provision MEASUREMENT: storage key, quoting key, and 32 secret bytes that open for the measurement in PCR 8 alone.
tpm_provision() {
    local at=$tpm_folder
    tpm_tool tpm2_createprimary -C o -g sha256 -G ecc -c "$at/primary.ctx"
    tpm_tool tpm2_evictcontrol -C o -c "$at/primary.ctx" 0x81000001
    tpm_tool tpm2_createek -G ecc -c "$at/ek.ctx"
    tpm_tool tpm2_createak -C "$at/ek.ctx" -G ecc -g sha256 -s ecdsa -c "$at/ak.ctx" -u "$at/ak.pem" -f pem
    tpm_tool tpm2_evictcontrol -C o -c "$at/ak.ctx" 0x81010002
    xxd -r -p <<<"$1" >"$at/pcr8.bin"
    tpm_tool tpm2_createpolicy --policy-pcr -l sha256:8 -f "$at/pcr8.bin" -L "$at/pcr8.policy"
    head -c 32 /dev/urandom >"$at/secret"
    tpm_tool tpm2_create -C 0x81000001 -g sha256 -a 'fixedtpm|fixedparent|noda' -L "$at/pcr8.policy" -i "$at/secret" -u "$at/sealed.pub" -r "$at/sealed.priv"
}
