#!/usr/bin/env bash
# The capacity report against the linker: every static pool of rootserver.elf, and their sum, must agree within 1 %, and what
# the linker placed beyond the named pools must stay small. Build first (scripts/cohesix-build-run.sh --no-run).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

elf=${1:-seL4/build/aarch64/rootserver.elf}
jar=tools/coh-rtc/target/coh-rtc.jar
prefix=${CROSS_COMPILE:-aarch64-linux-gnu-}
for file in "$elf" "$jar"; do
    [ -f "$file" ] || { echo "capacity: no $file: run scripts/cohesix-build-run.sh --no-run first" >&2; exit 2; }
done

report=$(java -jar "$jar" capacity --compare="$elf" --nm="${prefix}nm" configs/root_task.toml 2>/dev/null) || {
    printf '%s\n' "$report" | grep -v '^ok ' >&2
    exit 1
}
sum=$(printf '%s\n' "$report" | sed -nE 's/^ok +sum: reported ([0-9]+).*/\1/p')

# Static memory of the image (.data, .bss), less the pools that lie in it: net_* and the stack. The rest of the pools is
# mapped at boot.
image=$("${prefix}size" -A "$elf" | awk '$1 == ".bss" || $1 == ".data" || $1 == ".tbss" { n += $2 } END { print n }')
named=$(printf '%s\n' "$report" | sed -nE 's/^ok +(net_[a-z]+|stack): reported ([0-9]+).*/\2/p' | awk '{ n += $1 } END { print n }')
rest=$((image - named))
echo "capacity: pools $sum bytes agree with the linker; $rest bytes of other static data"
if [ $((rest * 100)) -gt "$sum" ]; then
    echo "capacity: other static data is more than 1 % of the pools: name it in tools/coh-rtc PoolTable" >&2
    exit 1
fi
