#!/usr/bin/env bash
# One private platform without data of its own, for the fault test: started, its parts ended by kill -9 and started again, with the
# functions that ./shouwang up uses. Its state is .shouwang/faults/NAME.
#
#   instance.sh province DIR SCALE SEED        writes a synthetic province
#   instance.sh up NAME DIR [KEYS_FROM]        a fresh, empty platform in the time of that province; keys of instance KEYS_FROM
#   instance.sh kill NAME PROCESS              kill -9 of gateway, monitoring, postgres (backends too), kafka or redis; prints the pids
#   instance.sh start NAME PROCESS [FAULT]     starts it again; with FAULT (common/base/fault_point.h) without waiting for it
#   instance.sh running NAME PROCESS           succeeds while it runs
#   instance.sh down NAME                      stops everything; the data stays for whoever looks for a cause
#   instance.sh remove NAME                    down, and the data goes
set -euo pipefail

usage() {
    sed -n '5,11s/^# *//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

(($# >= 2)) || usage
verb=$1 name=$2
shift 2
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"

if [[ $verb == province ]]; then
    (($# == 2)) || usage
    cd "$root"
    rm -rf "$name"
    exec build/release/bin/shouwang-province --out "$name" --scale "$1" --seed "$2"
fi

[[ $name =~ ^[a-z0-9_-]{1,20}$ ]] || usage
export SW_STATE="$root/.shouwang/faults/$name"
export SW_PG_PROFILE=test
# shellcheck source=deploy/local/stack.sh
source "$root/deploy/local/stack.sh"

remove() {
    [[ -d $SW_STATE ]] || return 0
    "$root/shouwang" down >/dev/null
    local home
    home=$(pg_home)
    rm -rf "${home:?}" "${SW_STATE:?}"
}

up() {
    local province=$1 keys_from=${2:-}
    remove
    init_state
    mkdir -p "$SW_DEMO"
    # The platform lives in the province's time: its clock begins on the province's today.
    ln -s "$province" "$SW_DEMO/province"
    date +%s >"$SW_DEMO/first-start"
    # Blind indexes are comparable under equal keys only.
    if [[ -n $keys_from ]]; then cp -p "$SW_HOME/faults/$keys_from/secrets/"{sealing,blind}.keys "$SW_SECRETS/"; fi
    "$root/shouwang" up --no-demo --no-build
}

pids_of() {
    local pid
    if [[ $1 != postgres ]]; then
        pid_of "$1"
        return
    fi
    postgres_is_up || return 1
    pid=$(postgres_pid)
    # Read before any of them dies; the postmaster first, so that nobody replaces the backends.
    { echo "$pid" && ps -o pid= --ppid "$pid"; } | xargs
}

any_alive() {
    local pid
    for pid in "$@"; do
        if kill -0 "$pid" 2>/dev/null && [[ $(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -c1) != Z ]]; then return 0; fi
    done
    return 1
}

none_alive() { ! any_alive "$@"; }

end_hard() {
    local pids
    read -r -a pids <<<"$(pids_of "$1")"
    ((${#pids[@]})) || fail "$1 does not run"
    kill -KILL "${pids[@]}" 2>/dev/null || true
    poll 20 none_alive "${pids[@]}" || fail "$1 outlived kill -9"
    echo "${pids[@]}"
}

start() {
    local process=$1 fault=${2:-}
    case $process in
        postgres) start_postgres ;;
        redis) start_redis ;;
        kafka) start_kafka ;;
        gateway | monitoring)
            # Business time goes on where it would be now.
            write_config "$(cat "$SW_CONFIG/bus")" "$(demo_clock)" ""
            start_process "$process" env -C "$SW_ROOT" ${fault:+SHOUWANG_FAULT="$fault"} "$SW_BIN/shouwang-$process" --config "$SW_CONFIG/$process.toml"
            [[ -n $fault ]] || wait_for_process 120 "$process" is_ready "$process"
            ;;
        *) usage ;;
    esac
}

case $verb in
    up) up "$@" ;;
    kill) end_hard "$1" ;;
    start) start "$@" ;;
    running) if [[ $1 == postgres ]]; then postgres_is_up; else is_running "$1"; fi ;;
    down) "$root/shouwang" down ;;
    remove) remove ;;
    *) usage ;;
esac
