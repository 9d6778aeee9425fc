#!/usr/bin/env bash
# Compares coh-rtc's memory report with what the linker made: each pool, and the sum, within 1 %; and what the linker placed
# in the rootserver beyond the named pools must stay below 1 % of them. Programs of isolated tasks (nicd.elf, netd.elf, worker.elf)
# that lie beside the rootserver hold pools too, and are held to their bounds.
# Usage: scripts/ci/check-capacity.sh [ROOTSERVER_ELF]; without it seL4/build/aarch64/rootserver.elf is taken, and built when missing.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

elf=${1:-seL4/build/aarch64/rootserver.elf}
if [ ! -f "$elf" ]; then
    (cd seL4 && cmake --preset aarch64 >/dev/null && ninja -C build/aarch64 rootserver.elf >/dev/null)
fi
programs=("$elf")
for task in nicd netd worker; do
    if [ -f "$(dirname "$elf")/$task.elf" ]; then programs+=("$(dirname "$elf")/$task.elf"); fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
jar=tools/coh-rtc/target/coh-rtc.jar
[ -f "$jar" ] || mvn -q -B -ntp -pl tools/coh-rtc -DskipTests package
java=java
[ -z "${JAVA_HOME:-}" ] || java=$JAVA_HOME/bin/java
rtc() { "$java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -jar "$jar" "$@"; }

rtc capacity configs/root_task.toml --compare "${programs[@]}" --nm aarch64-linux-gnu-nm | tee "$work/report.txt"

# Static memory of the rootserver less the pools that lie in it (plain arrays and the stack); its other pools are mapped at boot.
sum=$(sed -nE 's/^ok +sum: reported ([0-9]+).*/\1/p' "$work/report.txt")
placed=$(aarch64-linux-gnu-size -A "$elf" | awk '$1 == ".bss" || $1 == ".data" || $1 == ".tbss" { n += $2 } END { print n }')
named=$(sed -nE 's/^ok +stack: reported ([0-9]+).*/\1/p' "$work/report.txt")
for size in $(aarch64-linux-gnu-nm -S "$elf" | awk '$3 ~ /^[bBdD]$/ && $4 ~ /^coh_pool_/ { print $2 }'); do
    named=$((named + 16#$size))
done
rest=$((placed - named))
if [ $((rest * 100)) -gt "$sum" ]; then
    echo "check-capacity: $rest bytes of static data belong to no pool, more than 1 % of $sum: name them in tools/coh-rtc PoolTable" >&2
    exit 1
fi

# The comparison must be able to fail: the same program against a manifest of other sizes.
mkdir "$work/configs"
sed 's/^ring_bytes_per_worker = .*/ring_bytes_per_worker = 2048/' configs/root_task.toml >"$work/configs/other.toml"
if cmp -s configs/root_task.toml "$work/configs/other.toml"; then
    echo "check-capacity: configs/root_task.toml has no telemetry.ring_bytes_per_worker to change" >&2
    exit 1
fi
if rtc capacity "$work/configs/other.toml" --project-root "$root" --compare "${programs[@]}" --nm aarch64-linux-gnu-nm >"$work/other.txt"; then
    echo "check-capacity: the comparison did not notice doubled worker rings" >&2
    exit 1
fi
grep -q '^OFF  rings: ' "$work/other.txt"
echo "check-capacity: the report agrees with the linked program ($rest bytes lie beyond the pools), and a wrong report is noticed"
