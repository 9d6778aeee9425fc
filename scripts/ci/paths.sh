#!/usr/bin/env bash
# Refuses a script that names a file of this repository which is not there: $root/… in one of its folders.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

gone=0
while IFS=: read -r script path; do
    path=${path#\$root/}
    # What is made, what a release has, a name that goes on with a variable.
    case $path in out* | seL4/build* | */target* | *[./_-]) continue ;; esac
    if [ -d "${path%%/*}" ] && [ ! -e "$path" ]; then
        echo "$script names $path, which is not there"
        gone=1
    fi
done < <(git ls-files 'scripts/*.sh' .ci/run | xargs grep -oE "\\\$root/[A-Za-z0-9_./-]+" | sort -u)
exit "$gone"
