#!/usr/bin/env bash
# All tests: style, C unit tests (plain and sanitized), both compilers' warnings, fuzzers, Java, generated files,
# sizes against the capacity report, and the regression pack on POSIX and in QEMU with transcripts compared.
# Usage: scripts/test.sh [PART...]     PART: style c clang fuzz java simulate board regression (default: all of them)
# Everything runs even when a part fails. The last line is the count: "N passed, M failed"; exit 1 when M is not 0.
set -uo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
cd "$root" || exit 1

parts=(style java c clang fuzz simulate board regression)
if [ $# -gt 0 ]; then
    for part in "$@"; do
        case " ${parts[*]} " in *" $part "*) ;; *)
            if [ "$part" = --help ] || [ "$part" = -h ]; then sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0; fi
            echo "test: no part '$part'; there are: ${parts[*]}" >&2
            exit 2
            ;;
        esac
    done
    parts=("$@")
fi

log=$root/out/test
mkdir -p "$log"
passed=0
failed=0
failures=()

# check NAME COMMAND...: one test that is a command; its output is shown when it fails.
check() {
    local name=$1 file=$log/${1//[^A-Za-z0-9._-]/-}.log began=$SECONDS
    shift
    if "$@" >"$file" 2>&1; then
        passed=$((passed + 1))
        say "ok      $name ($((SECONDS - began)) s)"
    else
        failed=$((failed + 1))
        failures+=("$name (log: ${file#"$root"/})")
        tail -n 60 "$file"
        say "FAILED  $name ($((SECONDS - began)) s)"
    fi
}
shellchecked() { git ls-files -z '*.sh' '.ci/run' | xargs -0 -n 4 -P "$(nproc)" shellcheck -x; }
fail() {
    failed=$((failed + 1))
    failures+=("$*")
    say "FAILED  $*"
}

# One ctest run: its closing line counts.
ctest_run() {
    local preset=$1 file=$log/ctest-$1.log line total bad
    if [ "$preset" = governed ]; then
        scripts/governed.sh >"$file" 2>&1
    else
        if ! build_c "$preset"; then fail "build of $preset"; return; fi
        (cd seL4 && ctest --preset "$preset" -j "$(nproc)" --timeout 120) >"$file" 2>&1
    fi
    line=$(grep -E 'tests passed, [0-9]+ tests failed out of [0-9]+' "$file" | tail -n 1)
    if [ -z "$line" ]; then tail -n 40 "$file"; fail "ctest on $preset: no closing line"; return; fi
    bad=$(sed -E 's/.*passed, ([0-9]+) tests failed.*/\1/' <<<"$line")
    total=$(sed -E 's/.*out of ([0-9]+).*/\1/' <<<"$line")
    [ "$bad" -eq 0 ] || { tail -n 60 "$file"; failures+=("ctest on $preset: $bad of $total (log: ${file#"$root"/})"); }
    [ "$total" -gt 0 ] || { fail "ctest on $preset: no test found"; return; }
    passed=$((passed + total - bad))
    failed=$((failed + bad))
    echo "ctest $preset: $line"
}

maven_run() {
    local file=$log/maven.log counts run bad skipped ok=1
    if ! JAVA_HOME=$(java_home) mvn -B -ntp -T 2 verify >"$file" 2>&1; then
        ok=0
        grep -E '^\[ERROR\]' "$file" | head -n 60
        failures+=("mvn verify (log: ${file#"$root"/})")
    fi
    # Each module closes with "Tests run: N, Failures: N, Errors: N, Skipped: N" without a class name.
    counts=$(grep -E '^\[[A-Z]+\] +Tests run: [0-9]+, Failures: [0-9]+, Errors: [0-9]+, Skipped: [0-9]+$' "$file")
    if [ -z "$counts" ]; then fail "mvn verify: no test result (log: ${file#"$root"/})"; return; fi
    printf '%s\n' "$counts"
    read -r run bad skipped < <(awk -F '[:,]' '{ run += $2; bad += $4 + $6; skipped += $8 } END { print run, bad, skipped }' <<<"$counts")
    passed=$((passed + run - bad - skipped))
    failed=$((failed + bad))
    if [ "$ok" -eq 0 ] && [ "$bad" -eq 0 ]; then failed=$((failed + 1)); fi
}

# Warnings of the other compiler are errors too: everything hosted once more with clang.
clang_build() {
    cmake -S seL4 -B seL4/build/posix-clang -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug &&
        ninja -k 0 -C seL4/build/posix-clang -j "$(nproc)"
}

for part in "${parts[@]}"; do
    say "== $part"
    case $part in
        style)
            "$root/scripts/setup_environment.sh" || { fail "set-up"; continue; }
            passed=$((passed + 1))
            check banned-functions scripts/ci/banned.sh
            check sizes scripts/ci/sizes.sh
            check paths scripts/ci/paths.sh
            check shellcheck shellchecked
            ;;
        java) maven_run ;;
        c)
            ctest_run posix-debug
            ctest_run posix-asan
            ctest_run governed
            ;;
        clang) check clang-warnings clang_build ;;
        fuzz) check "fuzzers-${COH_FUZZ_SECONDS:-5}s-each" scripts/fuzz.sh --jobs "$(nproc)" --seed 1 "${COH_FUZZ_SECONDS:-5}" ;;
        simulate)
            check "simulate-${COH_SIM_SEEDS:-600}-seeds" scripts/simulate.sh --seeds "${COH_SIM_SEEDS:-600}"
            check simulate-default-pools scripts/simulate.sh --seeds 200 --pools default
            check simulate-sanitized scripts/simulate.sh --seeds 200 --sanitize
            check "simulate-governed-${COH_SIM_SEEDS:-600}-seeds" scripts/simulate.sh --profile governed --seeds "${COH_SIM_SEEDS:-600}"
            check simulate-governed-sanitized scripts/simulate.sh --profile governed --seeds 100 --sanitize --replay
            ;;
        board)
            check build-and-image scripts/cohesix-build-run.sh --no-run --sel4-build sim
            check generated-files-are-fresh scripts/check-generated.sh
            for script in scripts/ci/*.sh; do
                case $script in */banned.sh | */sizes.sh | */paths.sh | */bundle-chroot.sh) continue ;; esac
                name=${script##*/}
                check "${name%.sh}" "$script"
                [ "$name" != coverage.sh ] || tail -n 3 "$log/coverage.log"
            done
            check raspi4b scripts/uboot/raspi4b-smoke.sh
            grep -h '^SKIP' "$log/raspi4b.log" || true
            ;;
        regression)
            file=$log/regression.log
            scripts/cohsh/run_regression_batch.sh --platform all 2>&1 | tee "$file" | grep -vE '^(ok|same) ' || true
            read -r good bad < <(sed -nE 's/^regression: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$file" | tail -n 1) || { good=0; bad=1; }
            passed=$((passed + good))
            failed=$((failed + bad))
            [ "$bad" -eq 0 ] || failures+=("regression: $bad failed (log: ${file#"$root"/})")
            ;;
    esac
done

if [ ${#failures[@]} -gt 0 ]; then
    echo "What failed:"
    printf '  %s\n' "${failures[@]}"
fi
say "all parts done"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
