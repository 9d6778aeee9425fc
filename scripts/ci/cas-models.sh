#!/usr/bin/env bash
# Uploads models with cas-tool to a hive whose manifest has them: the POSIX build of configs/root_task_governed.toml.
# Usage: scripts/ci/cas-models.sh
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"
case ${1:-} in -h | --help) sed -n '2,3s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
tools=$out/host-tools
image=$out/image
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"
cd "$root"

build_java
use_manifest "$root/configs/root_task_governed.toml"
compile_manifest
build_hosted
JAVA_HOME=$(java_home) quietly "$out/log/cas-models.log" mvn -B -ntp -pl host/cas-tool -am test -Dtest=HiveModelTest \
    -Dsurefire.failIfNoSpecifiedTests=false "-Dcoh.hive.governed=$root/seL4/build/posix-debug$(suffix)/hive-hosted"
say "cas-models: $(grep -E 'Tests run: [0-9]+, Failures: 0, Errors: 0, Skipped: 0$' "$out/log/cas-models.log" | tail -n 1 | sed 's/^.*Tests run/Tests run/')"
