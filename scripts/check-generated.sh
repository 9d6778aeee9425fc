#!/usr/bin/env bash
# Checks that every committed generated file is what coh-rtc makes from configs/root_task.toml. Exit 1: some are stale.
# Usage: scripts/check-generated.sh [--json]
set -euo pipefail
case ${1:-} in -h | --help) sed -n '2,3s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

jar=$root/tools/coh-rtc/target/coh-rtc.jar
if [ ! -f "$jar" ] || [ -n "$(find pom.xml tools/coh-rtc/pom.xml tools/coh-rtc/src/main -newer "$jar" -print -quit)" ]; then
    mvn -q -B -ntp -pl tools/coh-rtc -DskipTests package
fi
java=java
[ -z "${JAVA_HOME:-}" ] || java=$JAVA_HOME/bin/java
exec "$java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -jar "$jar" compile --check "$@" configs/root_task.toml
