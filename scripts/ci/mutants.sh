#!/usr/bin/env bash
# Tests the tests: plants each bug of seL4/root-task/sim/mutants in a copy of the tree, and the simulation must find it; those
# below governed/ in the governed profile, the others in the development one.
# Usage: scripts/ci/mutants.sh [--sample N] [NAME...]     --sample N: N of them, spread over all; NAME: only these
# A patch that no longer applies is a failure, and so is a bug that --seeds many seeds (COH_MUTANT_SEEDS, 4000) do not find.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

sample=0
case ${1:-} in
    -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
    --sample)
        case ${2:-} in '' | *[!0-9]* | 0*) echo "mutants: --sample wants a number of at least 1" >&2; exit 2 ;; esac
        sample=$2
        shift 2 ;;
esac
seeds=${COH_MUTANT_SEEDS:-4000}
patches=$root/seL4/root-task/sim/mutants
mapfile -t names < <(cd "$patches" && printf '%s\n' *.patch governed/*.patch | sed 's/\.patch$//' | LC_ALL=C sort)
if [ $# -gt 0 ]; then
    for name in "$@"; do
        [ -f "$patches/$name.patch" ] || { echo "mutants: no '$name'; there are: ${names[*]}" >&2; exit 2; }
    done
    names=("$@")
elif [ "$sample" -gt 0 ] && [ "$sample" -lt ${#names[@]} ]; then
    all=("${names[@]}")
    names=()
    for ((i = 0; i < sample; i++)); do names+=("${all[$((i * ${#all[@]} / sample))]}"); done
fi

# The unharmed trees first: that makes the tables of the small pools, and shows that the simulation itself is quiet.
scripts=$root/scripts
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/seL4"
copy_tree() { (cd "$root/seL4" && tar -cf - --exclude=./build --exclude=./root-task/fuzz --exclude=./root-task/sim/mutants .) | tar -xf - -C "$work/seL4"; }
copy_tree
mkdir -p "$work/resources"
for profile in development governed; do
    case $profile in development) tables=$out/sim/small/tables ;; governed) tables=$out/sim/small-governed/tables ;; esac
    grep -q "^$([ "$profile" = governed ] && echo governed/ || echo '[^/]*$')" < <(printf '%s\n' "${names[@]}") || continue
    "$scripts/simulate.sh" --profile "$profile" --seeds 500 >&2 || die "the simulation fails without any planted bug"
    (cd "$work/seL4" && quietly "$out/log/mutants-cmake-$profile.log" cmake --preset posix-debug -B "$work/$profile" -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_C_FLAGS=-w "-DCOH_GENERATED_ROOT=$tables")
    quietly "$out/log/mutants-ninja-$profile.log" ninja -C "$work/$profile" -j "${COH_JOBS:-$(nproc)}" hive-sim
done

missed=0
for name in "${names[@]}"; do
    case $name in governed/*) build=$work/governed ;; *) build=$work/development ;; esac
    if ! (cd "$work" && patch -p1 -s -F2 -N <"$patches/$name.patch") >"$work/patch.log" 2>&1; then
        say "FAILED  $name: its patch no longer applies"
        sed 's/^/  /' "$work/patch.log" >&2
        missed=$((missed + 1))
        copy_tree
        continue
    fi
    if ! ninja -C "$build" -j "${COH_JOBS:-$(nproc)}" hive-sim >"$work/ninja.log" 2>&1; then
        say "FAILED  $name: it does not build"
        tail -n 15 "$work/ninja.log" >&2
        missed=$((missed + 1))
    elif "$build/hive-sim" --seeds "$seeds" --twice 0 >"$work/run.log" 2>&1; then
        say "FAILED  $name: $seeds seeds did not find it"
        missed=$((missed + 1))
    else
        say "found   $name: $(grep -vE '^replay:' "$work/run.log" | tail -n 1 | cut -c1-110)"
    fi
    (cd "$work" && patch -p1 -s -R -F2 <"$patches/$name.patch" >/dev/null)
done
say "planted bugs: $((${#names[@]} - missed)) of ${#names[@]} found"
[ "$missed" -eq 0 ]
