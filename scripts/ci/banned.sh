#!/usr/bin/env bash
# Refuses functions that have no place in the authority, the loader and the simulation kernel: unbounded string
# functions everywhere, the heap and the C library's formatting outside the POSIX platform and the tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

found=0
# refuse REASON PATTERN FILE...: every use of a name (followed by an opening parenthesis) outside comments and strings.
refuse() {
    local reason=$1 pattern=$2 hits
    shift 2
    [ $# -gt 0 ] || return 0
    hits=$(awk -v pattern="(^|[^A-Za-z0-9_.>])($pattern)[ \t]*[(]" '
        FNR == 1 { comment = 0 }
        {
            text = $0
            if (comment) { if (sub(/^.*\*\//, "", text)) comment = 0; else next }
            gsub(/"([^"\\]|\\.)*"/, "\"\"", text)
            gsub(/\/\*([^*]|\*[^\/])*\*\//, "", text)
            sub(/\/\/.*/, "", text)
            if (sub(/\/\*.*/, "", text)) comment = 1
            if (text ~ pattern) print FILENAME ":" FNR ": " $0
        }' "$@")
    if [ -n "$hits" ]; then
        printf '%s\n' "$hits"
        printf 'banned: %s\n\n' "$reason"
        found=1
    fi
}

mapfile -t every < <(git ls-files 'seL4/*.c' 'seL4/*.h')
mapfile -t core < <(git ls-files 'seL4/*.c' 'seL4/*.h' | grep -vE '/plat/posix/|/main_posix|/tests?/|/fuzz/|/root-task/sim/')
mapfile -t trusted < <(git ls-files 'seL4/root-task/*.[ch]' 'seL4/nicd/*.[ch]' 'seL4/seatd/*.[ch]' 'seL4/task/*.[ch]' | grep -vE '/plat/|/main_|/tests?/|/fuzz/|/root-task/sim/')

refuse "no bound on what is written or read: use struct buf, struct writer or fmt" \
    'strcpy|strcat|sprintf|vsprintf|gets|scanf|sscanf|fscanf|strtok|strncpy|strncat|stpcpy|alloca|mktemp|tmpnam' "${every[@]}"
refuse "silently wrong on bad input: use the parsers in base" 'atoi|atol|atoll|atof' "${every[@]}"
refuse "jumps over checks" 'setjmp|longjmp|sigsetjmp|siglongjmp' "${core[@]}"
refuse "runs what it is handed through a shell" 'system|popen' "${every[@]}"
refuse "memory is budgeted before boot: only plat/posix and tests may use the heap" \
    'malloc|calloc|realloc|reallocarray|free|strdup|strndup|aligned_alloc|posix_memalign' "${core[@]}"
refuse "the core reads no clock, entropy or environment and prints nothing: that is the platform's" \
    'printf|fprintf|puts|putchar|time|clock|clock_gettime|gettimeofday|rand|random|srand|getrandom|getenv|abort|exit' "${trusted[@]}"

[ "$found" -eq 0 ] || exit 1
echo "banned: ${#every[@]} C files looked at, none uses a banned function"
