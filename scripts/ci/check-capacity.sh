#!/usr/bin/env bash
# Compares coh-rtc's memory report with what the linker made: each pool, and the sum, within 1 %.
# Usage: scripts/ci/check-capacity.sh [ROOTSERVER_ELF]; without it seL4/build/aarch64/rootserver.elf is taken, and built when missing.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

elf=${1:-seL4/build/aarch64/rootserver.elf}
if [ ! -f "$elf" ]; then
    (cd seL4 && cmake --preset aarch64 >/dev/null && ninja -C build/aarch64 rootserver.elf >/dev/null)
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
jar=tools/coh-rtc/target/coh-rtc.jar
[ -f "$jar" ] || mvn -q -B -ntp -pl tools/coh-rtc -DskipTests package
java=java
[ -z "${JAVA_HOME:-}" ] || java=$JAVA_HOME/bin/java
rtc() { "$java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -jar "$jar" "$@"; }

rtc capacity configs/root_task.toml --compare "$elf" --nm aarch64-linux-gnu-nm

# The comparison must be able to fail: the same program against a manifest of other sizes.
mkdir "$work/configs"
sed 's/^ring_bytes_per_worker = .*/ring_bytes_per_worker = 2048/' configs/root_task.toml >"$work/configs/other.toml"
if cmp -s configs/root_task.toml "$work/configs/other.toml"; then
    echo "check-capacity: configs/root_task.toml has no telemetry.ring_bytes_per_worker to change" >&2
    exit 1
fi
if rtc capacity "$work/configs/other.toml" --project-root "$root" --compare "$elf" --nm aarch64-linux-gnu-nm >"$work/other.txt"; then
    echo "check-capacity: the comparison did not notice doubled worker rings" >&2
    exit 1
fi
grep -q '^OFF  rings: ' "$work/other.txt"
echo "check-capacity: the report agrees with the linked program, and a wrong one is noticed"
