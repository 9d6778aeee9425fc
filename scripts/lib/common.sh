# Functions that the scripts share: steps with elapsed time, content stamps, Java and C builds, waiting for a listener.
# shellcheck shell=bash
# Sourced after `set -euo pipefail`. $root is the repository, $out the output folder; messages go to stderr.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=${COHESIX_OUT:-$root/out/cohesix}
coh_started=$(date +%s%N)
coh_step_started=$coh_started
coh_step_name=
coh_steps=()

now_ms() { echo $(($(date +%s%N) / 1000000)); }
elapsed() {
    local ms=$((($(date +%s%N) - coh_started) / 1000000))
    printf '%d.%01d' $((ms / 1000)) $((ms % 1000 / 100))
}
say() { printf '[%6ss] %s\n' "$(elapsed)" "$*" >&2; }
die() {
    printf '[%6ss] error: %s\n' "$(elapsed)" "$*" >&2
    exit 1
}

# step NAME TEXT: says what begins now, and remembers how long the step before took.
step() {
    step_end
    coh_step_name=$1
    coh_step_started=$(date +%s%N)
    say "$2"
}
step_end() {
    [ -z "$coh_step_name" ] || coh_steps+=("$coh_step_name=$((($(date +%s%N) - coh_step_started) / 1000000))")
    coh_step_name=
}

# quietly LOG COMMAND...: output goes to LOG; what went wrong is shown when the command fails.
quietly() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 && return 0
    local rc=$?
    tail -n 60 "$log" >&2
    say "error: '$*' failed with status $rc; its whole output is in $log"
    return "$rc"
}

# digest_of PATH...: one SHA-256 over names and contents of all files below, build folders left out.
digest_of() {
    (cd "$root" && find "$@" -type f -not -path '*/target/*' -not -path 'seL4/build/*' -print0 2>/dev/null |
        LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum | cut -d' ' -f1)
}
stamped() { [ "$(cat "$out/stamps/$1" 2>/dev/null)" = "$2" ]; }
stamp() { mkdir -p "$out/stamps" && printf '%s\n' "$2" >"$out/stamps/$1"; }

# The JDK that mvn and the launchers use, by its version: archives of class data are good for exactly one.
java_home() {
    if [ -n "${JAVA_HOME:-}" ]; then
        printf '%s' "$JAVA_HOME"
    else
        local java
        java=$(readlink -f "$(command -v java)") || die "no java in PATH: run scripts/setup_environment.sh"
        printf '%s' "${java%/bin/java}"
    fi
}
java_version() { sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$(java_home)/release"; }

java_digest() { printf '%s %s' "$(digest_of pom.xml tools host)" "$(java_version)"; }

# Every Java program, when a source or a pom changed since the last build.
build_java() {
    local digest
    digest=$(java_digest)
    if stamped java "$digest" && [ -f "$root/tools/coh-rtc/target/coh-rtc.jar" ] && [ -f "$root/host/cohsh/target/cohsh.jar" ] &&
        [ -f "$root/host/cas-tool/target/cas-tool.jar" ] && [ -f "$root/tools/release/target/coh-release.jar" ]; then
        return 0
    fi
    rm -f "$out/stamps/java" # what a build that fails leaves behind is not up to date
    [ -d "$root/tools/coh-rtc/target" ] || say "a first build fetches its libraries from Maven Central"
    JAVA_HOME=$(java_home) quietly "$out/log/maven.log" mvn -B -ntp -T 2 -f "$root/pom.xml" -Dmaven.test.skip=true package
    stamp java "$digest"
}

# build_c PRESET [--tree NAME] [--target NAME] [CMAKE-ARG...]: configures once and whenever the arguments change, then builds what changed.
build_c() {
    local preset=$1 tree=$1 dir key targets=()
    shift
    if [ "${1:-}" = --tree ]; then tree=$2; shift 2; fi
    while [ "${1:-}" = --target ]; do targets+=("$2"); shift 2; done
    dir=$root/seL4/build/$tree
    key="$* ${LWIP_DIR:-} ${SODIUM_DIR:-}"
    if [ ! -f "$dir/build.ninja" ] || [ "$(cat "$dir/.cohesix-arguments" 2>/dev/null)" != "$key" ]; then
        rm -f "$dir/.cohesix-arguments"
        (cd "$root/seL4" && quietly "$out/log/cmake-$tree.log" cmake --preset "$preset" -B "$dir" "$@") || return 1
        printf '%s\n' "$key" >"$dir/.cohesix-arguments"
    fi
    quietly "$out/log/ninja-$tree.log" ninja -C "$dir" -j "${COH_JOBS:-$(nproc)}" "${targets[@]}"
}

# free_port: a loopback port that nothing listens on at this moment.
free_port() {
    local port
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            printf '%s' "$port"
            return 0
        fi
    done
    die "no free loopback port found in ten tries between 20000 and 31999"
}

# wait_for_line FILE PATTERN SECONDS PID: the boot log shows PATTERN; fails when the process ends or the time is over.
wait_for_line() {
    local file=$1 pattern=$2 deadline=$(($(now_ms) + $3 * 1000)) pid=$4
    until grep -qE "$pattern" "$file" 2>/dev/null; do
        kill -0 "$pid" 2>/dev/null || { grep -qE "$pattern" "$file" 2>/dev/null && return 0 || return 1; }
        [ "$(now_ms)" -lt "$deadline" ] || return 1
        sleep 0.02
    done
}

# own_folder: $work, a folder of this script's own, and $pid, for a process that it starts: on every way out both are ended.
own_folder() {
    work=$(mktemp -d)
    pid=
    trap own_folder_gone EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}
# shellcheck disable=SC2317 # called by the trap
own_folder_gone() {
    [ -z "$pid" ] || end_process "$pid"
    rm -rf "$work"
}

# end_process PID: asks, waits two seconds, then insists.
end_process() {
    local pid=$1
    kill "$pid" 2>/dev/null || return 0
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.02
    done
    kill -9 "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}
