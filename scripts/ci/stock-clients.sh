#!/usr/bin/env bash
# Proves a hive with 9P clients that are not ours: diod's diodls and diodcat, and the Linux kernel's own, which mounts the hive in
# a guest. What they show is compared with what the console says.
# Usage: scripts/ci/stock-clients.sh [--hive posix|qemu|all]     default: all; qemu is the simulation kernel's image
# The last line is "stock-clients: N passed, M failed".
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

hives=(posix qemu)
while [ $# -gt 0 ]; do
    case $1 in
        --hive)
            case ${2:-} in
                posix | qemu) hives=("$2") ;;
                all) hives=(posix qemu) ;;
                *) echo "stock-clients: --hive is posix, qemu or all, not '${2:-}'" >&2; exit 2 ;;
            esac
            shift
            ;;
        -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "stock-clients: unknown argument '$1' (see --help)" >&2; exit 2 ;;
    esac
    shift
done
tools=$out/host-tools
image=$out/image
# shellcheck source=scripts/lib/hive.sh
. "$root/scripts/lib/hive.sh"

if [[ " ${hives[*]} " == *" qemu "* ]] && [ ! -f "$image/cohesix-qemu.img" ]; then
    die "no $image/cohesix-qemu.img: run scripts/cohesix-build-run.sh --no-run first"
fi
[ -x "$tools/bin/cohsh" ] || die "no $tools/bin/cohsh: run scripts/cohesix-build-run.sh --no-run first"
"$root/scripts/stock/fetch-guest.sh"
PATH=$PATH:/usr/sbin
for program in diodls diodcat cpio "${COHESIX_QEMU_X86:-qemu-system-x86_64}"; do
    command -v "$program" >/dev/null || die "no $program here: run scripts/setup_environment.sh"
done

work=$(mktemp -d)
# shellcheck disable=SC2317 # called by the trap
clean_up() {
    hive_stop
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

passed=0
failed=0
good() { passed=$((passed + 1)); printf 'ok      %s\n' "$*"; }
bad() { failed=$((failed + 1)); printf 'FAILED  %s\n' "$*"; }

# console COMMAND: what the console answers, less its acknowledgement.
console() { hive_cohsh -c "$1" | tail -n +2; }
# same TEXT FILE FILE: equal and not empty.
same() {
    if [ -s "$2" ] && diff "$2" "$3" >"$work/diff"; then
        good "$1"
    else
        bad "$1: - as the console says it, + as this client shows it"
        diff -u "$2" "$3" | tail -n +3 | head -n 20 || true
    fi
}

folders=(/ /proc /proc/lifecycle /proc/tests /queen /log)
files=(/proc/boot /proc/tests/selftest_quick.coh /proc/tests/selftest_full.coh /proc/lifecycle/state /proc/lifecycle/reason /proc/lifecycle/since)

diod_clients() {
    local hive=$1 server=127.0.0.1:$hive_port path
    for path in "${folders[@]}"; do
        console "ls $path" | LC_ALL=C sort >"$work/console"
        diodls -t 30 -s "$server" -m 8192 -a "auth=$token" "$path" 2>"$work/err" | LC_ALL=C sort >"$work/diod" || true
        same "$hive: diodls $path" "$work/console" "$work/diod"
    done
    for path in "${files[@]}"; do
        console "cat $path" >"$work/console"
        diodcat -t 30 -s "$server" -m 65536 -a "auth=$token" "$path" >"$work/diod" 2>"$work/err" || true
        same "$hive: diodcat $path" "$work/console" "$work/diod"
    done
    if diodls -t 30 -s "$server" -l -a "auth=$token" /proc /proc/boot >"$work/long" 2>&1 && grep -q '^-r--------.* boot$' "$work/long"; then
        good "$hive: diodls -l"
    else
        bad "$hive: diodls -l: $(head -n 5 "$work/long")"
    fi
    if diodcat -t 30 -s "$server" -a "auth=$token" /proc/none >"$work/diod" 2>&1; then
        bad "$hive: diodcat found /proc/none: $(head -c 200 "$work/diod")"
    elif grep -q 'No such file' "$work/diod"; then
        good "$hive: diodcat of what is not there says so"
    else
        bad "$hive: diodcat of what is not there says '$(head -c 200 "$work/diod")'"
    fi
}

linux_client() {
    local hive=$1 name log=$work/guest.log
    # The subject's id is the first that a fresh hive gives.
    ticket=$(COHESIX_TICKET_SECRET=$worker_secret "$tools/bin/cohsh" --mint-ticket --role worker-heartbeat --subject worker-1 --policy "$policies/cohsh_policy.toml")
    "$root/scripts/stock/linux-guest.sh" "$root/scripts/stock/hive-checks" "port=$hive_port" "token=$token" "ticket=$ticket" >"$log" || true
    while IFS= read -r line; do
        case $line in
            'guest: ok '*) good "$hive: Linux: ${line#guest: ok      }" ;;
            'guest: FAILED '*) bad "$hive: Linux: ${line#guest: FAILED  }" ;;
            'guest:     '*) printf '%s\n' "$line" ;;
        esac
    done <"$log"
    while IFS= read -r name; do
        sed -n "\#^guest: begin $name\$#,\#^guest: end $name\$#{/^guest: /!p}" "$log" | base64 -d >"$work/linux"
        console "$name" >"$work/console"
        same "$hive: Linux: $name" "$work/console" "$work/linux"
    done < <(sed -n 's/^guest: begin //p' "$log")
    if ! grep -q '^guest: done ok=[1-9]' "$log"; then
        bad "$hive: Linux: the guest did not come to its end; its last lines are"
        tail -n 20 "$log"
    fi
    cp "$log" "$out/log/stock-$hive.log"
}

# After the last umount and the death of the guest nothing of them is left in the hive.
left_over() {
    local tries=200 text
    while [ "$tries" -gt 0 ]; do
        text=$(console 'cat /proc/9p/session/active')
        if [ "$text" = 'active=1 draining=0' ]; then good "$1: only the console's own session is left"; return; fi
        tries=$((tries - 1))
        sleep 0.1
    done
    bad "$1: sessions are left: $text"
}

manifest=$root/configs/root_task.toml
token=$(sed -n 's/^auth_token *= *"\(.*\)".*/\1/p' "$manifest" | head -n 1)
token=${token:-changeme}
worker_secret=$(awk -F '"' '/^role *=/ { role = $2 } /^secret *=/ && role == "worker-heartbeat" { print $2 }' "$manifest")
mkdir -p "$out/log"
cd "$root"
for hive in "${hives[@]}"; do
    hive_start "$([ "$hive" = posix ] && echo local || echo tcp)" 0
    diod_clients "$hive"
    linux_client "$hive"
    left_over "$hive"
    hive_stop
done
echo "stock-clients: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
