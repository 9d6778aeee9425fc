#!/usr/bin/env bash
# From a fresh machine to a live session: sets up, compiles the manifest, builds C and Java, makes the image,
# stages the host tools, boots QEMU, runs scripts/cohsh/boot_v0.coh and leaves a coh> prompt.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

usage() {
    cat <<'TEXT'
Usage: scripts/cohesix-build-run.sh [options]
  --sel4-build DIR       relink for this installed seL4 build and boot its kernel (default: $SEL4_BUILD_DIR, else
                         $HOME/seL4/build when it exists; 'sim' forces the project's simulation kernel)
  --out-dir DIR          where everything is put (default: out/cohesix)
  --manifest FILE        the manifest (default: configs/root_task.toml; with --profile release: configs/root_task_release.toml)
  --profile dev|release  release needs a manifest with profile.release = true, its secrets (the configs' comments name the
                         variables) and, for QEMU, a seL4 build (default: dev)
  --transport tcp|local  tcp boots QEMU and talks to it; local starts the POSIX build instead (default: tcp)
  --tcp-port N           host port of the console, on loopback (default: 31337 when free, else any)
  --raw-qemu             boot with the serial console on this terminal and no cohsh (Ctrl-A x leaves)
  --no-run               build and stage only
  --json                 one JSON object about the run on stdout; the transcript goes to stderr
  -h, --help             this text
Exit: 0 done, 1 a step failed, 2 wrong usage.
TEXT
}
wrong() { echo "cohesix-build-run: $* (see --help)" >&2; exit 2; }
value() {
    if [ $# -lt 2 ] || [ -z "$2" ]; then wrong "$1 needs a value"; fi
    printf '%s' "$2"
}

sel4_build=
manifest=
profile=dev
transport=tcp
tcp_port=
mode=run
json=0
while [ $# -gt 0 ]; do
    case $1 in
        --sel4-build) sel4_build=$(value "$@"); shift ;;
        --out-dir) out=$(value "$@"); shift ;;
        --manifest) manifest=$(value "$@"); shift ;;
        --profile) profile=$(value "$@"); shift ;;
        --transport) transport=$(value "$@"); shift ;;
        --tcp-port) tcp_port=$(value "$@"); shift ;;
        --raw-qemu) mode=raw ;;
        --no-run) mode=build ;;
        --json) json=1 ;;
        -h | --help) usage; exit 0 ;;
        *) wrong "unknown argument '$1'" ;;
    esac
    shift
done
case $profile in dev | release) ;; *) wrong "--profile is dev or release, not '$profile'" ;; esac
case $transport in tcp | local) ;; *) wrong "--transport is tcp or local, not '$transport'" ;; esac
case ${tcp_port:-0} in *[!0-9]*) wrong "--tcp-port is a port number, not '$tcp_port'" ;; esac
if [ ${#tcp_port} -gt 5 ] || [ "${tcp_port:-0}" -gt 65535 ]; then wrong "--tcp-port is at most 65535, not $tcp_port"; fi

if [ "$mode$transport" = rawlocal ]; then wrong "--raw-qemu shows QEMU, which --transport local does without: give one of them"; fi
case $out in /*) ;; *) out=$PWD/$out ;; esac
[ ! -e "$out" ] || [ -d "$out" ] || wrong "--out-dir $out is not a folder"
tools=$out/host-tools
image=$out/image
# shellcheck source=scripts/lib/stage.sh
. "$root/scripts/lib/stage.sh"
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"
if [ -n "$sel4_build" ] && [ "$sel4_build" != sim ] && [ ! -f "$sel4_build/libsel4/include/sel4/sel4.h" ]; then
    wrong "--sel4-build $sel4_build is no installed seL4 build: it holds no libsel4/include/sel4/sel4.h; name one, or 'sim'"
fi
sel4_build=$(sel4_build_given "$sel4_build")
if [ -z "$manifest" ]; then
    manifest=configs/root_task.toml
    [ "$profile" = dev ] || manifest=configs/root_task_release.toml
fi
if [ ! -f "$manifest" ] && [ -f "$root/$manifest" ]; then manifest=$root/$manifest; fi
[ -f "$manifest" ] || wrong "no manifest at $manifest: name one with --manifest"
manifest=$(cd "$(dirname "$manifest")" && pwd)/$(basename "$manifest")
if [ "$profile" = release ] && [ -z "$sel4_build" ] && [ "$transport" = tcp ]; then
    wrong "a release image never holds the simulation kernel: name a seL4 build with --sel4-build, or use --profile dev"
fi
mkdir -p "$out/log"
cd "$root"

summary() {
    local rc=$1 entry first=1
    local made=$image/cohesix-qemu.img kernel=${sel4_build:-sim}
    [ "$json" -eq 1 ] || return 0
    if [ "$transport" = local ]; then made='' kernel=posix; fi
    printf '{"ok":%s,"image":"%s","kernel":"%s","host_tools":"%s","port":%s,"steps":[' \
        "$([ "$rc" -eq 0 ] && echo true || echo false)" "$made" "$kernel" "$tools/bin" "${hive_port:-null}"
    for entry in "${coh_steps[@]}"; do
        [ "$first" -eq 1 ] || printf ','
        first=0
        printf '{"name":"%s","elapsed_ms":%s}' "${entry%%=*}" "${entry##*=}"
    done
    printf '],"elapsed_ms":%s}\n' $((($(date +%s%N) - coh_started) / 1000000))
}
finish() {
    local rc=$?
    trap - EXIT
    hive_stop
    step_end
    summary "$rc"
    exit "$rc"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

step setup "looking for what is missing on this machine"
"$root/scripts/setup_environment.sh"

step java "building the host tools (Java)"
build_java

use_manifest "$manifest"
step manifest "compiling ${manifest#"$root"/} into tables, policies and documents"
compile_manifest
if [ "$profile" = release ]; then provision; fi

# The compiler writes defaults into Java sources; they are part of the next build when they changed.
build_java

step posix "building the hive for this machine (C)"
build_hosted

step tools "staging launchers with class-data archives in ${tools#"$root"/}/bin"
stage_tools

if [ "$transport" = tcp ]; then
    step board "building rootserver and loader for ${sel4_build:-the simulation kernel} (C, aarch64)"
    build_board "$sel4_build"
    step image "making the image in ${image#"$root"/}"
    make_image "$sel4_build"
fi

if [ "$mode" = build ]; then
    step_end
    if [ "$transport" = tcp ]; then say "the image is ${image#"$root"/}/cohesix-qemu.img"; fi
    say "done: programs are in ${tools#"$root"/}/bin"
    exit 0
fi
if [ "$mode" = raw ]; then
    step raw "booting with the serial console on this terminal (Ctrl-A x leaves)"
    hive_raw
    exit 0
fi

if [ "$profile" = release ]; then
    # A release knows its operators by ticket: this one is good for this session only.
    export COHESIX_AUTH_TOKEN=${COHESIX_AUTH_TOKEN:-${COHESIX_SECRET_CONSOLE_TOKEN:-}}
    if [ -z "${COHESIX_TICKET:-}" ]; then
        COHESIX_TICKET=$(COHESIX_TICKET_SECRET=${COHESIX_SECRET_QUEEN:-} "$tools/bin/cohsh" --mint-ticket --role queen --ttl 3600 --policy "$policies/cohsh_policy.toml")
        export COHESIX_TICKET
    fi
fi

step boot "booting $([ "$transport" = local ] && echo "the POSIX build" || echo "QEMU")"
hive_start "$transport" "$tcp_port"
say "the hive listens on 127.0.0.1:$hive_port (boot log: ${hive_log#"$root"/})"

step session "running ${boot_script#"$root"/}"
if [ "$json" -eq 1 ]; then
    hive_cohsh --script "$boot_script" >&2
else
    hive_cohsh --script "$boot_script"
fi
step_end
if [ -t 0 ] && [ -t 1 ] && [ "$json" -eq 0 ]; then
    say "the session is yours; quit ends it and the hive"
    trap ':' INT # Ctrl-C is the shell's; how the session ends is told by its status alone
    hive_cohsh
fi
