#!/usr/bin/env bash
# Runs every script of the pack, each against a hive that was started for it, and compares the transcripts byte for byte.
# Usage: scripts/regression.sh [--platform posix|secure9p|qemu|sel4|smp|all] [--profile base|governed] [--sel4-build DIR] [--smp-build DIR]
#        [--smp-affinity] [SCRIPT...]
# qemu is the simulation kernel, sel4 an installed seL4 build; all takes sel4 in when such a build is at hand. smp is the seL4 of
# --sel4-build beside another one for several cores, --smp-build, with all tasks on the first or, by --smp-affinity, each where
# configs/root_task_smp.toml has it; all takes it in when it is named. secure9p is the POSIX hive spoken to in 9P; scripts named
# console_* hold what only a console answers and are left out there. The pack is scripts/cohsh/*.coh and resources/proc_tests/*.coh, and the JUnit tests of many sessions, of abuse and of parity. Transcripts are masked by the runner alone
# (cohsh --record-transcript) and lie in out/regression/<platform>/. --profile governed takes configs/root_task_governed.toml,
# scripts/cohsh/governed/*.coh and out/regression/governed/<platform>/ instead. The last line is "regression: N passed, M failed".
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

platform=all
profile=base
sel4_build=
smp_build=
affinity=
scripts=()
wrong() { echo "regression: $1 (see --help)" >&2; exit 2; }
need() { [ -n "${2:-}" ] || wrong "$1 needs a value"; }
while [ $# -gt 0 ]; do
    case $1 in
        --platform) need "$@"; platform=$2; shift ;;
        --profile) need "$@"; profile=$2; shift ;;
        --sel4-build) need "$@"; sel4_build=$2; shift ;;
        --smp-build) need "$@"; smp_build=$2; shift ;;
        --smp-affinity) affinity=$root/configs/root_task_smp.toml ;;
        -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
        -*) wrong "unknown argument '$1'" ;;
        *) [ -f "$1" ] || wrong "no script $1"; scripts+=("$(readlink -f "$1")") ;;
    esac
    shift
done
tools=$out/host-tools
image=$out/image
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"
sel4_build=$(sel4_build_given "$sel4_build")
if [ -n "$smp_build" ]; then smp_build=$(smp_build_given "$smp_build"); fi
case $platform in
    posix | secure9p | qemu | sel4) platforms=("$platform") ;;
    all)
        platforms=(posix secure9p qemu)
        if [ -n "$sel4_build" ]; then platforms+=(sel4); fi
        if [ -n "$smp_build" ]; then platforms+=(smp); fi
        ;;
    smp) platforms=(sel4 smp) ;;
    *) wrong "--platform is posix, secure9p, qemu, sel4, smp or all, not '$platform'" ;;
esac
case $profile in
    base) pack=("$root"/scripts/cohsh/*.coh "$root"/resources/proc_tests/*.coh) results=$root/out/regression ;;
    governed) pack=("$root"/scripts/cohsh/governed/*.coh) results=$root/out/regression/governed ;;
    *) wrong "--profile is base or governed, not '$profile'" ;;
esac
for kind in "${platforms[@]}"; do
    if [ "$kind" = sel4 ] && [ -z "$sel4_build" ]; then wrong "no seL4 build at hand: name one with --sel4-build"; fi
    if [ "$kind" = smp ] && [ -z "$smp_build" ]; then wrong "no seL4 build for several cores: name one with --smp-build"; fi
done
trap hive_stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

passed=0
failed=0
good() { passed=$((passed + 1)); printf '%-6s%s\n' "$1" "$2"; }
bad() { failed=$((failed + 1)); printf '%-6s%s\n' FAIL "$1"; }

# told TRANSCRIPT: another affinity is another manifest, whose hash /proc/boot tells.
told() { if [ -n "$affinity" ]; then sed -E 's/(manifest\.sha256=)[0-9a-f]{64}/\1-/' "$1"; else cat "$1"; fi; }

# settle: a kernel without a counter leaves the hive to guess milliseconds by the last whole second, so one has to have passed.
settle() { ! grep -q 'timer: polling: the kernel exports no counter' "$hive_log" || sleep 2; }

cd "$root"
step build "building what the pack needs"
quietly "$out/log/regression-build.log" "$root/scripts/cohesix-build-run.sh" --no-run --sel4-build sim
if [ "$profile" = governed ]; then
    use_manifest "$root/configs/root_task_governed.toml"
    compile_manifest
    build_hosted
    if [[ " ${platforms[*]} " == *" qemu "* ]]; then
        image=$results/image
        build_board ""
        make_image ""
    fi
fi
qemu_image=$image
for kind in "${platforms[@]}"; do
    case $kind in sel4) build=$sel4_build ;; smp) build=$smp_build ;; *) continue ;; esac
    image=$results/image-$kind
    own=$hive_manifest
    if [ "$kind" = smp ] && [ -n "$affinity" ]; then
        placed=$results/$(basename "$own" .toml)_smp.toml
        { cat "$own" && echo && sed -n '/^\[affinity\]/,$p' "$affinity"; } >"$placed"
        use_manifest "$placed"
        compile_manifest
        placed_boot=$boot_script # it names the manifest
    fi
    build_board "$build" "$kind"
    make_image "$build" "$kind"
    use_manifest "$own"
done
image=$qemu_image
step_end

whole=0
if [ ${#scripts[@]} -eq 0 ]; then
    whole=1
    scripts=("${pack[@]}")
fi
[ ${#scripts[@]} -gt 0 ] || die "the pack is empty: no *.coh in scripts/cohsh or resources/proc_tests"

for script in "${scripts[@]}"; do
    name=$(basename "$script" .coh)
    ran=()
    for platform in "${platforms[@]}"; do
        hosted=tcp
        speak=()
        case $platform in
            posix) hosted=local ;;
            secure9p)
                case $name in console_*) continue ;; esac
                hosted=local
                speak=(--protocol secure9p)
                ;;
        esac
        folder=$results/$platform
        mkdir -p "$folder"
        rm -f "$folder/$name.transcript"
        # In a subshell: a hive that does not come up fails this script, not the pack.
        if (
            trap hive_stop EXIT
            case $platform in sel4 | smp) image=$results/image-$platform ;; esac
            case $platform/$name in smp/boot_v0) script=${placed_boot:-$script} ;; esac
            hive_start "$hosted" 0
            settle
            hive_cohsh "${speak[@]}" --script "$script" --record-transcript "$folder/$name.transcript"
        ) >"$folder/$name.log" 2>&1; then
            good ok "$platform $name"
            ran+=("$folder/$name.transcript")
        else
            tail -n 15 "$folder/$name.log"
            bad "$platform $name (log: ${folder#"$root"/}/$name.log)"
        fi
    done
    for transcript in "${ran[@]:1}"; do
        platform=$(basename "$(dirname "$transcript")")
        if diff -u <(told "${ran[0]}") <(told "$transcript") >"$results/$name-$platform.diff"; then
            good same "$name: $platform as $(basename "$(dirname "${ran[0]}")")"
        else
            head -n 30 "$results/$name-$platform.diff"
            bad "transcripts of $name differ (${results#"$root"/}/$name-$platform.diff)"
        fi
    done
done
# A kernel with debug system calls tells of each of its cores; any other says that it can't.
if [ "$whole" -eq 1 ]; then
    for platform in "${platforms[@]}"; do
        case $platform in sel4) build=$sel4_build ;; smp) build=$smp_build ;; *) continue ;; esac
        config=$build/libsel4/include/kernel/gen_config.h
        wanted='^ERR SMP reason=unsupported$'
        if grep -q '^#define CONFIG_DEBUG_BUILD' "$config"; then wanted="^OK SMP cores=$(sel4_cores "$build") core0="; fi
        if [ "$platform" = smp ] && [ -n "$affinity" ]; then wanted=${wanted/%core0=/core0=authority core1=nicd,netd core2=worker core3=worker }; fi
        log=$results/$platform/smp.log
        (
            trap hive_stop EXIT
            image=$results/image-$platform
            hive_start tcp 0
            hive_cohsh -c smp || true
        ) >"$log" 2>&1 || true
        if grep -qE "$wanted" "$log"; then
            good ok "$platform: $(grep -E "$wanted" "$log")"
        else
            tail -n 15 "$log"
            bad "$platform: smp answers not as $wanted (log: ${log#"$root"/})"
        fi
    done
fi
# What takes many connections at once is JUnit; it writes its transcripts beside the others.
if [ "$whole" -eq 1 ] && [ "$profile" = base ]; then
    for platform in "${platforms[@]}"; do
        case $platform in sel4 | smp | secure9p) continue ;; esac
        folder=$root/out/regression/$platform
        rm -f "$folder"/*.txt
        for test in SessionLimitsTest AbuseTest ProtocolParityTest; do
            if mvn -B -ntp -pl host/cohsh -am test -Dtest="$test" -Dsurefire.failIfNoSpecifiedTests=false \
                -Dcoh.endpoint="$platform" >"$folder/$test.log" 2>&1 && grep -q 'Tests run: [1-9]' "$folder/$test.log"; then
                good ok "$platform $test"
            else
                grep -E '^\[ERROR\]' "$folder/$test.log" | head -n 15
                bad "$platform $test (log: ${folder#"$root"/}/$test.log)"
            fi
        done
    done
    if [ "$platform" != qemu ] && [[ " ${platforms[*]} " == *" qemu "* ]]; then
        for transcript in "$root"/out/regression/posix/*.txt; do
            name=$(basename "$transcript")
            if diff -u "$transcript" "$root/out/regression/qemu/$name" >"$root/out/regression/$name.diff" 2>&1; then
                good same "${name%.txt}: qemu as posix"
            else
                head -n 30 "$root/out/regression/$name.diff"
                bad "transcripts of ${name%.txt} differ (out/regression/$name.diff)"
            fi
        done
    fi
fi
echo "regression: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
