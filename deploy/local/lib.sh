#!/usr/bin/env bash
# What every script here shares: where things are, messages, ports, secrets, processes. Source it; it starts nothing by itself.
#
# SW_STATE is one set of servers (`.shouwang`, or `.shouwang/test` for the tests): ports, run/ (pid files), log/, secrets/, data.
set -euo pipefail

SW_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
SW_HOME="$SW_ROOT/.shouwang"
SW_STATE="${SW_STATE:-$SW_HOME}"

say() { printf '%s\n' "$*"; }
fail() {
    printf 'shouwang: %s\n' "$*" >&2
    exit 1
}

init_state() {
    (umask 022 && mkdir -p "$SW_STATE/run" "$SW_STATE/log" "$SW_STATE/config")
    (umask 077 && mkdir -p "$SW_STATE/secrets")
}

# ---- ports: chosen once, kept in $SW_STATE/ports ----------------------------------------------------------------------------

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the range the kernel hands out to clients, so that no connection sits on a stored port by chance.
free_port() {
    local port try
    for ((try = 0; try < 200; try++)); do
        port=$((20000 + (RANDOM % 12000)))
        if ! port_is_taken "$port" && ! grep -qsx ".*=$port" "$SW_HOME"/ports "$SW_HOME"/*/ports "$SW_HOME"/product/*/ports; then
            printf '%s' "$port"
            return 0
        fi
    done
    fail "no free port between 20000 and 32000 on 127.0.0.1"
}

port_of() {
    local name=$1 port
    port=$(sed -n "s/^$name=//p" "$SW_STATE/ports" 2>/dev/null || true)
    if [[ -z $port ]]; then
        port=$(free_port)
        printf '%s=%s\n' "$name" "$port" >>"$SW_STATE/ports"
    fi
    printf '%s' "$port"
}

# The stored port where it is free, else a new one: for a server that is about to start.
port_to_start_on() {
    local name=$1 port
    port=$(port_of "$name")
    if port_is_taken "$port"; then
        sed -i "/^$name=/d" "$SW_STATE/ports"
        port=$(port_of "$name")
    fi
    printf '%s' "$port"
}

# ---- secrets: random, one file each, 0600 -----------------------------------------------------------------------------------

secret() {
    local file="$SW_STATE/secrets/$1"
    [[ -s $file ]] || (umask 077 && openssl rand -hex 24 >"$file.new" && mv "$file.new" "$file")
    cat "$file"
}

# For people: 20 letters and digits that cannot be taken for one another.
password() {
    local file="$SW_STATE/secrets/$1"
    [[ -s $file ]] || (umask 077 && openssl rand -base64 96 | tr -dc 'a-km-zA-HJ-NP-Z2-9' | cut -c1-20 >"$file.new" && mv "$file.new" "$file")
    cat "$file"
}

# ---- processes: known by pid and start time, so that a pid used again by another process is never touched ------------------

start_time_of() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    stat=${stat##*) }
    cut -d' ' -f20 <<<"$stat"
}

# Prints the pid of a running process of ours; fails where it is not running.
pid_of() {
    local pid started
    read -r pid started 2>/dev/null <"$SW_STATE/run/$1.pid" || return 1
    [[ -n $pid && $(start_time_of "$pid" || true) == "$started" ]] || return 1
    # A zombie has ended.
    [[ $(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -c1) != Z ]] || return 1
    printf '%s' "$pid"
}

is_running() { pid_of "$1" >/dev/null; }

# start_process NAME COMMAND…: detached, output to log/NAME.log, pid to run/NAME.pid.
start_process() {
    local name=$1 log="$SW_STATE/log/$1.log"
    shift
    rm -f "$SW_STATE/run/$name.pid"
    if [[ -f $log && $(stat -c %s "$log") -gt 67108864 ]]; then mv "$log" "$log.1"; fi
    # shellcheck disable=SC2016  # expanded by the inner shell, whose pid the command keeps
    setsid bash -c 'file=$1; shift
        echo "$$ $(cut -d" " -f22 /proc/$$/stat)" >"$file.new" && mv "$file.new" "$file" && exec "$@"' \
        _ "$SW_STATE/run/$name.pid" "$@" >>"$log" 2>&1 </dev/null 9>&- &
    disown
    wait_for 5 "process $name" test -s "$SW_STATE/run/$name.pid"
}

# stop_process NAME [SECONDS]: TERM, then KILL after the deadline. Nothing to do is fine.
stop_process() {
    local name=$1 limit=${2:-20} pid
    if pid=$(pid_of "$name"); then
        kill -TERM "$pid" 2>/dev/null || true
        if ! poll "$limit" process_ended "$name"; then
            say "$name did not stop in ${limit} s and was ended"
            kill -KILL "$pid" 2>/dev/null || true
            poll 5 process_ended "$name" || true
        fi
    fi
    rm -f "$SW_STATE/run/$name.pid"
}

process_ended() { ! is_running "$1"; }

# poll SECONDS COMMAND…: true as soon as the command is, false at the deadline.
poll() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}

# wait_for SECONDS WHAT COMMAND…
wait_for() {
    local limit=$1 what=$2
    shift 2
    poll "$limit" "$@" || fail "$what not ready after $limit s (see $SW_STATE/log)"
}

# shellcheck disable=SC2317  # called by poll
ready_or_dead() {
    local name=$1
    shift
    "$@" || ! is_running "$name"
}

# wait_for_process SECONDS NAME COMMAND…: as wait_for, and fails at once with the end of its log where the process dies.
wait_for_process() {
    local limit=$1 name=$2
    shift 2
    poll "$limit" ready_or_dead "$name" "$@" || fail "$name not ready after $limit s (see $SW_STATE/log/$name.log)"
    if ! is_running "$name"; then
        tail -n 15 "$SW_STATE/log/$name.log" >&2 || true
        fail "$name ended while starting (see $SW_STATE/log/$name.log)"
    fi
}

# shellcheck source=deploy/local/postgres.sh
source "$SW_ROOT/deploy/local/postgres.sh"
# shellcheck source=deploy/local/redis.sh
source "$SW_ROOT/deploy/local/redis.sh"
# shellcheck source=deploy/local/kafka.sh
source "$SW_ROOT/deploy/local/kafka.sh"
