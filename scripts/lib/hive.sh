# Makes, starts and ends one hive: the image in QEMU, or the POSIX build. Sets hive_pid, hive_port and hive_log.
# shellcheck shell=bash disable=SC2034,SC2154
# Needs common.sh and the variables $tools and $image; whoever starts a hive calls hive_stop on every way out.

hive_manifest=$root/configs/root_task.toml
policies=$root/out
variant=
boot_script=$root/scripts/cohsh/boot_v0.coh
hive_pid=
hive_port=
hive_log=

# use_manifest FILE: the project's own manifest fills the committed files; any other one has tables, build trees and policies
# of its own in $out/<its name>, and a release among them a provisioning blob.
use_manifest() {
    hive_manifest=$1
    policies=$root/out
    variant=
    boot_script=$root/scripts/cohsh/boot_v0.coh
    if [ "$1" = "$root/configs/root_task.toml" ]; then return 0; fi
    variant=$(basename "$1" .toml)
    policies=$out/$variant
    boot_script=$policies/boot_v0.coh
}

# compile_manifest: tables, policies and documents; a file whose content stays the same keeps its time.
compile_manifest() {
    if [ -z "$variant" ]; then
        quietly "$out/log/compile.log" rtc compile "$hive_manifest"
    else
        quietly "$out/log/compile.log" rtc compile "$hive_manifest" --build-only --generated "$policies/generated" --out "$policies"
    fi
}

# provision: the keys that a release is started with, in a file that only its owner reads.
provision() {
    rm -f "$policies/provision.bin"
    if [ -n "$(attests)" ]; then return 0; fi # make_image seals them, once it knows to what
    quietly "$out/log/provision.log" rtc provision "$hive_manifest" -o "$policies/provision.bin"
}

# rtc ARG...: the manifest compiler as it was built last, with its archive when it is staged.
rtc() {
    if [ -x "$tools/bin/coh-rtc" ] && cmp -s "$root/tools/coh-rtc/target/coh-rtc.jar" "$tools/lib/coh-rtc.jar"; then
        "$tools/bin/coh-rtc" "$@"
    else
        "$(java_home)/bin/java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -jar "$root/tools/coh-rtc/target/coh-rtc.jar" "$@"
    fi
}

# sel4_build_given WANTED: the seL4 build to use: WANTED, else $SEL4_BUILD_DIR, else $HOME/seL4/build when a build is installed
# there (kernel and libsel4's headers: what ninja install leaves); empty for sim.
sel4_build_given() {
    local build=${1:-${SEL4_BUILD_DIR:-}}
    if [ -z "$build" ] && [ -f "$HOME/seL4/build/libsel4/include/sel4/sel4.h" ] &&
        [ -n "$(find "$HOME/seL4/build/" -maxdepth 2 -name kernel.elf -print -quit)" ]; then build=$HOME/seL4/build; fi
    if [ "$build" = sim ]; then return 0; fi
    if [ -z "$build" ]; then return 0; fi
    if [ ! -f "$build/libsel4/include/sel4/sel4.h" ]; then
        say "error: there is no installed seL4 build in '$build' (libsel4/include/sel4/sel4.h): name the folder that ninja install filled, or sim"
        exit 2
    fi
    (cd "$build" && pwd)
}

# sel4_cores BUILD: how many cores that kernel is for.
sel4_cores() { awk '$2 == "CONFIG_MAX_NUM_NODES" { print $3 }' "$1/libsel4/include/kernel/gen_config.h"; }

# smp_build_given WANTED: the seL4 build that --smp-build names, which must be for several cores.
smp_build_given() {
    local build
    build=$(sel4_build_given "$1") || exit 2
    if [ -z "$build" ] || [ "$(sel4_cores "$build" || echo 1)" -lt 2 ]; then
        say "error: --smp-build $1: that kernel is for one core; name a seL4 build for several, configured with -DKernelMaxNumNodes=4"
        exit 2
    fi
    printf '%s' "$build"
}

# build_board SEL4-BUILD [TREE]: loader and rootserver for that kernel, in a tree of its own; empty takes the simulation kernel and builds it too.
build_board() {
    if [ -n "$1" ]; then
        build_c aarch64 --tree "aarch64-${2:-sel4}$(suffix)" --target loader.elf --target rootserver.elf "-DSEL4_BUILD_DIR=$1" "$(tables)"
    else
        build_c aarch64 --tree "aarch64$(suffix)" "-DSEL4_BUILD_DIR=" "$(tables)"
    fi
}
# build_hosted: the same authority as a process of this machine.
build_hosted() { build_c posix-debug --tree "posix-debug$(suffix)" --target hive-hosted "$(tables)"; }
suffix() { [ -z "$variant" ] || printf -- '-%s' "$variant"; }
tables() { printf -- '-DCOH_GENERATED_ROOT=%s' "$([ -z "$variant" ] && echo "$root/seL4/root-task" || echo "$policies")"; }

# attests: the kind of attestation that the manifest asks for, nothing when it is off.
attests() {
    tr -d ' \n' <"$policies/manifests/root_task_resolved.json" | sed -n 's/.*"attestation":{"enabled":true,"kind":"\([a-z0-9]*\)"}.*/\1/p'
}

# seal_keys: the manifest's keys, sealed to the image that was just made without them. With dice the device secret is that of
# COHESIX_DEVICE_SECRET, else one that is made in $policies; with tpm2 the operator names what tpm2_create gave.
seal_keys() {
    local how=(--device-secret "$secret")
    if [ "$1" = tpm2 ]; then
        if [ -z "${COHESIX_TPM_SECRET:-}" ] || [ -z "${COHESIX_TPM_PUBLIC:-}" ] || [ -z "${COHESIX_TPM_PRIVATE:-}" ]; then
            die "the manifest wants its keys sealed by the device's TPM: seal 32 bytes to the measurement in $image/measurements.json (docs/ATTESTATION.md), name the files in COHESIX_TPM_SECRET, COHESIX_TPM_PUBLIC and COHESIX_TPM_PRIVATE, and run this again"
        fi
        how=(--tpm-secret "$COHESIX_TPM_SECRET" --tpm-public "$COHESIX_TPM_PUBLIC" --tpm-private "$COHESIX_TPM_PRIVATE")
    fi
    quietly "$out/log/provision.log" rtc provision "$hive_manifest" -o "$policies/provision.bin" --seal "$image/measurements.json" "${how[@]}"
}

# make_image SEL4-BUILD [TREE [KIND ARG...]]: the bootable image in $image from what build_board built; KIND is a command of
# `coh-rtc image` (default: qemu). With image_keys=0 it holds no keys, whatever was provisioned.
make_image() {
    local built attestation secret='' kind=${3:-qemu} more=("${@:4}")
    if [ -n "$1" ]; then
        built=$root/seL4/build/aarch64-${2:-sel4}$(suffix)
        set -- --sel4-build "$1" ${other:+--kernel "$other"}
    else
        built=$root/seL4/build/aarch64$(suffix)
        set -- --kernel "$built/sim-kernel.elf"
    fi
    set -- "$@" --manifest-json "$policies/manifests/root_task_resolved.json" --out "$image" --loader "$built/loader.elf" \
        --rootserver "$built/rootserver.elf" "${more[@]}"
    attestation=$(attests)
    if [ "$attestation" = dice ]; then
        secret=${COHESIX_DEVICE_SECRET:-$policies/device.secret}
        [ -f "$secret" ] || (umask 077 && head -c 32 /dev/urandom >"$secret")
        set -- "$@" --device-secret "$secret"
    fi
    if [ -n "$attestation" ]; then
        quietly "$out/log/image.log" rtc image "$kind" "$@"
        seal_keys "$attestation"
    fi
    if [ -f "$policies/provision.bin" ] && [ "${image_keys:-1}" -eq 1 ]; then set -- "$@" --provision "$policies/provision.bin"; fi
    quietly "$out/log/image.log" rtc image "$kind" "$@"
}

# qemu_tree FILE: the device tree that QEMU makes for the simulation kernel's machine (a seL4 build brings its own).
qemu_tree() {
    local smp=${COHESIX_QEMU_SMP:-4}
    quietly "$out/log/qemu-tree.log" "${COHESIX_QEMU:-qemu-system-aarch64}" -machine "virt,gic-version=2,dtb-randomness=off,dumpdtb=$1" -cpu cortex-a57 \
        -smp "$smp,${COHESIX_QEMU_SMP_TOPO:-cores=$smp,threads=1,sockets=1}" -m 1024 -display none -nic none
}

# make_disk SEL4-BUILD [TREE]: cohesix-uboot.img in $image, for U-Boot in QEMU, from what build_board built.
make_disk() {
    local machine_tree=()
    if [ -z "$1" ]; then
        mkdir -p "$image"
        qemu_tree "$image/qemu-virt.dtb"
        machine_tree=(--dtb "$image/qemu-virt.dtb")
    fi
    make_image "$1" "${2:-}" qemu-uboot "${machine_tree[@]}"
}

# hive_raw: QEMU on this terminal.
hive_raw() {
    "$root/scripts/qemu-run.sh" --image "$image/cohesix-qemu.img"
}

# hive_start tcp|local PORT: boots and waits for the listener; PORT empty takes 31337 when it is free, else any.
hive_start() {
    local transport=$1 wanted=$2
    mkdir -p "$out/log"
    hive_log=$out/log/boot-$transport.log
    : >"$hive_log"
    if [ "$transport" = local ]; then
        local provisioned=()
        if [ -f "$policies/provision.bin" ]; then provisioned=(--provision "$policies/provision.bin"); fi
        setsid "$root/seL4/build/posix-debug$(suffix)/hive-hosted" --port "${wanted:-0}" "${provisioned[@]}" >"$hive_log" 2>&1 </dev/null &
        hive_pid=$!
    else
        hive_port=${wanted:-31337}
        if [ -z "$wanted" ] && (: <"/dev/tcp/127.0.0.1/$hive_port") 2>/dev/null; then hive_port=$(free_port); fi
        [ "$hive_port" != 0 ] || hive_port=$(free_port)
        if (: <"/dev/tcp/127.0.0.1/$hive_port") 2>/dev/null; then
            die "port $hive_port on 127.0.0.1 is in use: choose another with --tcp-port, or leave it out to take a free one"
        fi
        setsid "$root/scripts/qemu-run.sh" --image "$image/cohesix-qemu.img" --port "$hive_port" >"$hive_log" 2>&1 </dev/null &
        hive_pid=$!
    fi
    if ! wait_for_line "$hive_log" 'net-console: listening port=[0-9]+' "${COHESIX_BOOT_SECONDS:-60}" "$hive_pid"; then
        tail -n 40 "$hive_log" >&2
        if kill -0 "$hive_pid" 2>/dev/null; then
            die "the hive did not listen within ${COHESIX_BOOT_SECONDS:-60} s; its log is above and in $hive_log"
        fi
        die "the hive ended before it listened; its log is above and in $hive_log"
    fi
    if [ "$transport" = local ]; then
        hive_port=$(sed -n 's/.*net-console: listening port=\([0-9]*\).*/\1/p' "$hive_log" | head -n 1)
    fi
}

hive_stop() {
    [ -z "$hive_pid" ] || end_process "$hive_pid"
    hive_pid=
}

# hive_cohsh ARG...: cohsh on the hive that runs.
hive_cohsh() {
    "$tools/bin/cohsh" --transport tcp --tcp-host 127.0.0.1 --tcp-port "$hive_port" --policy "$policies/cohsh_policy.toml" "$@"
}
