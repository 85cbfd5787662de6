#!/usr/bin/env bash
# up, down, status, logs, demo: the commands of `shouwang` that work on the demo stack.
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=deploy/local/packages.sh
source "$SW_ROOT/deploy/local/packages.sh"
# shellcheck source=deploy/local/build.sh
source "$SW_ROOT/deploy/local/build.sh"
# shellcheck source=deploy/local/services.sh
source "$SW_ROOT/deploy/local/services.sh"
# shellcheck source=deploy/local/demo.sh
source "$SW_ROOT/deploy/local/demo.sh"

SW_PROCESSES=(postgres redis kafka monitoring gateway)

# One command at a time; the lock goes with this shell, never with a server (they close descriptor 9).
take_lock() {
    exec 9>"$SW_STATE/lock"
    flock -w 600 9 || fail "another ./shouwang command has been running for ten minutes"
}

# What was chosen once stays: unread messages do not move from one bus to the other.
choose_bus() {
    local wanted=$1 before=""
    if [[ -s $SW_CONFIG/bus ]]; then before=$(cat "$SW_CONFIG/bus"); fi
    [[ -z $wanted || $wanted == kafka || $wanted == embedded ]] || fail "no such bus: $wanted (kafka or embedded)"
    SW_BUS=${wanted:-${before:-kafka}}
    if [[ $SW_BUS == kafka ]]; then
        if ! install_packages kafka; then
            SW_KAFKA_WHY="its Debian packages are missing"
        elif fetch_kafka; then
            SW_KAFKA_WHY=""
        fi
        if [[ -n $SW_KAFKA_WHY ]]; then
            [[ $wanted$before != *kafka* ]] || fail "no Kafka: $SW_KAFKA_WHY"
            say "no Kafka ($SW_KAFKA_WHY): using the embedded bus on PostgreSQL"
            SW_BUS=embedded
        fi
    else
        say "bus: embedded, on PostgreSQL"
    fi
    echo "$SW_BUS" >"$SW_CONFIG/bus"
}

start_servers() {
    start_postgres
    start_redis
    if [[ $SW_BUS == kafka ]]; then start_kafka; fi
    ensure_database monitoring
    ensure_database gateway
    ensure_database bus
}

# Starts the services; again where a binary is newer than the process or the configuration has changed.
serve() {
    local clock=$1 name port restart=false
    for name in monitoring gateway; do
        if ! is_running "$name" || [[ $SW_BIN/shouwang-$name -nt $SW_STATE/run/$name.pid ]]; then restart=true; fi
    done
    if ! $restart; then
        write_config "$SW_BUS" "$clock" .new
        for name in monitoring gateway; do
            # The clock's start is another one at each call and means the same.
            if ! cmp -s <(sed '/^start = /d' "$SW_CONFIG/$name.toml") <(sed '/^start = /d' "$SW_CONFIG/$name.toml.new"); then restart=true; fi
            rm -f "$SW_CONFIG/$name.toml.new"
        done
    fi
    $restart || return 0
    stop_services
    for port in monitoring_rpc monitoring_metrics gateway_rpc gateway_metrics gateway_http; do port_to_start_on "$port" >/dev/null; done
    write_config "$SW_BUS" "$clock" ""
    start_services
}

command_up() {
    local demo=true build=true bus=${SHOUWANG_BUS:-}
    while (($#)); do
        case $1 in
            --no-demo) demo=false ;;
            --no-build) build=false ;;
            --bus) bus=${2:-none}; shift ;;
            *) fail "up does not know $1 (--no-demo, --no-build, --bus kafka|embedded)" ;;
        esac
        shift
    done
    init_state
    take_lock
    install_packages build run || fail "packages are missing"
    choose_bus "$bus"
    if $build; then
        build_product
        build_console
    fi
    if [[ -f $SW_CONFIG/real-time && ! -f $SW_DEMO/first-start ]]; then demo=false; fi
    start_servers
    if $demo; then
        make_demo
        serve "$(demo_clock)"
        load_demo
        print_overview
    elif [[ -f $SW_DEMO/first-start ]]; then
        serve "$(demo_clock)" # this platform lives in the demo's time
    else
        touch "$SW_CONFIG/real-time"
        serve ""
    fi
    tell_address
}

tell_address() {
    say "console: $(console_address)   account: operator"
    if [[ ! -f $SW_CONFIG/told ]]; then
        say "password (shown once, kept in $SW_SECRETS/account-operator): $(password account-operator)"
        touch "$SW_CONFIG/told"
    fi
}

command_demo() {
    init_state
    is_running gateway || fail "nothing runs: ./shouwang up"
    take_lock
    if [[ -f $SW_CONFIG/real-time ]]; then fail "this platform was begun without the demo; a fresh one: ./shouwang down, remove .shouwang, ./shouwang up"; fi
    make_demo
    load_demo
    print_overview
}

command_down() {
    init_state
    take_lock
    stop_services
    stop_kafka
    stop_redis
    stop_postgres
    say "stopped"
}

status_line() { printf '%-12s %-9s %-8s %s\n' "$@"; }

command_status() {
    local name pid port state ok=0
    init_state
    status_line process state pid port
    for name in "${SW_PROCESSES[@]}"; do
        case $name in
            monitoring) port=$(sed -n 's/^monitoring_rpc=//p' "$SW_STATE/ports" 2>/dev/null || true) ;;
            gateway) port=$(sed -n 's/^gateway_http=//p' "$SW_STATE/ports" 2>/dev/null || true) ;;
            *) port=$(sed -n "s/^$name=//p" "$SW_STATE/ports" 2>/dev/null || true) ;;
        esac
        if [[ $name == kafka && -s $SW_CONFIG/bus && $(cat "$SW_CONFIG/bus") == embedded ]]; then
            status_line kafka unused - "(embedded bus)"
            continue
        fi
        if [[ $name != postgres ]]; then
            pid=$(pid_of "$name" || true)
        elif postgres_is_up; then
            pid=$(postgres_pid)
        else
            pid=""
        fi
        state=stopped
        if [[ -n $pid ]]; then
            state=running
            if [[ $name == monitoring || $name == gateway ]] && ! is_ready "$name" >/dev/null 2>&1; then state=starting; fi
        fi
        [[ $state == running ]] || ok=1
        status_line "$name" "$state" "${pid:--}" "${port:--}"
    done
    return "$ok"
}

command_logs() {
    local name=${1:-} file
    if [[ -z $name ]]; then
        for name in "${SW_PROCESSES[@]}"; do
            file="$SW_STATE/log/$name.log"
            if [[ $name != postgres && -f $file ]]; then
                say "== $file"
                tail -n 10 "$file"
            fi
        done
        return 0
    fi
    file="$SW_STATE/log/$name.log"
    if [[ $name == postgres ]]; then file="$(pg_home)/postgres.log"; fi
    [[ -r $file ]] || fail "no log of $name (there are: ${SW_PROCESSES[*]})"
    if [[ -t 1 ]]; then exec tail -n 100 -F "$file"; else exec tail -n 100 "$file"; fi
}
