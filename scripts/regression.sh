#!/usr/bin/env bash
# Runs every script of the pack, each against a hive that was started for it, and compares the transcripts byte for byte.
# Usage: scripts/regression.sh [--platform posix|secure9p|qemu|sel4|all] [--profile base|governed] [--sel4-build DIR] [SCRIPT...]
# qemu is the simulation kernel, sel4 an installed seL4 build; all takes sel4 in when such a build is at hand. secure9p is
# the POSIX hive spoken to in 9P; scripts named console_* hold what only a console answers and are left out there. The pack is
# scripts/cohsh/*.coh and resources/proc_tests/*.coh, and the JUnit tests of many sessions, of abuse and of parity. Transcripts are masked by the runner alone
# (cohsh --record-transcript) and lie in out/regression/<platform>/. --profile governed takes configs/root_task_governed.toml,
# scripts/cohsh/governed/*.coh and out/regression/governed/<platform>/ instead. The last line is "regression: N passed, M failed".
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

platform=all
profile=base
sel4_build=
scripts=()
while [ $# -gt 0 ]; do
    case $1 in
        --platform) platform=${2:-}; shift ;;
        --profile) profile=${2:-}; shift ;;
        --sel4-build) sel4_build=${2:-}; shift ;;
        -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
        -*) echo "regression: unknown argument '$1' (see --help)" >&2; exit 2 ;;
        *) [ -f "$1" ] || { echo "regression: no script $1" >&2; exit 2; }; scripts+=("$(readlink -f "$1")") ;;
    esac
    shift || true
done
tools=$out/host-tools
image=$out/image
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"
sel4_build=$(sel4_build_given "$sel4_build")
case $platform in
    posix | secure9p | qemu | sel4) platforms=("$platform") ;;
    all)
        platforms=(posix secure9p qemu)
        if [ -n "$sel4_build" ]; then platforms+=(sel4); fi
        ;;
    *) echo "regression: --platform is posix, secure9p, qemu, sel4 or all, not '$platform'" >&2; exit 2 ;;
esac
case $profile in
    base) pack=("$root"/scripts/cohsh/*.coh "$root"/resources/proc_tests/*.coh) results=$root/out/regression ;;
    governed) pack=("$root"/scripts/cohsh/governed/*.coh) results=$root/out/regression/governed ;;
    *) echo "regression: --profile is base or governed, not '$profile'" >&2; exit 2 ;;
esac
if [ "$platform" = sel4 ] && [ -z "$sel4_build" ]; then die "no seL4 build at hand: name one with --sel4-build"; fi
trap hive_stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

passed=0
failed=0
good() { passed=$((passed + 1)); printf '%-6s%s\n' "$1" "$2"; }
bad() { failed=$((failed + 1)); printf '%-6s%s\n' FAIL "$1"; }

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
if [[ " ${platforms[*]} " == *" sel4 "* ]]; then
    image=$results/image-sel4
    build_board "$sel4_build"
    make_image "$sel4_build"
fi
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
            [ "$platform" != sel4 ] || image=$results/image-sel4
            hive_start "$hosted" 0
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
        if diff -u "${ran[0]}" "$transcript" >"$results/$name-$platform.diff"; then
            good same "$name: $platform as $(basename "$(dirname "${ran[0]}")")"
        else
            head -n 30 "$results/$name-$platform.diff"
            bad "transcripts of $name differ (${results#"$root"/}/$name-$platform.diff)"
        fi
    done
done
# What takes many connections at once is JUnit; it writes its transcripts beside the others.
if [ "$whole" -eq 1 ] && [ "$profile" = base ]; then
    for platform in "${platforms[@]}"; do
        case $platform in sel4 | secure9p) continue ;; esac
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
