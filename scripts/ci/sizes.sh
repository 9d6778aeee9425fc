#!/usr/bin/env bash
# Keeps rooms small: no source file over 600 lines, no C function over 70 lines, none of the trusted part over a McCabe complexity
# of 10, and the trusted part within its own lines, which it prints.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

max_file=600
max_function=70
max_complexity=10
bad=0

mapfile -t sources < <(git ls-files '*.c' '*.h' '*.S' '*.java' '*.sh' | grep -v '/generated/')
for file in "${sources[@]}"; do
    [ -f "$file" ] || continue
    lines=$(wc -l <"$file")
    if [ "$lines" -gt "$max_file" ]; then
        echo "$file: $lines lines, the bound is $max_file: split it by what it holds"
        bad=1
    fi
done

mapfile -t c_files < <(git ls-files 'seL4/*.c' | grep -v '/generated/')
if [ ${#c_files[@]} -gt 0 ]; then
    # A function's braces stand in the first column (see .clang-format).
    long=$(awk -v max="$max_function" '
        FNR == 1 { start = 0 }
        /^[A-Za-z_].*\(/ { name = $0 }
        /^\{/ { start = FNR }
        /^\}/ { if (start && FNR - start - 1 > max) print FILENAME ":" start ": function of " FNR - start - 1 " lines, the bound is " max ": " name; start = 0 }' \
        "${c_files[@]}")
    if [ -n "$long" ]; then
        printf '%s\n' "$long"
        bad=1
    fi
fi

# Own lines: no blank lines, no comment-only lines.
count() { if [ $# -gt 0 ]; then cat "$@" | awk '
    comment { if (/\*\//) comment = 0; next }
    /^[ \t]*$/ || /^[ \t]*\/\// { next }
    /^[ \t]*\/\*/ { if (!/\*\//) comment = 1; next }
    { n++ }
    END { print n + 0 }'; else echo 0; fi; }
own() { git ls-files "${@/%//*.c}" "${@/%//*.h}" "${@/%//*.S}" | grep -vE '/plat/posix/|/tests?/|/fuzz/|/sim/|/generated/|main_posix'; }
trusted=()
# bound NAME LINES FOLDER...: a piece of the trusted part; what netd does is nobody's trust.
bound() {
    local files lines
    mapfile -t files < <(own "${@:3}" | grep -v '/glyphs\.c$') # the seat's letters are a drawing
    lines=$(count "${files[@]}")
    echo "trusted: $1: $lines own lines of code in ${#files[@]} files, at most $2"
    if [ "$lines" -gt "$2" ]; then
        echo "$1 has more than $2 own lines: what could be said once, or be left out?"
        bad=1
    fi
    trusted+=("${files[@]}")
}
bound 'the authority' 12960 seL4/root-task
bound 'nicd, boards and what tasks share' 980 seL4/nicd seL4/task seL4/board
bound 'seatd' 700 seL4/seatd

# pmccabe counts each condition of && and || too, and a switch as one.
command -v pmccabe >/dev/null || { echo "pmccabe is missing: run scripts/setup_environment.sh"; exit 1; }
tangled=$(printf '%s\n' "${trusted[@]}" | grep '\.c$' | xargs pmccabe |
    awk -F '\t' -v max=$max_complexity '$1 > max { print $6 ": complexity " $1 ", the bound is " max }')
if [ -n "$tangled" ]; then
    printf '%s\n' "$tangled"
    bad=1
fi
[ "$bad" -eq 0 ]
