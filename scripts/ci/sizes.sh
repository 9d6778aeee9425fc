#!/usr/bin/env bash
# Keeps rooms small: no source file over 600 lines, no C function over 70 lines, none of the trusted part over a McCabe complexity
# of 10, and the trusted part within its own lines, which it prints.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

max_file=600
max_function=70
max_complexity=10
max_trusted=12042
max_tasks=920
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
# The authority, nicd, the board's drivers and what all tasks share; what netd does is nobody's trust.
own() { git ls-files "${@/%//*.c}" "${@/%//*.h}" "${@/%//*.S}" | grep -vE '/plat/posix/|/tests?/|/fuzz/|/sim/|/generated/|main_posix'; }
mapfile -t authority < <(own seL4/root-task)
mapfile -t tasks < <(own seL4/nicd seL4/task seL4/board)
trusted=("${authority[@]}" "${tasks[@]}")
trusted_lines=$(count "${authority[@]}") task_lines=$(count "${tasks[@]}")
echo "trusted part: $trusted_lines own lines of code in ${#authority[@]} files; nicd and what tasks share: $task_lines in ${#tasks[@]}"
if [ "$trusted_lines" -gt "$max_trusted" ] || [ "$task_lines" -gt "$max_tasks" ]; then
    echo "the trusted part has more than $max_trusted own lines, or nicd and what tasks share more than $max_tasks: what could be said once, or be left out?"
    bad=1
fi

# pmccabe counts each condition of && and || too, and a switch as one.
command -v pmccabe >/dev/null || { echo "pmccabe is missing: run scripts/setup_environment.sh"; exit 1; }
tangled=$(printf '%s\n' "${trusted[@]}" | grep '\.c$' | xargs pmccabe |
    awk -F '\t' -v max=$max_complexity '$1 > max { print $6 ": complexity " $1 ", the bound is " max }')
if [ -n "$tangled" ]; then
    printf '%s\n' "$tangled"
    bad=1
fi
[ "$bad" -eq 0 ]
