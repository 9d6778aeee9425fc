#!/usr/bin/env bash
# Wrong arguments of scripts are told at once, before anything is built: exit 2 and a line that says what is wrong.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"
own_folder
cd "$root"

bad=0
# refuses TEXT COMMAND...: COMMAND says TEXT, and ends with 2 within ten seconds.
refuses() {
    local text=$1 rc=0
    shift
    timeout 10 "$@" >"$work/said" 2>&1 || rc=$?
    if [ "$rc" -eq 2 ] && [ "$(grep -cF -- "$text" "$work/said")" -eq 1 ]; then
        echo "ok      $*: $(grep -F -- "$text" "$work/said")"
    else
        echo "FAILED  $*: exit $rc, and it says not once '$text':"
        cat "$work/said"
        bad=1
    fi
}

# What these scripts read of a seL4 build for one core.
one=$work/one
mkdir -p "$one/libsel4/include/sel4" "$one/libsel4/include/kernel"
: >"$one/libsel4/include/sel4/sel4.h"
echo '#define CONFIG_MAX_NUM_NODES  1' >"$one/libsel4/include/kernel/gen_config.h"
batch=scripts/cohsh/run_regression_batch.sh
for build in sim "$one"; do
    for script in "scripts/regression.sh --platform smp" "$batch --platform smp" scripts/ci/isolation.sh scripts/bench.sh; do
        # shellcheck disable=SC2086 # a script and its arguments
        refuses 'that kernel is for one core; name a seL4 build for several' $script --smp-build "$build"
    done
done
refuses '--platform is posix,' "$batch" --platform nowhere
refuses 'there is no installed seL4 build in' "$batch" --platform sel4 --sel4-build "$work/none"
for option in --sel4-build --smp-build --only --keep; do refuses "$option needs a value" scripts/ci/isolation.sh "$option"; done
refuses "there is no folder $work/none" scripts/kernel-matrix.sh --out "$work/none/kernels.json" "$one"
exit "$bad"
